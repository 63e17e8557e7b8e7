{#-
  The planted effect on everybody, divided by the share that the carousel reached, lies inside the 99.9 % interval of
  the complier effect. The carousel is drawn in the treatment arm alone and moves nothing elsewhere. A null fails.
-#}
{{ config(enabled=feedlift.is_demo()) }}
with complier_effects as (

    select * from {{ ref('experiment_complier_effects') }}

),

planted_truth as (

    select
        experiment_id,
        metric,
        arm,
        cast(estimate as {{ feedlift.data_type('double') }}) as true_estimate
    from {{ ref('planted_truth') }}
    where
        experiment_id = 'fresh_carousel'
        and population = 'assigned'
        and segment = 'all'
        and metric in ('clicks_per_user', 'saves_per_user', 'hides_per_user', 'impressions_per_user', 'saver_rate')

),

compared as (

    select
        planted_truth.*,
        complier_effects.complier_effect,
        complier_effects.compliance_rate,
        complier_effects.degrees_of_freedom,
        abs(complier_effects.complier_effect - planted_truth.true_estimate / complier_effects.compliance_rate)
        / complier_effects.complier_effect_se as t_magnitude
    from planted_truth
    left join complier_effects
        on
            planted_truth.experiment_id = complier_effects.experiment_id
            and planted_truth.metric = complier_effects.metric
            and planted_truth.arm = complier_effects.arm

),

final as (

    select
        *,
        2 * {{ feedlift.student_t_survival('t_magnitude', 'degrees_of_freedom') }} as p_value_of_truth
    from compared

)

select *
from final
where p_value_of_truth is null or p_value_of_truth < 1e-3
