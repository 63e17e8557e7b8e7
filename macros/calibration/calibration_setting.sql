{#- What a calibration re-randomises and how: the entries of the setting `calibration`, each with its default. -#}
{% macro calibration_setting(name) %}
  {%- set defaults = {
    'experiment_id': none, 'population': 'assigned', 'replications': 1000, 'treatment_share': 0.5, 'seed': 1,
  } -%}
  {%- set entries = feedlift.setting('calibration') -%}
  {%- for entry in entries if entry not in defaults -%}
    {{ exceptions.raise_compiler_error(
      "calibration has no entry '" ~ entry ~ "'; correct the name or remove it. Known entries: "
      ~ (defaults | join(', ')) ~ "."
    ) }}
  {%- endfor -%}
  {%- if entries and not entries.get('experiment_id') -%}
    {{ exceptions.raise_compiler_error(
      "calibration names no experiment; set its experiment_id to the one whose users are to be divided again."
    ) }}
  {%- endif -%}
  {{ return(entries.get(name, defaults[name])) }}
{% endmacro %}


{#- Nothing of a calibration is built unless it is asked for. -#}
{% macro is_calibration_wanted() %}
  {{ return(feedlift.setting('calibration') | length > 0) }}
{% endmacro %}
