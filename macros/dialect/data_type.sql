{#- The warehouse's type for a type of the raw contract. -#}
{% macro data_type(contract_type) %}
  {{ return(adapter.dispatch('data_type', 'feedlift')(contract_type)) }}
{% endmacro %}


{% macro default__data_type(contract_type) %}
  {{ return({
    'text': dbt.type_string(),
    'label': dbt.type_string(),
    'timestamp': dbt.type_timestamp(),
    'integer': dbt.type_bigint(),
    'double': 'double precision',
    'boolean': dbt.type_boolean(),
    'money': 'decimal(18, 4)',
  }[contract_type]) }}
{% endmacro %}


{% macro duckdb__data_type(contract_type) %}
  {{ return({
    'text': 'varchar',
    'label': 'varchar',
    'timestamp': 'timestamp',
    'integer': 'bigint',
    'double': 'double',
    'boolean': 'boolean',
    'money': 'decimal(18, 4)',
  }[contract_type]) }}
{% endmacro %}


{% macro spark__data_type(contract_type) %}
  {%- if contract_type == 'double' -%}
    {{ return('double') }}
  {%- endif -%}
  {{ return(feedlift.default__data_type(contract_type)) }}
{% endmacro %}
