{#-
  The engagement types that measures require and the client does not log. Not looked for in the events: a type nobody
  happened to use is a true zero.
-#}
{% macro unlogged_engagement_types() %}
  {%- set logged = feedlift.setting('logged_engagement_types') | map('lower') | list -%}
  {%- set unlogged = [] -%}
  {%- for measure in feedlift.measures().values() if logged -%}
    {%- for requirement in measure.get('requires', []) if requirement.startswith('engagement_type.') -%}
      {%- set engagement_type = requirement.split('.')[1] -%}
      {%- if engagement_type not in logged and engagement_type not in unlogged -%}
        {%- do unlogged.append(engagement_type) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(unlogged) }}
{% endmacro %}
