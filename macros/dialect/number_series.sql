{#- The whole numbers from 1 on as a relation in parentheses with the column `number`; it needs an alias. -#}
{% macro number_series(last_number) %}
  {{ return(adapter.dispatch('number_series', 'feedlift')(last_number)) }}
{% endmacro %}


{% macro default__number_series(last_number) %}
  {{ return(
    "(select number from generate_series(cast(1 as bigint), cast(" ~ last_number
    ~ " as bigint)) as series (number))"
  ) }}
{% endmacro %}


{% macro spark__number_series(last_number) %}
  {{ return("(select explode(sequence(cast(1 as bigint), cast(" ~ last_number ~ " as bigint))) as number)") }}
{% endmacro %}
