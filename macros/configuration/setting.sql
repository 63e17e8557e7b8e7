{#-
  Every setting of feedlift with its default. A project overrides one by a var of the same name
  (`vars: feedlift: {covariate_days: 28}`). The defaults live in a macro and not in dbt_project.yml because
  models of another project that call our macros cannot see our project vars.
-#}
{% macro default_settings() %}
  {%- set settings -%}
# Where the raw tables come from: seeds | files | warehouse.
raw_door: seeds
# files: the folder, from where dbt runs, of raw_<table>.<parquet|csv|json> or raw_<table>/*.<parquet|csv|json>.
# (Each reader of a base view parses CSV and JSON again: `models: feedlift: base: +materialized: table` parses once.)
raw_files_path: raw
# warehouse: where the raw tables stand; empty means the target's database.
raw_database: ""
raw_schema: raw
# Per raw table: {identifier, path, where, columns: {contract column: their column or SQL expression}}.
raw_tables: {}
# The engagement types the client logs; empty means every type. A measure of any other type is null, not a false zero.
logged_engagement_types: []

# What counts as an impression: viewport | rendered | logged.
impression_definition: viewport
# An engagement without a usable impression id belongs to the latest impression of that user and item in this time.
attribution_window_minutes: 1440
# An event may lie this far after its receipt before it counts as an event from the future.
clock_skew_tolerance_seconds: 300
# Dwell at or above: a long click; below the other: a bounce.
long_click_seconds: 30
bounce_seconds: 5
# An item is fresh when it is at most this old at the time of the impression.
fresh_item_hours: 72
# This many impressions within one clock hour, before any assignment, mark a user as a bot.
bot_impressions_per_hour: 200
# Platforms on which a client declares itself a machine.
bot_platforms: [bot, crawler, monitor]

# Covariates and segments use the time [assigned_at - covariate_days * 24 h, assigned_at).
covariate_days: 14
confidence_level: 0.95
  {%- endset -%}
  {{ return(fromyaml(settings)) }}
{% endmacro %}


{% macro setting(name) %}
  {%- set defaults = feedlift.default_settings() -%}
  {%- if name not in defaults -%}
    {{ exceptions.raise_compiler_error(
      "feedlift has no setting '" ~ name ~ "'. Known settings: " ~ (defaults.keys() | sort | join(', ')) ~ "."
    ) }}
  {%- endif -%}
  {%- set default = defaults[name] -%}
  {%- set value = feedlift._configured(name, default) -%}
  {%- if default is mapping -%}
    {%- set wanted = 'a mapping' if value is not mapping -%}
  {%- elif default is number -%}
    {%- set wanted = 'a number that is not negative' if value is not number or value is boolean or value < 0 -%}
  {%- elif default is not string -%}
    {%- set wanted = 'a list' if value is string or value is mapping or value is not iterable -%}
  {%- endif -%}
  {%- if name == 'confidence_level' and not wanted and (value <= 0 or value >= 1) -%}
    {%- set wanted = 'a number between 0 and 1' -%}
  {%- endif -%}
  {%- if wanted -%}
    {{ exceptions.raise_compiler_error(name ~ " is '" ~ value ~ "'; set it to " ~ wanted ~ ".") }}
  {%- endif -%}
  {{ return(value) }}
{% endmacro %}


{#-
  What a project has set for one of feedlift's vars. dbt shows the vars under `vars: feedlift:` to feedlift's own models
  only; looking into that block lets a project's own models, which call our macros, see the same values. It also lets
  us name a misspelt var, which dbt passes over in silence.
-#}
{% macro _configured(name, default) %}
  {%- set scoped = var('feedlift', none) or {} -%}
  {%- set known = (feedlift.default_settings() | list) + feedlift.definition_kinds() -%}
  {%- for key in scoped if key not in known -%}
    {{ exceptions.raise_compiler_error(
      "vars: {feedlift: {" ~ key ~ ": …}} sets nothing that feedlift knows; correct the name or remove it. Known "
      ~ "names: " ~ (known | sort | join(', ')) ~ "."
    ) }}
  {%- endfor -%}
  {{ return(var(name, scoped.get(name, default))) }}
{% endmacro %}
