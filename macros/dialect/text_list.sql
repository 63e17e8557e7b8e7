{#- The texts of a group as one text, in a given order, with a comma between them. -#}
{% macro text_list(expression, order_by) %}
  {{ return(adapter.dispatch('text_list', 'feedlift')(expression, order_by)) }}
{% endmacro %}


{% macro default__text_list(expression, order_by) %}
  {{ return("string_agg(" ~ expression ~ ", ', ' order by " ~ order_by ~ ")") }}
{% endmacro %}


{#- Spark has no ordered aggregate: the texts order themselves, which serves where they start with what orders them. -#}
{% macro spark__text_list(expression, order_by) %}
  {{ return("array_join(array_sort(collect_list(" ~ expression ~ ")), ', ')") }}
{% endmacro %}
