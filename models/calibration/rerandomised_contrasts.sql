{{ config(enabled=feedlift.is_calibration_wanted()) }}

{%- set columns = ['replicate', 'metric', 'arm', 'control_arm', 'method'] + feedlift.estimate_columns() -%}
with moments as (

    select * from {{ ref('rerandomised_moments') }}

),

right_estimates as (

    {{ feedlift.arm_estimates(
        'moments', keys=['replicate', 'metric'], is_control="arm = 'control'",
        covariate_count=feedlift._covariate_count(feedlift.metric_expressions())
    ) | indent(4) }}

),

wrong_estimates as (

    {{ feedlift.impression_level_estimates(
        'moments', keys=['replicate', 'metric'], is_control="arm = 'control'"
    ) | indent(4) }}

),

estimates as (

    select {{ columns | join(', ') }} from right_estimates
    union all
    select {{ columns | join(', ') }} from wrong_estimates

),

final as (

    {{ feedlift.contrast_tests('estimates') | indent(4) }}

)

select * from final
