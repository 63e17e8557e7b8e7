{#- True for rows of a user in the list of bots. -#}
{% macro is_bot(bots) %}
  {{ return("user_id in (select bots.user_id from " ~ bots ~ " as bots)") }}
{% endmacro %}
