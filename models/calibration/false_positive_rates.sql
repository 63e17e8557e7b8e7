{{ config(enabled=feedlift.is_calibration_wanted()) }}

with contrasts as (

    select
        metric,
        method,
        confidence_level,
        alternative,
        estimate,
        estimate_se,
        p_value,
        estimate_lower,
        estimate_upper,
        relative_lift_lower,
        relative_lift_upper,
        approximation_quality
    from {{ ref('rerandomised_contrasts') }}

),

rates as (

    {{ feedlift.false_positive_rates('contrasts', ['metric', 'method']) | indent(4) }}

),

final as (

    select
        {{ feedlift.literals([feedlift.calibration_setting('experiment_id')]) }} as experiment_id,
        {{ feedlift.literals([feedlift.calibration_setting('population')]) }} as population,
        cast({{ feedlift.calibration_setting('treatment_share') }} as {{ feedlift.data_type('double') }})
            as treatment_share,
        rates.*
    from rates

)

select * from final
