{#-
  Segments: disjoint groups of users, made only from what was known before assignment. Each is an SQL expression over
  the columns of int_experiments__unit_measures: user attributes (`user_country`, `user_platform`, `user_is_creator`,
  `user_signed_up_at`), `assigned_at`, and measures of the covariate window (`<measure>_before`).
-#}
{% macro default_segments() %}
  {%- set segments -%}
shopping_intent:
  description: At least one product click in the covariate window (shopper), or none (browser).
  value: case when product_clicks_before > 0 then 'shopper' when product_clicks_before = 0 then 'browser' end
platform:
  description: The user's platform as registered.
  value: user_platform
  {%- endset -%}
  {{ return(fromyaml(segments)) }}
{% endmacro %}
