{#- The measures in force, checked; an error names the first that is defined wrongly. -#}
{% macro measures() %}
  {%- set measures = feedlift.definitions('measures') -%}
  {%- set contract = feedlift.raw_contract() -%}
  {%- set own = feedlift._configured('measures', none) or {} -%}
  {%- for name, measure in measures.items() -%}
    {%- set where = "Measure '" ~ name ~ "' " -%}
    {%- if measure.get('events') not in ['impressions', 'engagements', 'sessions'] -%}
      {{ exceptions.raise_compiler_error(
        where ~ "counts events of '" ~ measure.get('events') ~ "'; set events to impressions, engagements or sessions."
      ) }}
    {%- elif not measure.get('where') -%}
      {{ exceptions.raise_compiler_error(where ~ "says not which events it counts; set where to an SQL condition.") }}
    {%- elif measure.get('type', 'integer') not in ['integer', 'money'] -%}
      {{ exceptions.raise_compiler_error(
        where ~ "has the type '" ~ measure['type'] ~ "'; write integer or money."
      ) }}
    {%- endif -%}
    {#- Staging writes types in lower case and without blanks around them, so that no other is ever equal to one. -#}
    {%- set types = feedlift._engagement_types_of_measure(measure) if name in own else [] -%}
    {%- for engagement_type in types -%}
      {%- if engagement_type != engagement_type | lower | trim or not engagement_type -%}
        {{ exceptions.raise_compiler_error(
          where ~ "names the engagement type '" ~ engagement_type ~ "', which no row can have; write types in lower "
          ~ "case and without blanks around them, such as save."
        ) }}
      {%- endif -%}
    {%- endfor -%}
    {%- for required in measure.get('requires', []) -%}
      {%- set entity, column = (required ~ '.').split('.')[0:2] -%}
      {%- if entity != 'engagement_type' and column not in contract.get(entity, {}).get('columns', {}) -%}
        {{ exceptions.raise_compiler_error(
          where ~ "requires '" ~ required ~ "', which is no column of the raw contract; write table.column, or "
          ~ "engagement_type.save and the like."
        ) }}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {#- Without the var none is removed, and the defaults are long to read. -#}
  {%- set shipped = feedlift.default_measures() if own else [] -%}
  {%- for name in shipped if name not in measures -%}
    {{ exceptions.raise_compiler_error(
      "Measure '" ~ name ~ "' is removed by the var measures, but the marts have it as a column; redefine it instead, "
      ~ "or leave its engagement type out of logged_engagement_types, which makes it null."
    ) }}
  {%- endfor -%}
  {{ return(measures) }}
{% endmacro %}
