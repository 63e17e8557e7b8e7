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
# A click without long dwell satisfies, too, when the same user does one of these with the item within the attribution
# window.
satisfying_engagement_types: [save, board_add, add_to_cart, purchase]
# Engagements that make an impression a valued one, the last rung of the exposure ladder; long clicks do, too.
valued_engagement_types: [save, board_add, follow, add_to_cart, purchase]
# Engagements that make a session engaged. Not among them: harm, and started videos, which may start by themselves.
positive_engagement_types:
  - click
  - closeup
  - save
  - outbound_click
  - board_add
  - follow
  - video_complete
  - product_click
  - add_to_cart
  - purchase
# Engagements that make a session a shopping one, and those by which a user asks for less.
shopping_engagement_types: [product_click, add_to_cart, purchase]
opt_out_engagement_types: [not_interested, unfollow, unsubscribe, notifications_off]
# A session without engagement shorter than this is an early exit.
early_exit_seconds: 10
# An item is fresh when it is at most this old at the time of the impression.
fresh_item_hours: 72
# This many impressions within one clock hour, before any assignment, mark a user as a bot.
bot_impressions_per_hour: 200
# Platforms on which a client declares itself a machine.
bot_platforms: [bot, crawler, monitor]

# Covariates and segments use the time [assigned_at - covariate_days * 24 h, assigned_at).
covariate_days: 14
# A user is new who signed up less than so many days before assignment.
new_user_days: 28
# Events may still arrive for so long. Retention: a user whose day ended later than the latest event minus this is not
# counted yet; counted now, late events would be read as users who did not come back. An experiment has ended when its
# planned end is this far behind the latest receipt; 0 for a log that is whole and stops with its experiments.
lateness_hours: 24
confidence_level: 0.95
# Replicates of the Poisson bootstrap for metrics with `bootstrap: true`; 0 switches it off. Same seed, same weights. No
# p-value is below 2 / (replicates + 1), which bounds how large a family it can pass the corrections in.
bootstrap_replicates: 999
bootstrap_seed: 1
# A segment by which effects are also post-stratified, beside the phase; empty for none.
post_stratification_segment: platform
# Two signals of one logging (clicks and their dwell, say) agree in an arm so much less than in control, as a difference
# of shares, that effects may not be read; below it a significant difference only warns.
signal_parity_tolerance: 0.01
# Means are also compared with values above this quantile of all users cut off at it.
winsorised_quantile: 0.999
# Novelty: the trend of an effect over so many days after the 24 hours from a user's start, of the users whose days have
# all passed. In whole weeks, every weekday counts as much as the others.
novelty_days: 14
# About how many users, the compared arms together, an experiment will have when it is decided, where its definition
# does not say: the always-valid intervals are narrowest there. Fix it before the first look.
planned_user_count: 10000
# One-sided level of the non-inferiority test of guardrails, whatever the confidence level.
non_inferiority_alpha: 0.025
# The prior of a relative lift, normal, for the Bayesian figures. Write `flat` for the sd to have a flat prior.
prior_lift_mean: 0
prior_lift_sd: 0.3
# The power that minimum detectable effects and needed users are computed for, and the relative effects of the curves.
power: 0.8
power_curve_relative_effects: [0.01, 0.02, 0.05, 0.1, 0.2]
# New users per day, by which days to go are counted, are those of so many days before the last day with data,
# or before the day of the planned end.
enrolment_days: 7

# Metrics in which harm usually shows. Those that an experiment names no guardrail are shown beside its guardrails, and
# not judged: nobody has said how much harm is tolerable.
watched_metrics:
  - hide_rate
  - report_rate
  - early_exit_rate
  - impression_latency_p95
  - home_feed_engagements_per_user
  - organic_clicks_per_user
  - opt_outs_per_user
  - retention_d1
  - retention_d7
  - creator_hhi
  - item_hhi
# The part of all items or creators that is their top, of which the share of impressions is told.
concentration_top_share: 0.01

# Longer dwell counts as this long in the mean dwell of a click: one page that was left open is no interest.
longest_dwell_seconds: 600

# The launch decision. What it looks at (primary metric, smallest effect of interest, guardrails and their margins,
# deciding population, planned end) is defined for each experiment.
# The method whose rows decide, unadjusted | cuped; a metric without such a row is judged unadjusted.
decision_method: cuped
# What the interval of the primary metric must lie above for a launch: zero | smallest_effect.
decision_ship_above: zero
# How many days an experiment without an answer may go on where no planned end is to come; 0 ends it at its end.
decision_patience_days: 90

