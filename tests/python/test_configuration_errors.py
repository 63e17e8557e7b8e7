"""Every wrong configuration stops the build with a sentence that names the culprit and says what to change."""

import json

import duckdb
import pytest

# One mistake each in the demo's definitions, as it could be typed into a seed, and all that must be said about it.
DEFINITION_PROBLEMS = {
    "shares_that_do_not_add_up": (
        "update raw.experiment_arm_shares set share = '0.4' where experiment_id = 'aa_test' and arm = 'treatment'",
        (
            "Experiment 'aa_test' has arm shares from 2026-01-19 00:00:00 that add up to 0.9, not 1;"
            " correct them in experiment_arm_shares."
        ),
    ),
    "a_share_out_of_range": (
        (
            "update raw.experiment_arm_shares set share = case arm when 'control' then '0' else '1' end"
            " where experiment_id = 'aa_test'"
        ),
        (
            "Experiment 'aa_test' gives the arm 'control' the share 0; a share is above 0 and below 1"
            " (leave an arm that is not open yet out of that phase)."
        ),
        (
            "Experiment 'aa_test' gives the arm 'treatment' the share 1; a share is above 0 and below 1"
            " (leave an arm that is not open yet out of that phase)."
        ),
    ),
    "an_unknown_arm_in_the_shares": (
        (
            "insert into raw.experiment_arm_shares values ('aa_test', 'tretment', '2026-02-01 00:00:00', '0.5'),"
            " ('aa_test', 'control', '2026-02-01 00:00:00', '0.5')"
        ),
        (
            "Experiment 'aa_test' gives a share to the arm 'tretment', which experiment_arms does not define;"
            " add the arm or correct its name."
        ),
    ),
    "an_arm_without_share": (
        "insert into raw.experiment_arms values ('aa_test', 'third', 'false', null)",
        "Experiment 'aa_test' never gives a share to the arm 'third'; add it to experiment_arm_shares.",
    ),
    "shares_of_an_unknown_experiment": (
        (
            "insert into raw.experiment_arm_shares values ('ab_test', 'control', '2026-01-19', '0.5'),"
            " ('ab_test', 'treatment', '2026-01-19', '0.5')"
        ),
        (
            "Table experiment_arm_shares speaks of experiment 'ab_test', which experiments does not define;"
            " add it there or remove the rows."
        ),
    ),
    "shares_that_start_late": (
        "update raw.experiment_arm_shares set starts_at = '2026-01-20' where experiment_id = 'aa_test'",
        (
            "Experiment 'aa_test' starts at 2026-01-19 00:00:00 but its first shares hold only later;"
            " let a set of shares start with the experiment."
        ),
    ),
    "no_control": (
        "update raw.experiment_arms set is_control = 'false' where experiment_id = 'aa_test'",
        "Experiment 'aa_test' has 0 control arms; mark exactly one arm with is_control in experiment_arms.",
    ),
    "two_controls": (
        "update raw.experiment_arms set is_control = 'true' where experiment_id = 'aa_test'",
        "Experiment 'aa_test' has 2 control arms; mark exactly one arm with is_control in experiment_arms.",
    ),
    "an_experiment_without_arms": (
        "insert into raw.experiments (experiment_id, starts_at) values ('empty', '2026-01-19')",
        "Experiment 'empty' has 0 control arms; mark exactly one arm with is_control in experiment_arms.",
    ),
    "one_arm": (
        (
            "delete from raw.experiment_arms where experiment_id = 'aa_test' and arm = 'treatment';"
            "delete from raw.experiment_arm_shares where experiment_id = 'aa_test'"
        ),
        "Experiment 'aa_test' has only one arm; add the other to experiment_arms.",
    ),
    "a_control_mark_that_is_no_boolean": (
        "update raw.experiment_arms set is_control = 'perhaps' where experiment_id = 'aa_test' and arm = 'treatment'",
        "Experiment 'aa_test' has is_control 'perhaps' in experiment_arms; write a boolean.",
    ),
    "an_arm_defined_twice": (
        "insert into raw.experiment_arms values ('aa_test', 'treatment', 'false', null)",
        "Experiment 'aa_test' has more than one row in experiment_arms for aa_test, treatment; keep one.",
    ),
    "two_primary_metrics": (
        "update raw.experiment_metrics set role = 'primary' where experiment_id = 'ranker_depth' and metric = 'ctr'",
        (
            "Experiment 'ranker_depth' has 2 primary metrics; let one decide and make the others diagnostic in"
            " experiment_metrics."
        ),
    ),
    "a_metric_nobody_defined": (
        (
            "update raw.experiment_metrics set metric = 'saves_per_yser' where experiment_id = 'ranker_depth'"
            " and role = 'primary'"
        ),
        "Experiment 'ranker_depth' is judged by the metric 'saves_per_yser', which is not defined; known metrics: ctr,",
    ),
    "a_role_nobody_knows": (
        "update raw.experiment_metrics set role = 'secondary' where experiment_id = 'ranker_depth' and metric = 'ctr'",
        (
            "Experiment 'ranker_depth' gives the metric 'ctr' the role 'secondary';"
            " write primary, guardrail, diagnostic, placebo or manipulation."
        ),
    ),
    "a_direction_nobody_knows": (
        (
            "update raw.experiment_metrics set desired_direction = 'up' where experiment_id = 'ranker_depth'"
            " and metric = 'ctr'"
        ),
        "Experiment 'ranker_depth' desires of the metric 'ctr' the direction 'up'; write increase or decrease.",
    ),
    "a_guardrail_without_margin": (
        (
            "update raw.experiment_metrics set non_inferiority_margin = null where experiment_id = 'ranker_depth'"
            " and metric = 'hide_rate'"
        ),
        (
            "Experiment 'ranker_depth' has the guardrail 'hide_rate' without a positive non_inferiority_margin;"
            " say how much harm is tolerable."
        ),
    ),
    "a_margin_of_nothing": (
        (
            "update raw.experiment_metrics set non_inferiority_margin = '-0.5' where experiment_id = 'ranker_depth'"
            " and metric = 'hide_rate'"
        ),
        (
            "Experiment 'ranker_depth' has the guardrail 'hide_rate' without a positive non_inferiority_margin;"
            " say how much harm is tolerable."
        ),
    ),
    "a_margin_in_percent": (
        (
            "update raw.experiment_metrics set non_inferiority_margin = '5' where experiment_id = 'ranker_depth'"
            " and metric = 'hide_rate'"
        ),
        (
            "Experiment 'ranker_depth' has a relative margin of 5 for the metric 'hide_rate';"
            " write a fraction below 1 (0.05 for 5 %), or an absolute margin in the metric's own unit."
        ),
    ),
    "a_smallest_effect_in_percent_of_users": (
        (
            "insert into raw.experiment_metrics values"
            " ('aa_test', 'saver_rate', 'diagnostic', 'increase', null, null, '5')"
        ),
        (
            "Experiment 'aa_test' has the smallest_effect_of_interest 5.0 for the metric 'saver_rate',"
            " a share of users; write a fraction (0.05 for 5 percentage points)."
        ),
    ),
    "a_margin_without_scale": (
        (
            "update raw.experiment_metrics set margin_scale = null where experiment_id = 'ranker_depth'"
            " and metric = 'hide_rate'"
        ),
        (
            "Experiment 'ranker_depth' has a margin for the metric 'hide_rate' whose margin_scale is '(none)';"
            " write absolute or relative."
        ),
    ),
    "a_scale_without_margin": (
        (
            "update raw.experiment_metrics set margin_scale = 'relative' where experiment_id = 'ranker_depth'"
            " and metric = 'saves_per_user'"
        ),
        (
            "Experiment 'ranker_depth' has the margin_scale 'relative' for the metric 'saves_per_user' and no"
            " non_inferiority_margin; leave margin_scale empty (smallest_effect_of_interest is in the metric's own"
            " unit)."
        ),
    ),
    "reversed_dates": (
        "update raw.experiments set ends_at = '2026-01-01' where experiment_id = 'aa_test'",
        (
            "Experiment 'aa_test' ends (2026-01-01) before it starts (2026-01-19 00:00:00);"
            " correct starts_at or ends_at in experiments."
        ),
    ),
    "an_unreadable_date": (
        "update raw.experiments set ends_at = '16.02.2026' where experiment_id = 'aa_test'",
        "Experiment 'aa_test' has ends_at '16.02.2026' in experiments; write a timestamp.",
    ),
    "a_missing_date": (
        "update raw.experiments set starts_at = ' ' where experiment_id = 'aa_test'",
        "A row of experiments for experiment 'aa_test' has no starts_at; fill it in.",
    ),
    "a_population_nobody_knows": (
        "update raw.experiments set deciding_population = 'everybody' where experiment_id = 'aa_test'",
        "Experiment 'aa_test' has deciding_population 'everybody'; write assigned or exposed.",
    ),
}

