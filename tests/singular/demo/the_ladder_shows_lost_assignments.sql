{#-
  `closeup_redesign` loses assignments of its treatment, which the first rung of its ladder shows (p < .001 after Holm),
  and no other planted experiment logs who is eligible. On the ladder of `aa_test` nothing differs (p >= .01 after
  Holm).
-#}
{{ config(enabled=feedlift.is_demo()) }}
with ladder as (

    select * from {{ ref('experiment_exposure_ladder') }}
    where experiment_id in (select planted_truth.experiment_id from {{ ref('planted_truth') }} as planted_truth)

),

arrivals as (

    select
        experiment_id,
        rung,
        estimate,
        p_value_holm
    from ladder
    where
        rung = 'assigned'
        and case
            when experiment_id = 'closeup_redesign' then coalesce(p_value_holm >= 1e-3 or estimate >= 0, true)
            else coalesce(null_reason <> 'not_logged', true)
        end

),

false_findings as (

    select
        experiment_id,
        rung,
        estimate,
        p_value_holm
    from ladder
    where experiment_id = 'aa_test' and p_value_holm < 1e-2

),

final as (

    select * from arrivals
    union all
    select * from false_findings

)

select * from final
