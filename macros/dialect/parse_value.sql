{#-
  A raw column as a type of the raw contract, null where it cannot be cast. The column may hold text or already the
  right type. Text is trimmed and blank text is null; labels are lower-cased.
-#}
{% macro parse_value(column, contract_type) %}
  {{ return(adapter.dispatch('parse_value', 'feedlift')(column, contract_type)) }}
{% endmacro %}


{% macro duckdb__parse_value(column, contract_type) %}
  {%- set data_type = feedlift.data_type(contract_type) -%}
  {#- A column of whole numbers in which one was missing reaches a file as doubles: as '1.0', an id joins nothing. -#}
  {%- set as_text = "case when typeof(" ~ column ~ ") in ('DOUBLE', 'FLOAT') and try_cast(" ~ column
    ~ " as double) = floor(try_cast(" ~ column ~ " as double)) then cast(try_cast(" ~ column
    ~ " as bigint) as varchar) else cast(" ~ column ~ " as varchar) end" -%}
  {%- if contract_type == 'text' -%}
    {{ return("nullif(trim(" ~ as_text ~ "), '')") }}
  {%- elif contract_type == 'label' -%}
    {{ return("nullif(lower(trim(" ~ as_text ~ ")), '')") }}
  {%- elif contract_type == 'timestamp' -%}
    {#- A cast of '…+02:00' to timestamp drops the offset without a word; typeof() is constant, so that a column
        that is a timestamp already never reaches the regular expression. -#}
    {%- set has_offset = "typeof(" ~ column ~ ") = 'VARCHAR' and regexp_matches(cast(" ~ column
      ~ " as varchar), ':[0-9]{2}.*(Z|[+-][0-9]{2}(:?[0-9]{2})?)\\s*$')" -%}
    {%- set zoned = "make_timestamp(epoch_us(try_cast(" ~ column ~ " as timestamptz)))" -%}
    {#- A date with a space behind it is the only text that the cast does not trim itself. -#}
    {%- set plain = "coalesce(try_cast(" ~ column ~ " as timestamp), try_cast(trim(cast(" ~ column
      ~ " as varchar)) as timestamp))" -%}
    {%- set parsed = "case when " ~ has_offset ~ " then " ~ zoned ~ " else " ~ plain ~ " end" -%}
    {#- 'infinity' is a timestamp to DuckDB, and so are years to 294247: the sum of such a time and a few minutes
        leaves the range and stops the build. -#}
    {{ return(
      "case when (" ~ parsed ~ ") between timestamp '0001-01-01' and timestamp '9999-12-31' then " ~ parsed ~ " end"
    ) }}
  {%- elif contract_type == 'integer' -%}
    {#- A cast of '999.6' to bigint rounds to 1000 and would carry it over a threshold. -#}
    {%- set as_double = "try_cast(" ~ column ~ " as double)" -%}
    {{ return(
      "case when " ~ as_double ~ " = floor(" ~ as_double ~ ") then try_cast(" ~ column ~ " as bigint) end"
    ) }}
  {%- elif contract_type == 'double' -%}
    {%- set as_double = "try_cast(" ~ column ~ " as double)" -%}
    {{ return("case when isfinite(" ~ as_double ~ ") then " ~ as_double ~ " end") }}
  {%- elif contract_type == 'boolean' -%}
    {#- A cast to boolean is the only one that does not pass over spaces. A number is cast as it is: the text of 1.0 is
        no boolean. -#}
    {{ return(
      "coalesce(try_cast(" ~ column ~ " as boolean), try_cast(trim(cast(" ~ column ~ " as varchar)) as boolean))"
    ) }}
  {%- else -%}
    {{ return("try_cast(" ~ column ~ " as " ~ data_type ~ ")") }}
  {%- endif -%}
{% endmacro %}


{% macro default__parse_value(column, contract_type) %}
  {%- set data_type = feedlift.data_type(contract_type) -%}
  {%- set as_text = "trim(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "))" -%}
  {%- if contract_type == 'text' -%}
    {{ return("nullif(" ~ as_text ~ ", '')") }}
  {%- elif contract_type == 'label' -%}
    {{ return("nullif(lower(" ~ as_text ~ "), '')") }}
  {%- elif contract_type == 'timestamp' -%}
    {%- set pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
      ~ "(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$" -%}
    {{ return(
      "case when " ~ as_text ~ " ~ '" ~ pattern ~ "' then cast(" ~ as_text
      ~ " as timestamp with time zone) at time zone 'UTC' end"
    ) }}
  {%- elif contract_type == 'integer' -%}
    {{ return(
      "case when " ~ as_text ~ " ~ '^[+-]?[0-9]{1,18}([.]0*)?$' then cast(cast(" ~ as_text
      ~ " as numeric) as bigint) end"
    ) }}
  {%- elif contract_type == 'boolean' -%}
    {{ return(
      "case when lower(" ~ as_text ~ ") in ('true', 't', '1') then true when lower(" ~ as_text
      ~ ") in ('false', 'f', '0') then false end"
    ) }}
  {%- else -%}
    {{ return(
      "case when " ~ as_text ~ " ~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$' then cast(" ~ as_text
      ~ " as " ~ data_type ~ ") end"
    ) }}
  {%- endif -%}
{% endmacro %}


{% macro spark__parse_value(column, contract_type) %}
  {%- set data_type = feedlift.data_type(contract_type) -%}
  {%- if contract_type == 'text' -%}
    {{ return("nullif(trim(cast(" ~ column ~ " as string)), '')") }}
  {%- elif contract_type == 'label' -%}
    {{ return("nullif(lower(trim(cast(" ~ column ~ " as string))), '')") }}
  {%- elif contract_type == 'integer' -%}
    {%- set as_double = "try_cast(" ~ column ~ " as double)" -%}
    {{ return(
      "case when " ~ as_double ~ " = floor(" ~ as_double ~ ") then cast(" ~ as_double ~ " as bigint) end"
    ) }}
  {%- else -%}
    {{ return("try_cast(" ~ column ~ " as " ~ data_type ~ ")") }}
  {%- endif -%}
{% endmacro %}
