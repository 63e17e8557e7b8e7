{#-
  Segments: disjoint groups of users, made only from what was known before assignment. Each is an SQL expression over
  the columns of int_experiments__unit_measures: user attributes (`user_country`, `user_platform`, `user_is_creator`,
  `user_signed_up_at`), `assigned_at`, measures of the covariate window (`<measure>_before`), and what half of the
  experiment's active users stay below there (`median_impressions_before`). A user for whom it is null is `unknown`.
-#}
{% macro default_segments() %}
  {%- set segments -%}
shopping_intent:
  description: At least one product click in the covariate window (shopper), or none (browser).
  value: case when product_clicks_before > 0 then 'shopper' when product_clicks_before = 0 then 'browser' end
platform:
  description: The user's platform as registered.
  value: user_platform
country:
  description: The user's country as registered.
  value: user_country
new_returning:
  description: Signed up less than `new_user_days` before assignment (new), or earlier (returning).
  value: >-
    case when user_signed_up_at > {{ dbt.dateadd('day', -1 * feedlift.setting('new_user_days'), 'assigned_at') }}
    then 'new' when user_signed_up_at is not null then 'returning' end
activity:
  description: >
    Impressions in the covariate window: none (inactive), up to the median of the experiment's users who had any, all
    arms together (light), or more (heavy).
  value: >-
    case when impressions_before = 0 then 'inactive' when impressions_before <= median_impressions_before then 'light'
    when impressions_before > median_impressions_before then 'heavy' end
creators:
  description: Whether the user makes items (creator) or not (other).
  value: case when user_is_creator then 'creator' when not user_is_creator then 'other' end
  {%- endset -%}
  {{ return(fromyaml(segments)) }}
{% endmacro %}
