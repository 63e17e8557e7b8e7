-- CTR dropped after the launch: what happened, and do we ship? Read from the first step to the last: can the experiment
-- be read, is it only the logging or the definition, did CTR fall, did people do less or were they only shown more, is
-- anything harmed, is it the items or where they were shown, are the clicks worth as much, does it last, and what
-- follows. Write another experiment_id to ask it of another one with a single treatment arm. The decision has a method
-- and test of its own, so that its figures differ from those of the same metric above.
{%- set integer = feedlift.data_type('integer') -%}
{%- set text = feedlift.data_type('text') -%}
{%- set no_place = 'cast(null as ' ~ integer ~ ') as place' %}
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
        '01 can it be read' as step,
        {{ no_place }},
        validity.verdict as what,
        cast(null as {{ feedlift.data_type('double') }}) as control_value,
        cast(null as {{ feedlift.data_type('double') }}) as arm_value,
        cast(null as {{ feedlift.data_type('double') }}) as estimate,
        cast(null as {{ feedlift.data_type('double') }}) as estimate_lower,
        cast(null as {{ feedlift.data_type('double') }}) as estimate_upper,
        cast(null as {{ feedlift.data_type('double') }}) as p_value,
        cast(null as {{ feedlift.data_type('text') }}) as method,
        validity.reasons as reading
    from {{ ref('experiment_validity') }} as validity
    inner join parameters on validity.experiment_id = parameters.experiment_id

),

ladder as (

    select
        '02 is it what is logged' as step,
        ladder.rung_number as place,
        ladder.rung || ' over ' || ladder.previous_rung as what,
        ladder.control_rate_from_previous as control_value,
        ladder.rate_from_previous as arm_value,
        ladder.estimate,
        ladder.estimate_lower,
        ladder.estimate_upper,
        ladder.p_value_holm as p_value,
        'unadjusted' as method,
        'Where impressions get lost on the way from the ranker to the user; p is corrected for all rungs.' as reading
    from {{ ref('experiment_exposure_ladder') }} as ladder
    inner join parameters
        on ladder.experiment_id = parameters.experiment_id and ladder.population = parameters.population
    where ladder.surface = 'all' and ladder.previous_rung is not null

),

definitions as (

    select
        '03 is it the definition' as step,
        {{ no_place }},
        'ctr of impressions that were ' || definitions.definition as what,
        definitions.control_value,
        definitions.arm_value,
        definitions.estimate,
        definitions.estimate_lower,
        definitions.estimate_upper,
        definitions.p_value,
        'unadjusted' as method,
        case
            when definitions.agrees_with_configured_definition then 'The same conclusion as by the configured one.'
            else 'Another conclusion than by the configured one.'
        end as reading
    from {{ ref('experiment_exposure_definitions') }} as definitions
    inner join parameters
        on definitions.experiment_id = parameters.experiment_id and definitions.population = parameters.population
    where definitions.metric = 'ctr'

),

guardrails as (

    select
        '06 is anything harmed' as step,
        {{ no_place }},
        guardrails.metric as what,
        guardrails.control_value,
        guardrails.arm_value,
        guardrails.estimate,
        guardrails.estimate_lower,
        guardrails.estimate_upper,
        guardrails.p_value,
        guardrails.method,
        guardrails.sentence as reading
    from {{ ref('experiment_guardrails') }} as guardrails
    inner join parameters on guardrails.experiment_id = parameters.experiment_id

),

satisfaction as (

    select
        '09 are the clicks worth as much' as step,
        {{ no_place }},
        audits.aspect as what,
        audits.control_value,
        audits.arm_value,
        audits.estimate,
        audits.estimate_lower,
        audits.estimate_upper,
        audits.p_value,
        'unadjusted' as method,
        audits.sentence as reading
    from {{ ref('experiment_clickbait_audit') }} as audits
    inner join parameters
        on audits.experiment_id = parameters.experiment_id and audits.population = parameters.population
    where audits.aspect in ('satisfied_ctr', 'satisfied_clicks_per_user', 'satisfied_click_share', 'bounce_rate')

),

