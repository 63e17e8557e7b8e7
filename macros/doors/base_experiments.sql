{#-
  One table of experiment definitions, typed. `<column>_as_written` keeps the text of every column that is cast, so
  that a value that cannot be read is told from one that is not there. A column that the seed of a project lacks is
  null unless it is required.
-#}
{% macro base_experiments(table) %}
  {%- set contract = feedlift.definition_contract()[table] -%}
  {%- set found = (adapter.get_columns_in_relation(ref(table)) if execute else []) | map(attribute='name')
    | map('lower') | list -%}
select
    {%- for name, contract_type in contract['columns'].items() %}
    {%- set is_absent = found and name not in found and name not in contract['required_columns'] %}
    {%- set column = 'cast(null as ' ~ feedlift.data_type('text') ~ ')' if is_absent else name %}
    {{ feedlift.parse_value(column, contract_type) }} as {{ name }},
        {%- if contract_type not in ['text', 'label'] %}
    {{ feedlift.parse_value(column, 'text') }} as {{ name }}_as_written,
        {%- endif %}
    {%- endfor %}
    '{{ table }}' as defined_in
from {{ ref(table) }}
{% endmacro %}
