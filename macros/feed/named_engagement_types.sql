{#-
  Every engagement type that a setting, a measure or a quantile names: which of them name it, and whether feedlift's own
  definitions do. Settings are read in lower case, as staging writes types; conditions in SQL are not.
-#}
{% macro named_engagement_types() %}
  {%- set named = {} -%}
  {%- set defaults = feedlift.default_settings() -%}
  {%- for setting in defaults if setting.endswith('_engagement_types') -%}
    {%- set shipped = defaults[setting] -%}
    {%- do feedlift._name_engagement_types(named, setting, feedlift.setting(setting) | map('lower'), shipped) -%}
    {%- do feedlift._name_engagement_types(named, none, shipped, shipped) -%}
  {%- endfor -%}
  {%- set shipped_measures = feedlift.default_measures() -%}
  {%- for name, measure in feedlift.measures().items() -%}
    {%- set types = feedlift._engagement_types_of_measure(measure) -%}
    {%- set is_shipped = measure == shipped_measures.get(name) -%}
    {%- do feedlift._name_engagement_types(named, 'the measure ' ~ name, types, types if is_shipped else []) -%}
  {%- endfor -%}
  {%- for name, metric in feedlift.metrics_of_type('quantile').items() -%}
    {%- set types = feedlift._engagement_types_of(metric.get('where')) -%}
    {%- do feedlift._name_engagement_types(named, 'the metric ' ~ name, types, []) -%}
  {%- endfor -%}
  {%- for name in named | list if not named[name]['named_by'] -%}
    {%- do named.pop(name) -%}
  {%- endfor -%}
  {{ return(named) }}
{% endmacro %}


{#- The types that a measure counts or requires. -#}
{% macro _engagement_types_of_measure(measure) %}
  {%- set types = feedlift._engagement_types_of(measure.get('where')) -%}
  {%- for requirement in measure.get('requires', []) if requirement.split('.')[0] == 'engagement_type' -%}
    {%- do types.append((requirement ~ '.').split('.')[1]) -%}
  {%- endfor -%}
  {{ return(types) }}
{% endmacro %}


{#- The types that an SQL condition compares engagement_type with. -#}
{% macro _engagement_types_of(condition) %}
  {%- set types = [] -%}
  {%- set comparison = "(?is)\\bengagement_type\\s*(?:=|<>|!=|(?:not\\s+)?in\\s*\\()\\s*((?:'[^']*'\\s*,?\\s*)+)" -%}
  {%- for literals in modules.re.findall(comparison, condition | string) -%}
    {%- do types.extend(modules.re.findall("'([^']*)'", literals)) -%}
  {%- endfor -%}
  {{ return(types) }}
{% endmacro %}


{#- Notes in `named` that `name` names the types; none notes only that they are shipped. -#}
{% macro _name_engagement_types(named, name, types, shipped) %}
  {%- for engagement_type in types -%}
    {%- set entry = named.setdefault(engagement_type, {'named_by': [], 'is_shipped': false}) -%}
    {%- if name and name not in entry['named_by'] -%}
      {%- do entry['named_by'].append(name) -%}
    {%- endif -%}
    {%- if engagement_type in shipped -%}
      {%- do entry.update({'is_shipped': true}) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}
