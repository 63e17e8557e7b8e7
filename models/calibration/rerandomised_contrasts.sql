{{ config(enabled=feedlift.is_calibration_wanted()) }}

{%- set columns = ['replicate', 'arm', 'control_arm'] + feedlift.estimate_columns() -%}
with moments as (

    select * from {{ ref('rerandomised_moments') }}

),

right_estimates as (

    {{ feedlift.arm_estimates(
        'moments', keys=['replicate', 'metric'], is_control="arm = 'control'",
        covariate_count=feedlift._covariate_count(feedlift.calibrated_metrics())
    ) | indent(4) }}

),

wrong_estimates as (

    {{ feedlift.impression_level_estimates(
        'moments', keys=['replicate', 'metric'], is_control="arm = 'control'"
    ) | indent(4) }}

),

all_estimates as (

    select
        metric,
        method,
        {{ columns | join(', ') }}
    from right_estimates
    where control_arm is not null

    union all

    select
        metric,
        method,
        {{ columns | join(', ') }}
    from wrong_estimates

),

-- The capped means are a method of their metric, as in experiment_results.
estimates as (

    select
        {{ columns | join(', ') }},
        replace(metric, ', winsorised', '') as metric,
        case
            when metric not like '%, winsorised' then method
            when method = 'unadjusted' then 'winsorised'
            else 'winsorised_cuped'
        end as method
    from all_estimates

),

final as (

    {{ feedlift.contrast_tests('estimates') | indent(4) }}

)

select * from final
