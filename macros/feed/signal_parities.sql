{#-
  The signals that must agree in every arm alike, as metrics for unit_moments over int_experiments__signals. Only shares
  that a treatment has no hand in: how many impressions a session has, and how many of them are drawn, is what a deeper
  ranker is there to change, and engagements of other types come from other depths of the product.
-#}
{% macro signal_parities() %}
  {{ return({
    'sessions_with_impression': {'numerator': 'session_with_impression_count', 'denominator': 'session_count'},
    'clicks_with_dwell': {'numerator': 'click_with_dwell_count', 'denominator': 'click_count'},
    'clicks_with_impression': {'numerator': 'click_with_impression_count', 'denominator': 'click_count'},
  }) }}
{% endmacro %}
