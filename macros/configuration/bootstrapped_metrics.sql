{#- The metrics in force that ask for a bootstrap, quantiles or the others, by name; none where it is switched off. -#}
{% macro bootstrapped_metrics(quantiles=false) %}
  {%- set names = [] -%}
  {%- for name, metric in feedlift.metrics().items() if metric.get('bootstrap') -%}
    {%- if feedlift.setting('bootstrap_replicates') > 0 and (metric['type'] == 'quantile') == quantiles -%}
      {%- do names.append(name) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}
