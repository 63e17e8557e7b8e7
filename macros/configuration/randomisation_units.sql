{#-
  What an experiment can put into arms, and the column of stg_feed__users that holds it: attributes that users have
  before an experiment and that no treatment changes.
-#}
{% macro randomisation_units() %}
  {{ return({'user': 'user_id', 'country': 'country', 'platform': 'platform'}) }}
{% endmacro %}
