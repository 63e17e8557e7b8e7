{#- Nulls count as equal, because a grain with two rows of "unknown" is as broken as any other. -#}
{% test unique_combination(model, columns) %}
select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