FILES = {"raw_door": "files", "raw_files_path": "{files}"}
WAREHOUSE = {"raw_door": "warehouse"}

# A model whose compilation meets the mistake, the vars that make it, and how the sentence about it starts.
VAR_PROBLEMS = {
    "a_calibration_of_no_experiment": (
        "rerandomised_moments",
        {"calibration": {"replications": 100}},
        "calibration names no experiment; set its experiment_id to the one whose users are to be divided again.",
    ),
    "an_unknown_entry_of_the_calibration": (
        "rerandomised_moments",
        {"calibration": {"experiment_id": "aa_test", "share": 0.5}},
        "calibration has no entry 'share'; correct the name or remove it.",
    ),
    "a_calibration_without_replications": (
        "rerandomised_moments",
        {"calibration": {"experiment_id": "aa_test", "replications": 0}},
        "rerandomised_moments: replications is '0'; set it to a whole number, at least 1.",
    ),
    "a_calibration_with_most_users_in_treatment": (
        "rerandomised_moments",
        {"calibration": {"experiment_id": "aa_test", "treatment_share": 0.6}},
        "rerandomised_moments: treatment_share is '0.6'; set it to a number above 0 and at most 0.5.",
    ),
    "an_unknown_door": (
        "base_feed__users",
        {"raw_door": "window"},
        "raw_door is 'window'; set it to seeds, files or warehouse.",
    ),
    "an_unknown_impression_definition": (
        "int_impressions__ladder",
        {"impression_definition": "visible"},
        "impression_definition is 'visible'; set it to viewport, rendered or logged.",
    ),
    "a_misspelt_var": (
        "int_impressions__ladder",
        {"feedlift": {"impresion_definition": "logged"}},
        (
            "vars: {feedlift: {impresion_definition: …}} sets nothing that feedlift knows; correct the name or remove"
            " it. Known names: attribution_window_minutes,"
        ),
    ),
    "a_setting_that_is_no_number": (
        "int_experiments__windows",
        {"covariate_days": "fourteen"},
        "covariate_days is 'fourteen'; set it to a number that is not negative, without quotes.",
    ),
    "a_setting_below_zero": (
        "int_experiments__windows",
        {"covariate_days": -1},
        "covariate_days is '-1'; set it to a number that is not negative.",
    ),
    "an_engagement_type_with_a_blank": (
        "int_impressions__ladder",
        {"valued_engagement_types": ["save", " purchase"]},
        (
            "valued_engagement_types is '['save', ' purchase']'; set it to a list of engagement types without blanks"
            " around them, such as [save, board_add]."
        ),
    ),
    "an_engagement_type_that_is_no_text": (
        "int_measures__logged",
        {"logged_engagement_types": [True]},
        "logged_engagement_types is '[True]'; set it to a list of engagement types without blanks around them",
    ),
    "a_measure_of_an_engagement_type_in_capitals": (
        "int_measures__logged",
        {"measures": {"shares": {"events": "engagements", "where": "engagement_type in ('save', 'Share')"}}},
        "Measure 'shares' names the engagement type 'Share', which no row can have; write types in lower case",
    ),
    "a_measure_that_requires_no_engagement_type_in_particular": (
        "int_measures__logged",
        {"measures": {"saved": {"events": "engagements", "where": "true", "requires": ["engagement_type"]}}},
        "Measure 'saved' names the engagement type '', which no row can have; write types in lower case",
    ),
    "a_confidence_level_in_percent": (
        "int_experiments__contrasts",
        {"confidence_level": 95},
        "confidence_level is '95'; set it to a number above 0 and below 1.",
    ),
    "a_difference_of_shares_in_percentage_points": (
        "experiment_health",
        {"signal_parity_tolerance": 1},
        "signal_parity_tolerance is '1'; set it to a number from 0 to below 1, 0.01 for one percentage point.",
    ),
    "a_non_inferiority_level_of_a_half": (
        "int_experiments__non_inferiority_tests",
        {"non_inferiority_alpha": 0.5},
        "non_inferiority_alpha is '0.5'; set it to a number above 0 and below 0.5.",
    ),
    "a_prior_without_spread": (
        "int_experiments__posteriors",
        {"prior_lift_sd": 0},
        "prior_lift_sd is '0'; set it to a number above 0, or flat.",
    ),
    "a_prior_mean_that_is_no_number": (
        "int_experiments__posteriors",
        {"prior_lift_mean": "none"},
        "prior_lift_mean is 'none'; set it to a number.",
    ),
    "a_power_below_the_level": (
        "experiment_power",
        {"power": 0.05},
        "power_analysis: the power is 0.05; write a number above 1 - confidence level and below 1.",
    ),
    "a_power_curve_of_nothing": (
        "experiment_power_curves",
        {"power_curve_relative_effects": []},
        "power_curve_relative_effects is '[]'; set it to a list of numbers above 0.",
    ),
    "a_trend_of_one_day": (
        "int_experiments__novelty_units",
        {"novelty_days": 1},
        "novelty_days is '1'; set it to a whole number of days, at least 2.",
    ),
    "enrolment_over_half_a_day": (
        "int_experiments__enrolment",
        {"enrolment_days": 0.5},
        "enrolment_days is '0.5'; set it to a whole number of days, at least 1.",
    ),
    "a_decision_by_no_method": (
        "int_experiments__decision_evidence",
        {"decision_method": "bayes"},
        "decision_method is 'bayes'; set it to unadjusted or cuped.",
    ),
    "a_launch_above_nothing": (
        "int_experiments__decision_evidence",
        {"decision_ship_above": "mde"},
        "decision_ship_above is 'mde'; set it to zero or smallest_effect.",
    ),
    "a_patience_below_zero": (
        "experiment_decisions",
        {"decision_patience_days": -7},
        "decision_patience_days is '-7'; set it to a number that is not negative.",
    ),
    "a_setting_that_is_no_list": (
        "stg_feed__bots",
        {"bot_platforms": "bot"},
        "bot_platforms is 'bot'; set it to a list.",
    ),
    "a_metric_that_names_no_measure": (
        "int_experiments__moments",
        {"metrics": {"pins_per_user": {"type": "mean", "numerator": "pins"}}},
        "Metric 'pins_per_user' has the numerator 'pins', which is no measure. Known measures: impressions,",
    ),
    "a_metric_of_an_unknown_type": (
        "int_experiments__moments",
        {"metrics": {"save_median": {"type": "median", "numerator": "saves"}}},
        "Metric 'save_median' has the type 'median'; write mean, proportion, ratio, retention, quantile or",
    ),
    "a_ratio_without_denominator": (
        "int_experiments__moments",
        {"metrics": {"save_ratio": {"type": "ratio", "numerator": "saves"}}},
        "Metric 'save_ratio' is a ratio without a denominator; set denominator to a measure,",
    ),
    "a_ratio_over_no_measure": (
        "int_experiments__moments",
        {"metrics": {"save_ratio": {"type": "ratio", "numerator": "saves", "denominator": "views"}}},
        "Metric 'save_ratio' has the denominator 'views', which is no measure. Known measures: impressions,",
    ),
    "a_mean_with_denominator": (
        "int_experiments__moments",
        {"metrics": {"save_mean": {"type": "mean", "numerator": "saves", "denominator": "clicks"}}},
        "Metric 'save_mean' is a mean and has a denominator; remove it, or make the metric a ratio.",
    ),
    "a_key_of_another_type_of_metric": (
        "int_experiments__moments",
        {"metrics": {"came_back": {"type": "retention", "day": 1, "numerator": "saves"}}},
        "Metric 'came_back' is a retention and has the key 'numerator', which means nothing there; remove it, or",
    ),
    "covariates_that_are_no_list": (
        "int_experiments__moments",
        {"metrics": {"pins": {"type": "mean", "numerator": "saves", "covariates": "ctr"}}},
        "Metric 'pins' has the covariates 'ctr'; write a list of other metrics' names.",
    ),
    "a_covariate_that_is_no_metric": (
        "int_experiments__moments",
        {"metrics": {"pins": {"type": "mean", "numerator": "saves", "covariates": ["pinz"]}}},
        "Metric 'pins' has the covariate 'pinz', which is no metric. Known metrics: ctr,",
    ),
    "a_metric_that_is_its_own_covariate": (
        "int_experiments__moments",
        {"metrics": {"pins": {"type": "mean", "numerator": "saves", "covariates": ["pins"]}}},
        "Metric 'pins' has itself among its covariates; remove it, its own past is always used.",
    ),
    "a_covariate_named_twice": (
        "int_experiments__moments",
        {"metrics": {"pins": {"type": "mean", "numerator": "saves", "covariates": ["ctr", "ctr"]}}},
        "Metric 'pins' has the covariate 'ctr' twice; remove one.",
    ),
    "post_stratification_by_what_is_no_segment": (
        "int_experiments__post_stratified_estimates",
        {"post_stratification_segment": "planet"},
        "post_stratification_segment is 'planet', which is no segment. Known segments: shopping_intent, platform, ",
    ),
    "a_winsorised_quantile_in_percent": (
        "int_experiments__winsorisation_caps",
        {"winsorised_quantile": 99.9},
        "winsorised_quantile is '99.9'; set it to a number above 0 and below 1.",
    ),
    "a_retention_without_day": (
        "int_experiments__moments",
        {"metrics": {"came_back": {"type": "retention"}}},
        "Metric 'came_back' is a retention of day 'None'; set day to a whole number: 0 is the 24 hours from the",
    ),
    "a_retention_of_half_a_day": (
        "int_experiments__moments",
        {"metrics": {"came_back": {"type": "retention", "day": 0.5}}},
        "Metric 'came_back' is a retention of day '0.5'; set day to a whole number: 0 is the 24 hours from the",
    ),
    "a_retention_of_the_past": (
        "int_experiments__moments",
        {"metrics": {"came_back": {"type": "retention", "day": -1}}},
        "Metric 'came_back' is a retention of day '-1'; set day to a whole number: 0 is the 24 hours from the",
    ),
    "a_retention_named_like_a_measure": (
        "int_experiments__moments",
        {"metrics": {"saves": {"type": "retention", "day": 1}}},
        "Metric 'saves' is a retention and has the name of a measure, with which it would share a column; rename",
    ),
    "a_concentration_over_nothing_known": (
        "int_experiments__moments",
        {"metrics": {"topic_hhi": {"type": "concentration", "entity": "topic"}}},
        "Metric 'topic_hhi' is a concentration over 'topic'; set entity to creator or item.",
    ),
    "a_concentration_with_a_bootstrap": (
        "int_experiments__moments",
        {"metrics": {"creator_hhi": {"type": "concentration", "entity": "creator", "bootstrap": True}}},
        "Metric 'creator_hhi' is a concentration, which resampled users make larger than it is; remove bootstrap.",
    ),
    "a_concentration_as_covariate": (
        "int_experiments__moments",
        {"metrics": {"ctr": {"type": "mean", "numerator": "saves", "covariates": ["item_hhi"]}}},
        "Metric 'ctr' has the covariate 'item_hhi', a concentration, which is no value of a user; remove it.",
    ),
    "a_watched_metric_that_is_none": (
        "int_experiments__guardrails",
        {"watched_metrics": ["hide_rat"]},
        "watched_metrics names 'hide_rat', which is no metric.",
    ),
    "a_watched_metric_that_is_ctr": (
        "int_experiments__guardrails",
        {"watched_metrics": ["ctr_rendered"], "impression_definition": "rendered"},
        ("watched_metrics names 'ctr_rendered', which is ctr where impression_definition is rendered; write ctr."),
    ),
    "a_top_of_everything": (
        "int_experiments__concentration_estimates",
        {"concentration_top_share": 1},
        "concentration_top_share is '1'; set it to a number above 0 and below 1.",
    ),
    "a_top_as_text": (
        "int_experiments__concentration_estimates",
        {"concentration_top_share": "1%"},
        "concentration_top_share is '1%'; set it to a number above 0 and below 1, without quotes.",
    ),
    "a_number_as_text": (
        "int_feed__data_through",
        {"lateness_hours": "24"},
        "lateness_hours is '24'; set it to a number that is not negative, without quotes.",
    ),
    "a_bounce_that_is_a_long_click": (
        "int_engagements__attributed",
        {"bounce_seconds": 31},
        (
            "bounce_seconds is '31'; set it to a number that is not negative and at most long_click_seconds, which is"
            " 30."
        ),
    ),
    "dwell_of_no_time": (
        "int_experiments__click_quality",
        {"longest_dwell_seconds": 0},
        "longest_dwell_seconds is '0'; set it to a number above 0.",
    ),
    "a_quantile_in_percent": (
        "int_experiments__moments",
        {"metrics": {"latency": {"type": "quantile", "quantile": 95, "events": "impressions", "value": "latency_ms"}}},
        "Metric 'latency' has the quantile '95'; set quantile to a number between 0 and 1, such as 0.95.",
    ),
    "a_quantile_of_nothing": (
        "int_experiments__moments",
        {"metrics": {"latency": {"type": "quantile", "quantile": 0.95}}},
        "Metric 'latency' is a quantile of 'None'; set events to impressions or engagements, or numerator to a",
    ),
    "a_quantile_of_events_without_value": (
        "int_experiments__moments",
        {"metrics": {"latency": {"type": "quantile", "quantile": 0.95, "events": "impressions"}}},
        "Metric 'latency' is a quantile of events without a value; set value to a column of the events, such as",
    ),
    "a_quantile_of_users_and_of_events": (
        "int_experiments__moments",
        {"metrics": {"latency": {"type": "quantile", "quantile": 0.95, "numerator": "saves", "where": "is_fresh"}}},
        "Metric 'latency' is a quantile both of users (numerator) and of events (events, value, where); keep one",
    ),
    "a_bootstrap_that_is_no_boolean": (
        "int_experiments__moments",
        {"metrics": {"save_mean": {"type": "mean", "numerator": "saves", "bootstrap": 999}}},
        "Metric 'save_mean' has bootstrap '999'; write true or false.",
    ),
    "a_direction_that_is_none": (
        "int_experiments__moments",
        {"metrics": {"save_mean": {"type": "mean", "numerator": "saves", "desired_direction": "up"}}},
        "Metric 'save_mean' has the desired_direction 'up'; write increase or decrease.",
    ),
    "a_bootstrap_of_too_few_replicates": (
        "int_experiments__bootstrap_contrasts",
        {"bootstrap_replicates": 39},
        "A bootstrap of 39 replicates has no interval at the confidence level 0.95; take a whole number of at least 40",
    ),
    "a_misspelt_key_of_a_metric": (
        "int_experiments__moments",
        {"metrics": {"save_mean": {"type": "mean", "numerater": "saves"}}},
        "The entry 'save_mean' of metrics has a key 'numerater', which means nothing there; keys that do: description,",
    ),
    "a_metric_whose_name_is_no_column": (
        "int_experiments__moments",
        {"metrics": {"Saves per user": {"type": "mean", "numerator": "saves"}}},
        "The name 'Saves per user' of metrics becomes part of a column's name; write it with lower-case letters,",
    ),
    "metrics_that_are_a_list": (
        "int_experiments__moments",
        {"metrics": ["ctr"]},
        "The var metrics is '['ctr']'; write one entry per name, metrics: {name: {…}}.",
    ),
    "a_measure_of_unknown_events": (
        "int_experiments__moments",
        {"measures": {"visits": {"events": "pages", "where": "true"}}},
        "Measure 'visits' counts events of 'pages'; set events to impressions, engagements or sessions.",
    ),
    "a_measure_without_condition": (
        "int_experiments__moments",
        {"measures": {"visits": {"events": "engagements"}}},
        "Measure 'visits' says not which events it counts; set where to an SQL condition.",
    ),
    "a_measure_that_requires_an_unknown_column": (
        "int_experiments__moments",
        {"measures": {"visits": {"events": "engagements", "where": "true", "requires": ["engagements.dwell"]}}},
        "Measure 'visits' requires 'engagements.dwell', which is no column of the raw contract; write table.column,",
    ),
    "a_measure_the_marts_need": (
        "int_experiments__moments",
        {"measures": {"saves": None}},
        "Measure 'saves' is removed by the var measures, but the marts have it as a column; redefine it instead,",
    ),
    "a_segment_without_value": (
        "int_experiments__unit_measures",
        {"segments": {"country": {"description": "Country."}}},
        "The segment 'country' has no value; set value to an SQL expression that puts every user into one group.",
    ),
    "a_dimension_without_value": (
        "int_experiments__stratum_measures",
        {"dimensions": {"ads": {"describes": "impression"}}},
        "The dimension 'ads' has no value; set value to an SQL expression for the stratum.",
    ),
    "a_dimension_of_nothing_known": (
        "int_experiments__stratum_measures",
        {"dimensions": {"ads": {"value": "item_is_ad"}}},
        "The dimension 'ads' describes 'None'; set describes to impression or user.",
    ),
    "days_that_are_no_whole_number": (
        "int_experiments__stratum_measures",
        {"new_user_days": 0.5},
        "new_user_days is '0.5'; set it to a whole number of days, at least 1.",
    ),
    "a_threshold_without_time": (
        "int_impressions__ladder",
        {"viewability_thresholds": {"search": {"surface": "search", "viewport_fraction": 0.5}}},
        "The viewability threshold 'search' has no visible_ms; add it to viewability_thresholds.",
    ),
    "raw_tables_that_name_an_unknown_table": (
        "base_feed__users",
        {**FILES, "raw_tables": {"raw_users": {"path": "users.csv"}}},
        "raw_tables names 'raw_users', which is no raw table. Raw tables (without the prefix raw_): impressions,",
    ),
    "raw_tables_with_an_unknown_key": (
        "base_feed__users",
        {**FILES, "raw_tables": {"users": {"file": "users.csv"}}},
        "raw_tables has a key 'file' for raw_users, which means nothing there; write identifier, path,",
    ),
    "raw_tables_that_map_an_unknown_column": (
        "base_feed__users",
        {**FILES, "raw_tables": {"users": {"columns": {"userid": "id"}}}},
        (
            "raw_tables maps a column 'userid' of raw_users, which the raw contract does not have."
            " Columns of raw_users: user_id,"
        ),
    ),
    "raw_tables_that_map_to_a_column_that_is_not_there": (
        "base_feed__users",
        {**FILES, "raw_tables": {"users": {"columns": {"user_id": "uid"}}}},
        "raw_tables says that raw_users.user_id is the column 'uid', which is not there. Columns found: id, country,",
    ),
    "a_required_column_that_is_missing": (
        "base_feed__users",
        FILES,
        (
            "raw_users has no column 'user_id', which is required. Add it, or say which of its columns holds it:"
            " raw_tables: {users: {columns: {user_id: their_column}}}. Columns found: id, country,"
        ),
    ),
    "a_required_table_that_is_missing": (
        "base_feed__engagements",
        FILES,
        "The raw table raw_engagements is required and was not found (looked for {files}/raw_engagements.parquet,",
    ),
    "a_path_without_files": (
        "base_feed__engagements",
        {**FILES, "raw_tables": {"engagements": {"path": "2026/*.csv"}}},
        "The raw table raw_engagements is required and was not found (looked for {files}/2026/*.csv). Provide it, or",
    ),
    "a_table_in_two_formats": (
        "base_feed__impressions",
        FILES,
        (
            "raw_impressions is found more than once, as {files}/raw_impressions.parquet and"
            " {files}/raw_impressions.csv; keep one of them, or name it in raw_tables: {impressions: {path: …}}."
        ),
    ),
    "files_of_an_unknown_format": (
        "base_feed__items",
        {**FILES, "raw_tables": {"items": {"path": "items.xlsx"}}},
        "raw_tables: {items: {path: items.xlsx}} names files that feedlift cannot read; let the path end in .parquet,",
    ),
    "a_time_that_is_a_number": (
        "base_feed__assignments",
        FILES,
        (
            "raw_assignments.assigned_at is a number (BIGINT) where a time is wanted; if it counts from 1970, say so:"
            " raw_tables: {assignments: {columns: {assigned_at: to_timestamp(their_column)}}}, with / 1000"
        ),
    ),
    "a_required_warehouse_table_that_is_missing": (
        "base_feed__engagements",
        WAREHOUSE,
        'The raw table raw_engagements is required and was not found (looked for "{database}"."raw".',
    ),
    "a_required_warehouse_column_that_is_missing": (
        "base_feed__impressions",
        WAREHOUSE,
        (
            "raw_impressions has no column 'event_id', which is required. Add it, or say which of its columns holds it:"
            " raw_tables: {impressions: {columns: {event_id: their_column}}}. Columns found: id, event_at."
        ),
    ),
}