# Builds the models tagged `calibration`, A/A tests with the users of one experiment; empty builds none of them:
# {experiment_id, population: assigned, replications: 1000, treatment_share: 0.5, seed: 1}.
calibration: {}
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
  {%- elif name == 'prior_lift_mean' -%}
    {%- set wanted = 'a number' if value is not number or value is boolean -%}
  {%- elif name == 'prior_lift_sd' -%}
    {%- if value != 'flat' and (value is not number or value is boolean or value <= 0) -%}
      {%- set wanted = 'a number above 0, or flat' -%}
    {%- endif -%}
  {%- elif default is number -%}
    {%- set wanted = feedlift._wanted_number(name, value) -%}
  {%- elif default is not string -%}
    {%- set wanted = 'a list' if value is string or value is mapping or value is not iterable -%}
  {%- endif -%}
  {%- if name == 'power_curve_relative_effects' and not wanted -%}
    {%- set usable = [] -%}
    {%- for effect in value if effect is number and effect is not boolean and effect > 0 -%}
      {%- do usable.append(effect) -%}
    {%- endfor -%}
    {%- if not usable or usable | length < value | length -%}
      {%- set wanted = 'a list of numbers above 0' -%}
    {%- endif -%}
  {%- elif name.endswith('_engagement_types') and not wanted -%}
    {%- set impossible = [] -%}
    {%- for engagement_type in value -%}
      {%- if engagement_type is not string or not engagement_type or engagement_type != engagement_type | trim -%}
        {%- do impossible.append(engagement_type) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if impossible -%}
      {%- set wanted = 'a list of engagement types without blanks around them, such as [save, board_add]' -%}
    {%- endif -%}
  {%- elif name == 'decision_method' and value not in ['unadjusted', 'cuped'] -%}
    {%- set wanted = 'unadjusted or cuped' -%}
  {%- elif name == 'decision_ship_above' and value not in ['zero', 'smallest_effect'] -%}
    {%- set wanted = 'zero or smallest_effect' -%}
  {%- endif -%}
  {%- if wanted -%}
    {{ exceptions.raise_compiler_error(name ~ " is '" ~ value ~ "'; set it to " ~ wanted ~ ".") }}
  {%- endif -%}
  {{ return(value) }}
{% endmacro %}


{#- What a number must be, all that is asked of it at once, or none where it is. -#}
{% macro _wanted_number(name, value) %}
  {%- set is_number = value is number and value is not boolean -%}
  {%- set fewest = {
    'enrolment_days': [1, 'days'], 'novelty_days': [2, 'days'], 'new_user_days': [1, 'days'],
    'planned_user_count': [1, 'users'],
  } -%}
  {%- if name in ['confidence_level', 'power', 'winsorised_quantile', 'concentration_top_share'] -%}
    {%- set wanted = 'a number above 0 and below 1' -%}
    {%- set is_wanted = is_number and 0 < value < 1 -%}
  {%- elif name == 'non_inferiority_alpha' -%}
    {%- set wanted = 'a number above 0 and below 0.5' -%}
    {%- set is_wanted = is_number and 0 < value < 0.5 -%}
  {%- elif name == 'signal_parity_tolerance' -%}
    {%- set wanted = 'a number from 0 to below 1, 0.01 for one percentage point' -%}
    {%- set is_wanted = is_number and 0 <= value < 1 -%}
  {%- elif name in fewest -%}
    {%- set wanted = 'a whole number of ' ~ fewest[name][1] ~ ', at least ' ~ fewest[name][0] -%}
    {%- set is_wanted = is_number and value >= fewest[name][0] and value == value | int -%}
  {%- elif name == 'longest_dwell_seconds' -%}
    {%- set wanted = 'a number above 0' -%}
    {%- set is_wanted = is_number and value > 0 -%}
  {%- elif name == 'bounce_seconds' -%}
    {%- set longest = feedlift.setting('long_click_seconds') -%}
    {%- set wanted = 'a number that is not negative and at most long_click_seconds, which is ' ~ longest -%}
    {%- set is_wanted = is_number and 0 <= value <= longest -%}
  {%- else -%}
    {%- set wanted = 'a number that is not negative' -%}
    {%- set is_wanted = is_number and value >= 0 -%}
  {%- endif -%}
  {{ return(none if is_wanted else wanted ~ (', without quotes' if value is string else '')) }}
{% endmacro %}


{#-
  What a project has set for one of feedlift's vars. dbt shows the vars under `vars: feedlift:` to feedlift's own models
  only; looking into that block lets a project's own models, which call our macros, see the same values. It also lets
  us name a misspelt var, which dbt passes over in silence.
-#}
{% macro _configured(name, default) %}
  {%- set scoped = var('feedlift', none) or {} -%}
  {#- Only where there is something to check: reading the defaults for every setting was a tenth of dbt's parsing. -#}
  {%- if scoped -%}
    {%- set known = (feedlift.default_settings() | list) + feedlift.definition_kinds() -%}
    {%- for key in scoped if key not in known -%}
      {{ exceptions.raise_compiler_error(
        "vars: {feedlift: {" ~ key ~ ": …}} sets nothing that feedlift knows; correct the name or remove it. Known "
        ~ "names: " ~ (known | sort | join(', ')) ~ "."
      ) }}
    {%- endfor -%}
  {%- endif -%}
  {{ return(var(name, scoped.get(name, default))) }}
{% endmacro %}
