-- CTR dropped after the launch: what happened, and do we ship? Read from the first step to the last: can the experiment
-- be read, did CTR fall, did people do less or were they only shown more, is it the items or where they were shown, and
-- what follows. Write another experiment_id to ask it of another one with a single treatment arm.
with parameters as (

    select
        'ranker_depth' as experiment_id,
        'assigned' as population

),

results as (

    select results.*
    from {{ ref('experiment_results') }} as results
    inner join parameters
        on results.experiment_id = parameters.experiment_id and results.population = parameters.population
    where results.segment = 'all' and results.method = 'unadjusted'

),

decomposition as (

    select decomposition.*
    from {{ ref('experiment_ctr_decomposition') }} as decomposition
    inner join parameters
        on decomposition.experiment_id = parameters.experiment_id and decomposition.population = parameters.population

),

validity as (

    select
        '1 can it be read' as step,
        validity.verdict as what,
        cast(null as {{ feedlift.data_type('double') }}) as control_value,
        cast(null as {{ feedlift.data_type('double') }}) as arm_value,
        cast(null as {{ feedlift.data_type('double') }}) as estimate,
        cast(null as {{ feedlift.data_type('double') }}) as estimate_lower,
        cast(null as {{ feedlift.data_type('double') }}) as estimate_upper,
        cast(null as {{ feedlift.data_type('double') }}) as p_value,
        validity.reasons as reading
    from {{ ref('experiment_validity') }} as validity
    inner join parameters on validity.experiment_id = parameters.experiment_id

),

rates_and_volumes as (

    select
        case metric
            when 'ctr' then '2 did CTR change'
            else '3 did people do less'
        end as step,
        metric as what,
        control_value,
        arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        p_value,
        case metric
            when 'ctr' then 'Clicked impressions over impressions, all users together.'
            when 'impressions_per_user' then 'CTR falls when this rises faster than clicks.'
            else 'What CTR cannot tell: is there more of it or less.'
        end as reading
    from results
    where metric in ('ctr', 'impressions_per_user', 'clicks_per_user', 'saves_per_user', 'hide_rate')

),

-- Within a dimension the two parts add up to the change in CTR.
parts as (

    select
        '4 rate or mix, by ' || dimension as step,
        component as what,
        control_value,
        arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        p_value,
        case component
            when 'mix' then 'The change in CTR that comes from where impressions are.'
            when 'rate' then 'The change in CTR that comes from clicking more or less in the same place.'
            else 'The change in CTR had the arm its impressions where control has them.'
        end as reading
    from decomposition
    where is_over_all and component in ('mix', 'rate', 'standardised')

),

strata as (

    select
        '5 mix of positions' as step,
        'position ' || stratum as what,
        control_impression_share as control_value,
        impression_share as arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        p_value,
        'Shares of impressions, and what their change does to CTR.' as reading
    from decomposition
    where dimension = 'position' and component = 'mix' and not is_over_all

),

decision as (

    select
        '6 do we ship' as step,
        decisions.verdict as what,
        decisions.control_value,
        decisions.arm_value,
        decisions.estimate,
        decisions.estimate_lower,
        decisions.estimate_upper,
        decisions.p_value_holm as p_value,
        decisions.reasons as reading
    from {{ ref('experiment_decisions') }} as decisions
    inner join parameters on decisions.experiment_id = parameters.experiment_id

),

final as (

    select * from validity
    union all
    select * from rates_and_volumes
    union all
    select * from parts
    union all
    select * from strata
    union all
    select * from decision

)

select * from final
order by step, what
