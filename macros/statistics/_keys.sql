{#- The columns of a key in a select list, and the equality of two rows' keys, under which null equals null. -#}
{% macro _key_columns(keys, relation) %}
  {{ return(relation ~ '.' ~ keys | join(', ' ~ relation ~ '.')) }}
{% endmacro %}


{% macro _keys_match(keys, left, right) %}
  {%- set conditions = [] -%}
  {%- for key in keys -%}
    {%- do conditions.append(feedlift.is_same(left ~ '.' ~ key, right ~ '.' ~ key)) -%}
  {%- endfor -%}
  {{ return(conditions | join(' and ')) }}
{% endmacro %}
