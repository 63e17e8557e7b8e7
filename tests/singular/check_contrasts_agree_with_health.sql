-- Of the signals, one beyond the tolerance decides before one with a smaller p-value; of manipulations the weakest.
with contrasts as (

    select * from {{ ref('experiment_check_contrasts') }}
    where check_name not in ('manipulation_check', 'signal_parity')

),

health as (

    select * from {{ ref('experiment_health') }}

),

smallest as (

    select
        experiment_id,
        check_name,
        min(p_value_bonferroni) as p_value
    from contrasts
    group by experiment_id, check_name

),

final as (

    select
        smallest.experiment_id,
        smallest.check_name,
        smallest.p_value,
        health.p_value as health_p_value
    from smallest
    left join health
        on smallest.experiment_id = health.experiment_id and smallest.check_name = health.check_name
    where
        health.experiment_id is null
        or case when smallest.p_value is null then 1 else 0 end <> case when health.p_value is null then 1 else 0 end
        or abs(smallest.p_value - health.p_value) > 1e-12

)

select * from final
