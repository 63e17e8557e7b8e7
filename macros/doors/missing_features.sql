{#-
  What is lost because optional tables, columns and engagement types of one raw table are not logged: one sentence for
  each that costs a feature or a measure.
-#}
{% macro missing_features(entity, relation, expressions) %}
  {%- set without = feedlift.raw_contract()[entity].get('without', {}) -%}
  {%- set measures = feedlift.measures() -%}
  {%- set sentences = [] -%}
  {%- if relation['from'] is none -%}
    {%- set requirements = [] -%}
    {%- for column in expressions -%}
      {%- do requirements.append(entity ~ '.' ~ column) -%}
    {%- endfor -%}
    {%- set cost = without.get('table') -%}
    {%- do sentences.append(feedlift._missing_feature('raw_' ~ entity, cost, requirements, measures)) -%}
  {%- else -%}
    {%- for column, expression in expressions.items() if expression is none -%}
      {%- set name = entity ~ '.' ~ column -%}
      {%- do sentences.append(feedlift._missing_feature('raw_' ~ name, without.get(column), [name], measures)) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if entity == 'engagements' -%}
    {%- set types = feedlift.unlogged_engagement_types() -%}
    {%- set requirements = [] -%}
    {%- for engagement_type in types -%}
      {%- do requirements.append('engagement_type.' ~ engagement_type) -%}
    {%- endfor -%}
    {%- set name = 'engagements of the types ' ~ (types | join(', ')) -%}
    {%- do sentences.append(feedlift._missing_feature(name, none, requirements, measures)) -%}
  {%- endif -%}
  {{ return(sentences | select | list) }}
{% endmacro %}


{#- One sentence, or none when nothing is lost. -#}
{% macro _missing_feature(name, cost, requirements, measures) %}
  {%- set costs = [cost] if cost else [] -%}
  {%- set lost = [] -%}
  {%- for measure, definition in measures.items() -%}
    {%- for requirement in definition.get('requires', []) if requirement in requirements and measure not in lost -%}
      {%- do lost.append(measure) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- if lost -%}
    {%- do costs.append('null measures: ' ~ (lost | join(', '))) -%}
  {%- endif -%}
  {%- set lost_metrics = feedlift._quantiles_of_events(requirements)
    + feedlift._concentrations_of_impressions(requirements, measures) -%}
  {%- if lost_metrics -%}
    {%- do costs.append('null metrics: ' ~ (lost_metrics | join(', '))) -%}
  {%- endif -%}
  {{ return('without ' ~ name ~ ', ' ~ (costs | join('; ')) ~ '.' if costs else none) }}
{% endmacro %}


{#- Quantiles take their values from events and not from measures; the columns they need are those they name. -#}
{% macro _quantiles_of_events(requirements) %}
  {%- set names = [] -%}
  {%- for name, metric in feedlift.metrics_of_type('quantile').items() if metric.get('events') -%}
    {%- for requirement in requirements if requirement.startswith(metric['events'] ~ '.') and name not in names -%}
      {%- if modules.re.search('\\b' ~ requirement.split('.')[1] ~ '\\b', metric['value'] | string) -%}
        {%- do names.append(name) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}


{#- Concentrations count impressions by the configured definition; those over creators need to know whose they are. -#}
{% macro _concentrations_of_impressions(requirements, measures) %}
  {%- set names = [] -%}
  {%- for name, metric in feedlift.metrics_of_type('concentration').items() -%}
    {%- set required = (measures.get('impressions') or {}).get('requires', [])
      + (['items.creator_id'] if metric['entity'] == 'creator' else []) -%}
    {%- if required | select('in', requirements) | list -%}
      {%- do names.append(name) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}
