{#-
  Every setting of feedlift with its default. A project overrides one by a var of the same name
  (`vars: feedlift: {covariate_days: 28}`). The defaults live in a macro and not in dbt_project.yml because
  models of another project that call our macros cannot see our project vars.
-#}
{% macro default_settings() %}
  {%- set settings -%}
# Where the raw tables come from: seeds | files | warehouse.
raw_door: seeds
# files: the folder that holds raw_<table>.<parquet|csv|json> or raw_<table>/*.<parquet|csv|json>.
raw_files_path: raw
# warehouse: where the raw tables stand; empty means the target's database.
raw_database: ""
raw_schema: raw
# Per raw table: {identifier, path, where, columns: {contract column: their column or SQL expression}}.
raw_tables: {}

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
  {{ return(var(name, defaults[name])) }}
{% endmacro %}
