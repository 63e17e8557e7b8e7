{{ config(enabled=feedlift.is_calibration_wanted()) }}

{%- set experiment_id = feedlift.calibration_setting('experiment_id') -%}
{%- set population = feedlift.calibration_setting('population') -%}
{%- do feedlift.stop_on_unknown_population(ref('int_experiments__unit_measures'), experiment_id, population) -%}

with users as (

    select * from {{ ref('int_experiments__unit_measures') }}
    where
        experiment_id = {{ feedlift.literals([experiment_id]) }}
        and population = {{ feedlift.literals([population]) }}

),

final as (

    {{ feedlift.rerandomised_moments(
        'users',
        unit='user_id',
        metrics=feedlift.metric_expressions(),
        replications=feedlift.calibration_setting('replications'),
        treatment_share=feedlift.calibration_setting('treatment_share'),
        seed=feedlift.calibration_setting('seed'),
    ) | indent(4) }}

)

select * from final
