{#-
  The metrics that are rates over impressions and mean the same under any definition of one: per name its numerator,
  `clicked_impressions` for those that count the impressions themselves. A project's own are among them, and CTR always
  is: without any, there would be no SQL.
-#}
{% macro impression_rates() %}
  {%- set rates = {'ctr': 'clicked_impressions'} -%}
  {%- set measures = feedlift.measures() -%}
  {%- for name, metric in feedlift.metrics().items() if metric['type'] == 'ratio' -%}
    {%- set numerator = metric['numerator'] -%}
    {%- if metric['denominator'] == 'impressions' and (
        numerator == 'clicked_impressions' or measures[numerator]['events'] == 'engagements'
    ) -%}
      {%- do rates.update({name: numerator}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(rates) }}
{% endmacro %}
