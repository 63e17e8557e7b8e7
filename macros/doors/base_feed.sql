{#-
  The one door: one raw table as the whole contract, its columns in order, absent ones as typed nulls, zoned
  timestamps as UTC. Nothing else is changed here: typing, trimming and refusing are the work of staging, which must
  see what was logged.
-#}
{% macro base_feed(entity) %}
  {%- set table = feedlift.raw_contract()[entity] -%}
  {%- set relation = feedlift.raw_relation(entity) -%}
  {%- set expressions = feedlift.raw_columns(entity, relation) -%}
  {%- set where = (feedlift.setting('raw_tables').get(entity) or {}).get('where') -%}
  {%- set zoned = feedlift._zoned_columns(entity, relation, expressions) if execute else [] -%}
select
  {%- for column, contract_type in table['columns'].items() %}
    {%- if expressions[column] is none %}
    cast(null as {{ feedlift.data_type(contract_type) }}) as {{ column }}
    {%- elif column in zoned %}
    {{ feedlift.utc_timestamp('(' ~ expressions[column] ~ ')') }} as {{ column }}
    {%- else %}
    {{ expressions[column] }} as {{ column }}
    {%- endif %}
    {{- ',' if not loop.last }}
  {%- endfor %}
  {%- if relation['from'] is none %}
from (select 1 as nothing) as absent_table
where 1 = 0
  {%- else %}
from {{ relation['from'] }}
    {%- if where %}
where {{ where }}
    {%- endif %}
  {%- endif %}
{% endmacro %}


{#-
  The contract's timestamps that arrive with a time zone; a plain cast would read them in the connection's zone.
  Seeds hold text, and cannot be looked at before they are loaded.
-#}
{% macro _zoned_columns(entity, relation, expressions) %}
  {%- set timestamps = [] -%}
  {%- for column, contract_type in feedlift.raw_contract()[entity]['columns'].items() -%}
    {%- if contract_type == 'timestamp' and expressions[column] is not none -%}
      {%- do timestamps.append(expressions[column] ~ ' as ' ~ column) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set zoned = [] -%}
  {%- if relation['from'] is not none and timestamps and feedlift.setting('raw_door') != 'seeds' -%}
    {%- set query = 'select ' ~ (timestamps | join(', ')) ~ ' from ' ~ relation['from'] -%}
    {%- for column in adapter.get_column_schema_from_query(query) -%}
      {%- set data_type = column.dtype | upper -%}
      {%- if 'TIME ZONE' in data_type or 'TIMESTAMPTZ' in data_type -%}
        {%- do zoned.append(column.name) -%}
      {%- elif modules.re.match('U?(TINY|SMALL|BIG|HUGE)?INT|DOUBLE|FLOAT|REAL|DECIMAL|NUMERIC', data_type) -%}
        {{ exceptions.raise_compiler_error(
          "raw_" ~ entity ~ "." ~ column.name ~ " is a number (" ~ column.dtype ~ ") where a time is wanted; if it "
          ~ "counts from 1970, say so: raw_tables: {" ~ entity ~ ": {columns: {" ~ column.name
          ~ ": to_timestamp(their_column)}}}, with / 1000 for milliseconds."
        ) }}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(zoned) }}
{% endmacro %}
