{#-
  Why the contrasts have no row for a metric of an experiment, by `metric` and `randomisation_unit` of the relation:
  quantiles are compared between users alone, whoever is in the arms.
-#}
{% macro _reason_for_no_contrast(relation) %}
  {%- set quantiles = feedlift.literals(['none'] + (feedlift.metrics_of_type('quantile') | list)) -%}
  {{ return(
    "case when " ~ relation ~ ".randomisation_unit <> 'user' and " ~ relation ~ ".metric in (" ~ quantiles
    ~ ") then 'not_randomised_by_user' else 'no_users' end"
  ) }}
{% endmacro %}
