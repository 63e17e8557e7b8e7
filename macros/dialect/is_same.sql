{#- Equality under which null equals null, so that a group without a name is not lost in a join. -#}
{% macro is_same(left, right) %}
  {{ return(adapter.dispatch('is_same', 'feedlift')(left, right)) }}
{% endmacro %}


{% macro default__is_same(left, right) %}
  {{ return(left ~ " is not distinct from " ~ right) }}
{% endmacro %}


{% macro spark__is_same(left, right) %}
  {{ return(left ~ " <=> " ~ right) }}
{% endmacro %}