@pytest.fixture(scope="module")
def definitions_database(run_dbt, tmp_path_factory):
    """A database with the demo's experiment definitions and the view of what is wrong with them."""
    database = tmp_path_factory.mktemp("definitions") / "feedlift.duckdb"
    run_dbt(
        "build",
        "--select",
        "+stg_experiments__definition_problems",
        "--exclude-resource-type",
        "test",
        "unit_test",
        database=database,
    )
    return database


@pytest.fixture(scope="module")
def raw_data(tmp_path_factory):
    """A folder of raw files and a database of raw tables, each with mistakes in them."""
    folder = tmp_path_factory.mktemp("raw")
    database = folder / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.raw_impressions (id text, event_at timestamp)")
        for file, query in {
            "raw_users.csv": "select 'u1' as id, 'US' as country",
            "raw_impressions.csv": "select 'i1' as event_id",
            "raw_impressions.parquet": "select 'i1' as event_id",
            "raw_assignments.parquet": (
                "select 'aa_test' as experiment_id, 'u1' as user_id, 'a' as arm, cast(0 as bigint) as assigned_at"
            ),
        }.items():
            connection.execute(f"copy ({query}) to '{folder / file}'")
    (folder / "items.xlsx").touch()
    return folder, database


@pytest.fixture(scope="module")
def messages(raw_data, compile_models):
    """What dbt says about each of VAR_PROBLEMS."""
    folder, database = raw_data
    cases = {
        name: ([model], json.loads(json.dumps(variables).replace("{files}", str(folder))))
        for name, (model, variables, _) in VAR_PROBLEMS.items()
    }
    return {name: case["message"] for name, case in compile_models(cases, database).items()}