novelty as (

    select
        '10 does it last' as step,
        {{ no_place }},
        novelty.metric as what,
        novelty.control_value,
        novelty.arm_value,
        novelty.estimate,
        novelty.estimate_lower,
        novelty.estimate_upper,
        novelty.p_value,
        'unadjusted' as method,
        'How the daily value changes from day to day, of users who are followed all the time. Trend of the effect: '
        || coalesce(novelty.trend, 'not known') || '.' as reading
    from {{ ref('experiment_novelty') }} as novelty
    inner join parameters
        on novelty.experiment_id = parameters.experiment_id and novelty.population = parameters.population
    where novelty.scale = 'absolute' and novelty.metric in ('ctr', 'clicks_per_user', 'saves_per_user')

),

rates_and_volumes as (

    select
        case metric
            when 'ctr' then '04 did CTR change'
            else '05 did people do less'
        end as step,
        {{ no_place }},
        metric as what,
        control_value,
        arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        p_value,
        method,
        case metric
            when 'ctr' then 'Clicked impressions over impressions, all users together.'
            when 'impressions_per_user' then 'CTR falls when this rises faster than clicks.'
            else 'What CTR cannot tell: is there more of it or less.'
        end as reading
    from results
    where metric in ('ctr', 'impressions_per_user', 'clicks_per_user', 'saves_per_user')

),

-- Every dimension splits the same change in CTR into two parts that add up to it. What happens along another dimension
-- is left in its rate.
shares as (

    select
        *,
        cast(round(100 * estimate / nullif(sum(estimate) over (partition by dimension), 0)) as {{ integer }})
            as percentage
    from decomposition
    where is_over_all and component in ('mix', 'rate')

),

parts as (

    select
        '07 rate or mix, by ' || dimension as step,
        {{ no_place }},
        component as what,
        control_value,
        arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        p_value,
        'unadjusted' as method,
        case component
            when 'mix'
                then
                    coalesce(cast(percentage as {{ text }}) || ' % of the change. ', '')
                    || 'Impressions are elsewhere. Only a dimension whose mix carries most of the change explains it.'
            else
                coalesce(cast(percentage as {{ text }}) || ' % of the change. ', '')
                || 'The same places are clicked more or less. This dimension does not explain it, another one may.'
        end as reading
    from shares
    union all
    select
        '07 rate or mix, by ' || dimension as step,
        {{ no_place }},
        component as what,
        control_value,
        arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        p_value,
        'unadjusted' as method,
        'The change in CTR had the arm its impressions where control has them.' as reading
    from decomposition
    where is_over_all and component = 'standardised'

),

strata as (

    select
        '08 mix of positions' as step,
        case stratum
            when '1' then 1
            when '2' then 2
            when '3' then 3
            when '4-5' then 4
            when '6-10' then 5
            when '11+' then 6
        end as place,
        'position ' || stratum as what,
        control_impression_share as control_value,
        impression_share as arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        p_value,
        'unadjusted' as method,
        'Shares of impressions, and what their change does to CTR.' as reading
    from decomposition
    where dimension = 'position' and component = 'mix' and not is_over_all

),

decision as (

    select
        '11 do we ship' as step,
        {{ no_place }},
        decisions.verdict as what,
        decisions.control_value,
        decisions.arm_value,
        decisions.estimate,
        decisions.estimate_lower,
        decisions.estimate_upper,
        decisions.p_value_holm as p_value,
        decisions.method,
        decisions.reasons as reading
    from {{ ref('experiment_decisions') }} as decisions
    inner join parameters on decisions.experiment_id = parameters.experiment_id

),

final as (

    select * from validity
    union all
    select * from ladder
    union all
    select * from definitions
    union all
    select * from rates_and_volumes
    union all
    select * from guardrails
    union all
    select * from parts
    union all
    select * from strata
    union all
    select * from satisfaction
    union all
    select * from novelty
    union all
    select * from decision

)

select
    step,
    what,
    control_value,
    arm_value,
    estimate,
    estimate_lower,
    estimate_upper,
    p_value,
    method,
    reading
from final
order by step, place, what
