{#-
  The metrics that are sums over days, means and ratios, as the expressions unit_moments takes. A proportion of users
  who did something in a whole window, a retention or a quantile is another quantity on a single day.
-#}
{% macro daily_metric_expressions(types=['mean', 'ratio']) %}
  {%- set expressions = {} -%}
  {%- for name, metric in feedlift.metrics().items() if metric['type'] in types -%}
    {%- do expressions.update({name: {'numerator': metric['numerator']}}) -%}
    {%- if metric['type'] == 'ratio' -%}
      {%- do expressions[name].update({'denominator': metric['denominator']}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(expressions) }}
{% endmacro %}