def problems(database, changes=""):
    """What the project finds wrong with the definitions after the changes, which are then undone."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"begin transaction; {changes};")
        found = connection.execute("select problem from staging.stg_experiments__definition_problems order by problem")
        rows = [problem for (problem,) in found.fetchall()]
        connection.execute("rollback")
    return rows


def test_nothing_is_wrong_with_the_definitions_of_the_demo(definitions_database):
    assert problems(definitions_database) == []


@pytest.mark.parametrize("name", DEFINITION_PROBLEMS)
def test_a_wrong_definition_is_named_in_one_sentence(definitions_database, name):
    changes, *sentences = DEFINITION_PROBLEMS[name]
    found = problems(definitions_database, changes)
    assert [problem[: len(sentence)] for problem, sentence in zip(found, sentences, strict=False)] == sentences
    assert len(found) == len(sentences)


def test_a_wrong_definition_stops_the_build_before_anything_is_computed_from_it(definitions_database, run_dbt):
    changes, sentence = DEFINITION_PROBLEMS["reversed_dates"]
    with duckdb.connect(str(definitions_database)) as connection:
        connection.execute(changes)
    # `run` leaves the seeds as they were changed.
    run = run_dbt(
        "run",
        "--select",
        "stg_experiments__definition_problems",
        "stg_experiments__experiments",
        "int_experiments__units",
        database=definitions_database,
        expect_failure=True,
    )
    assert f"The experiment definitions are wrong. {sentence}" in run.output
    assert {unique_id.split(".")[-1]: status for unique_id, status in run.statuses.items()} == {
        "stg_experiments__definition_problems": "success",
        "stg_experiments__experiments": "error",
        "int_experiments__units": "skipped",
    }


@pytest.mark.parametrize("name", VAR_PROBLEMS)
def test_a_wrong_var_is_named_in_one_sentence(messages, raw_data, name):
    folder, database = raw_data
    sentence = VAR_PROBLEMS[name][2].replace("{files}", str(folder)).replace("{database}", database.stem)
    said = messages[name].partition("Compilation Error in model ")[2].split("\n")[1].strip()
    assert said[: len(sentence)] == sentence


def test_a_wrong_var_stops_the_build(run_dbt, tmp_path):
    _, variables, sentence = VAR_PROBLEMS["an_unknown_impression_definition"]
    run = run_dbt("build", database=tmp_path / "feedlift.duckdb", vars=variables, expect_failure=True)
    assert sentence in run.output
    assert not (run.target_path / "run_results.json").exists()
