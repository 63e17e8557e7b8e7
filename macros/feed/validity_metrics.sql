{#-
  What must be alike between arms, as metrics for unit_moments over int_experiments__validity_units. The rate of refusal
  is per row, not per user: a treatment that makes people busier gives them more rows to be refused, and that alone is
  no fault of the logging.
-#}
{% macro validity_metrics() %}
  {%- set metrics = {'refused_rows': {'numerator': 'refused_row_count', 'denominator': 'row_count'}} -%}
  {%- do metrics.update(feedlift.signal_parities()) -%}
  {%- for name in ['crossover', 'exposure_rate', 'time_to_exposure'] -%}
    {%- do metrics.update({name: {'numerator': name}}) -%}
  {%- endfor -%}
  {%- for name in feedlift.measures() -%}
    {%- do metrics.update({name ~ '_before': {'numerator': name ~ '_before'}}) -%}
  {%- endfor -%}
  {{ return(metrics) }}
{% endmacro %}

