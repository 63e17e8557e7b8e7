{{ config(enabled=feedlift.is_calibration_wanted()) }}

{%- set experiment_id = feedlift.calibration_setting('experiment_id') -%}
{%- set population = feedlift.calibration_setting('population') -%}
{%- set means = feedlift.mean_expressions() | list -%}
{%- do feedlift.stop_on_unknown_population(ref('int_experiments__unit_measures'), experiment_id, population) -%}

with users as (

    select * from {{ ref('int_experiments__unit_measures') }}
    where
        experiment_id = {{ feedlift.literals([experiment_id]) }}
        and population = {{ feedlift.literals([population]) }}

),

caps as (

    select
        {%- for metric in means %}
        max(case when metric = '{{ metric }}' then cap end) as cap_of_{{ metric }},
        max(case when metric = '{{ metric }}' then covariate_cap end) as covariate_cap_of_{{ metric }},
        {%- endfor %}
        count(*) as metric_count
    from {{ ref('int_experiments__winsorisation_caps') }}
    where
        experiment_id = {{ feedlift.literals([experiment_id]) }}
        and population = {{ feedlift.literals([population]) }}

),

capped_users as (

    select
        users.*,
        {%- for metric in means %}
        caps.cap_of_{{ metric }},
        caps.covariate_cap_of_{{ metric }},
        {%- endfor %}
        caps.metric_count
    from users
    cross join caps

),

final as (

    {{ feedlift.rerandomised_moments(
        'capped_users',
        unit='user_id',
        metrics=feedlift.calibrated_metrics(),
        replications=feedlift.calibration_setting('replications'),
        treatment_share=feedlift.calibration_setting('treatment_share'),
        seed=feedlift.calibration_setting('seed'),
    ) | indent(4) }}

)

select * from final
