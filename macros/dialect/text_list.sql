{#- The texts of a group as one text, in a given order, with a separator between them. -#}
{% macro text_list(expression, order_by, separator=', ') %}
  {{ return(adapter.dispatch('text_list', 'feedlift')(expression, order_by, separator)) }}
{% endmacro %}


{% macro default__text_list(expression, order_by, separator) %}
  {{ return("string_agg(" ~ expression ~ ", '" ~ separator ~ "' order by " ~ order_by ~ ")") }}
{% endmacro %}


{#- Spark has no ordered aggregate: the texts order themselves, which serves where they start with what orders them. -#}
{% macro spark__text_list(expression, order_by, separator) %}
  {{ return("array_join(array_sort(collect_list(" ~ expression ~ ")), '" ~ separator ~ "')") }}
{% endmacro %}
