{#-
  For every column of the contract of one raw table, the SQL expression that yields it from what stands behind the
  door, or none when it is not logged. Raises when a required column is missing, when the mapping names a column the
  contract does not have, or when it maps to a plain column name that is not there.
-#}
{% macro raw_columns(entity, relation) %}
  {%- set table = feedlift.raw_contract()[entity] -%}
  {%- set mapping = (feedlift.setting('raw_tables').get(entity) or {}).get('columns') or {} -%}
  {%- set is_unseen = relation['columns'] is none -%}
  {%- set columns = table['columns'] | list if is_unseen else relation['columns'] -%}
  {%- set found = "Columns found: " ~ (columns | join(', ')) ~ "." -%}
  {%- set present = {} -%}
  {%- for name in columns -%}
    {%- do present.update({name | lower: name}) -%}
  {%- endfor -%}
  {%- for column in mapping if column not in table['columns'] -%}
    {{ exceptions.raise_compiler_error(
      "raw_tables maps a column '" ~ column ~ "' of raw_" ~ entity ~ ", which the raw contract does not have. Columns "
      ~ "of raw_" ~ entity ~ ": " ~ (table['columns'] | join(', ')) ~ "."
    ) }}
  {%- endfor -%}
  {%- set expressions = {} -%}
  {%- for column in table['columns'] -%}
    {%- set expression = mapping.get(column, column if column in present else none) -%}
    {%- if relation['from'] is none -%}
      {%- set expression = none -%}
    {%- elif expression is none -%}
      {%- if column in table['required_columns'] -%}
        {{ exceptions.raise_compiler_error(
          "raw_" ~ entity ~ " has no column '" ~ column ~ "', which is required. Add it, or say which of its columns "
          ~ "holds it: raw_tables: {" ~ entity ~ ": {columns: {" ~ column ~ ": their_column}}}. " ~ found
        ) }}
      {%- endif -%}
    {%- elif expression is boolean or expression is number -%}
      {#- YAML has made a value of a constant such as `is_ad: false`. -#}
      {%- set expression = expression | string | lower -%}
    {%- elif modules.re.match('^[A-Za-z_][A-Za-z0-9_]*$', expression) -%}
      {%- if expression | lower not in present and not is_unseen -%}
        {{ exceptions.raise_compiler_error(
          "raw_tables says that raw_" ~ entity ~ "." ~ column ~ " is the column '" ~ expression ~ "', which is not "
          ~ "there. " ~ found
        ) }}
      {%- endif -%}
      {%- set expression = adapter.quote(present.get(expression | lower, expression)) -%}
    {%- endif -%}
    {%- do expressions.update({column: expression}) -%}
  {%- endfor -%}
  {{ return(expressions) }}
{% endmacro %}
