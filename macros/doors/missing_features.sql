{#-
  What is lost because optional tables, columns and engagement types of one raw table are not logged: one sentence for
  each that costs a feature or a measure.
-#}
{% macro missing_features(entity, relation, expressions) %}
  {%- set measures = feedlift.measures() -%}
  {%- set without = feedlift.raw_contract()[entity].get('without', {}) -%}
  {%- set sentences = [] -%}
  {%- if relation['from'] is none -%}
    {%- do sentences.append(feedlift._missing_feature('raw_' ~ entity, entity ~ '.', without.get('table'), measures)) -%}
  {%- else -%}
    {%- for column, expression in expressions.items() if expression is none -%}
      {%- set name = entity ~ '.' ~ column -%}
      {%- do sentences.append(feedlift._missing_feature('raw_' ~ name, name, without.get(column), measures)) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if entity == 'engagements' -%}
    {%- for engagement_type in feedlift.unlogged_engagement_types() -%}
      {%- do sentences.append(feedlift._missing_feature(
        'The engagement type ' ~ engagement_type, 'engagement_type.' ~ engagement_type, none, measures
      )) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(sentences | select | list) }}
{% endmacro %}


{#- One sentence, or none when nothing is lost. `required` is what measures require, or how it starts. -#}
{% macro _missing_feature(name, required, cost, measures) %}
  {%- set costs = [cost] if cost else [] -%}
  {%- set lost = [] -%}
  {%- for measure, definition in measures.items() -%}
    {%- for requirement in definition.get('requires', []) if measure not in lost -%}
      {%- if requirement == required or (required.endswith('.') and requirement.startswith(required)) -%}
        {%- do lost.append(measure) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- if lost -%}
    {%- do costs.append('no measure ' ~ (lost | join(', '))) -%}
  {%- endif -%}
  {{ return(name ~ ' is not logged: ' ~ (costs | join('; ')) ~ '.' if costs else none) }}
{% endmacro %}
