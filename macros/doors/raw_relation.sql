{#-
  Where one raw table stands behind the configured door, as text for a `from` clause, and the columns found there:
  {'from': …, 'columns': [names]}. `from` is none when an optional table is absent, `columns` when nothing can be looked
  at yet (while dbt parses, or before a seed is loaded). Raises when a required table is absent, a folder or relation
  cannot be read, or the door has an unknown name.
-#}
{% macro raw_relation(entity) %}
  {%- set door = feedlift.setting('raw_door') -%}
  {%- do feedlift._check_raw_tables() -%}
  {%- if door == 'seeds' -%}
    {{ return(feedlift._raw_seed(entity)) }}
  {%- elif door == 'files' -%}
    {{ return(adapter.dispatch('_raw_files', 'feedlift')(entity)) }}
  {%- elif door == 'warehouse' -%}
    {{ return(feedlift._raw_source(entity)) }}
  {%- endif -%}
  {{ exceptions.raise_compiler_error("raw_door is '" ~ door ~ "'; set it to seeds, files or warehouse.") }}
{% endmacro %}


{% macro _check_raw_tables() %}
  {%- for name, entry in feedlift.setting('raw_tables').items() -%}
    {%- if name not in feedlift.raw_contract() -%}
      {{ exceptions.raise_compiler_error(
        "raw_tables names '" ~ name ~ "', which is no raw table. Raw tables (without the prefix raw_): "
        ~ (feedlift.raw_contract() | join(', ')) ~ "."
      ) }}
    {%- endif -%}
    {%- for key in entry or {} if key not in ['identifier', 'path', 'where', 'columns'] -%}
      {{ exceptions.raise_compiler_error(
        "raw_tables has a key '" ~ key ~ "' for raw_" ~ name ~ ", which means nothing there; write identifier, path, "
        ~ "where or columns."
      ) }}
    {%- endfor -%}
  {%- endfor -%}
{% endmacro %}


{% macro _raw_seed(entity) %}
  {%- set seed = ref('raw_' ~ entity) -%}
  {%- set columns = adapter.get_columns_in_relation(seed) | map(attribute='name') | list if execute else [] -%}
  {{ return({'from': seed | string, 'columns': columns or none}) }}
{% endmacro %}


{% macro _raw_source(entity) %}
  {%- set relation = source('feed', 'raw_' ~ entity) -%}
  {%- if not execute -%}
    {{ return({'from': relation | string, 'columns': none}) }}
  {%- endif -%}
  {%- set found = adapter.get_relation(
    database=relation.database, schema=relation.schema, identifier=relation.identifier
  ) -%}
  {%- if found is none -%}
    {{ return(feedlift._absent_raw_table(entity, relation | string)) }}
  {%- endif -%}
  {%- set columns = adapter.get_columns_in_relation(found) | map(attribute='name') | list -%}
  {{ return({'from': relation | string, 'columns': columns}) }}
{% endmacro %}


{% macro default___raw_files(entity) %}
  {{ exceptions.raise_compiler_error(
    "raw_door: files reads files in place, which only DuckDB can do; load them into tables and set raw_door: warehouse."
  ) }}
{% endmacro %}


{% macro duckdb___raw_files(entity) %}
  {%- if not execute -%}
    {{ return({'from': 'raw_' ~ entity, 'columns': none}) }}
  {%- endif -%}
  {%- set folder = feedlift.setting('raw_files_path') -%}
  {%- set path = (feedlift.setting('raw_tables').get(entity) or {}).get('path') -%}
  {%- set patterns = [] -%}
  {%- if path -%}
    {#- A path from the root, of a Windows drive or of an object store (`s3://…`) stands for itself. -#}
    {%- set is_absolute = modules.re.match('^(/|[A-Za-z]:[/\\\\]|[a-z][a-z0-9+.-]*://)', path) -%}
    {%- do patterns.append(path if is_absolute else folder ~ '/' ~ path) -%}
  {%- else -%}
    {%- for extension in ['parquet', 'csv', 'csv.gz', 'json', 'jsonl', 'ndjson'] -%}
      {%- do patterns.append(folder ~ '/raw_' ~ entity ~ '.' ~ extension) -%}
      {%- do patterns.append(folder ~ '/raw_' ~ entity ~ '/**/*.' ~ extension) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- set existing = [] -%}
  {%- for pattern in patterns -%}
    {%- set literal = feedlift.literals([pattern]) -%}
    {%- if run_query("select count(*) from glob(" ~ literal ~ ")").columns[0].values()[0] > 0 -%}
      {%- do existing.append(pattern) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if existing | length == 0 -%}
    {{ return(feedlift._absent_raw_table(entity, patterns | join(', '))) }}
  {%- elif existing | length > 1 -%}
    {{ exceptions.raise_compiler_error(
      "raw_" ~ entity ~ " is found more than once, as " ~ (existing | join(' and '))
      ~ "; keep one of them, or name it in raw_tables: {" ~ entity ~ ": {path: …}}."
    ) }}
  {%- endif -%}
  {%- set pattern = existing[0] -%}
  {%- set files = feedlift.literals([pattern]) -%}
  {%- set extension = modules.re.search('[.](parquet|csv|json|jsonl|ndjson)([.]gz|[.]zst)?$', pattern | lower) -%}
  {%- if not extension -%}
    {{ exceptions.raise_compiler_error(
      "raw_tables: {" ~ entity ~ ": {path: " ~ path ~ "}} names files that feedlift cannot read; let the path end in "
      ~ ".parquet, .csv, .json, .jsonl or .ndjson."
    ) }}
  {%- elif extension.group(1) == 'parquet' -%}
    {%- set reader = "read_parquet(" ~ files ~ ", union_by_name = true, filename = true)" -%}
  {%- elif extension.group(1) == 'csv' -%}
    {#- Everything as text: a guessed type would turn an app version into a number. -#}
    {%- set reader = "read_csv(" ~ files ~ ", header = true, all_varchar = true, union_by_name = true, filename = true"
      ~ ")" -%}
  {%- else -%}
    {%- set guess = "read_json(" ~ files ~ ", union_by_name = true, sample_size = -1)" -%}
    {%- set as_text = [] -%}
    {%- for column in feedlift._columns_of_query(guess) -%}
      {%- do as_text.append('"' ~ column ~ '": ' ~ "'VARCHAR'") -%}
    {%- endfor -%}
    {%- set reader = "read_json(" ~ files ~ ", columns = {" ~ (as_text | join(', ')) ~ "}, filename = true)" -%}
  {%- endif -%}
  {{ return({'from': reader, 'columns': feedlift._columns_of_query(reader)}) }}
{% endmacro %}


{% macro _columns_of_query(from_text) %}
  {{ return(run_query("describe select * from " ~ from_text).columns[0].values() | list) }}
{% endmacro %}


{% macro _absent_raw_table(entity, looked_for) %}
  {%- if feedlift.raw_contract()[entity]['is_required'] -%}
    {{ exceptions.raise_compiler_error(
      "The raw table raw_" ~ entity ~ " is required and was not found (looked for " ~ looked_for ~ "). Provide it, or "
      ~ "name it in the var raw_tables: {" ~ entity ~ ": {identifier: …}} (warehouse) or {path: …} (files)."
    ) }}
  {%- endif -%}
  {{ return({'from': none, 'columns': []}) }}
{% endmacro %}
