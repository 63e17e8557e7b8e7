-- Is the carousel worth its place? Clicks inside it are no gain by themselves: what counts is the change in all clicks,
-- so the clicks that the rest of the feed lost stand beside the ones the carousel got. Everyone assigned is compared,
-- whether the carousel was seen or not; further rows say what it did for those who were shown it. A gain that fades is
-- worth less than its average: the trend is the change of the effect from one day since the start to the next.
with users as (

    select
        experiment_id,
        arm,
        user_id
    from {{ ref('int_experiments__unit_measures') }}
    where experiment_id = 'fresh_carousel' and population = 'assigned'

),

arms as (

    select
        arm,
        count(*) as user_count
    from users
    group by arm

),

places as (

    select
        users.arm,
        sum(case when strata.stratum = 'fresh_carousel' then strata.clicked_impressions else 0 end) as inside,
        sum(case when strata.stratum <> 'fresh_carousel' then strata.clicked_impressions else 0 end) as outside,
        sum(strata.clicked_impressions) as everywhere
    from users
    inner join {{ ref('int_experiments__stratum_measures') }} as strata
        on users.experiment_id = strata.experiment_id and users.user_id = strata.user_id
    where strata.population = 'assigned' and strata.dimension = 'module'
    group by users.arm

),

clicks_by_place as (

    {%- for place in ['inside', 'outside', 'everywhere'] %}
    {{ 'union all' if not loop.first }}
    select
        'clicked impressions per user' as question,
        '{{ place }}' || case when '{{ place }}' = 'everywhere' then '' else ' the carousel' end as what,
        max(case when arms.arm = 'control' then 1e0 * places.{{ place }} / arms.user_count end) as control_value,
        max(case when arms.arm = 'treatment' then 1e0 * places.{{ place }} / arms.user_count end) as arm_value
    from places
    inner join arms on places.arm = arms.arm
    {%- endfor %}

),

assigned as (

    select
        'effect on everyone' as question,
        metric as what,
        control_value,
        arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        p_value
    from {{ ref('experiment_results') }}
    where
        experiment_id = 'fresh_carousel'
        and population = 'assigned'
        and segment = 'all'
        and method = 'cuped'
        and metric in ('clicks_per_user', 'ctr', 'impressions_per_user', 'saves_per_user', 'hide_rate')

),

-- Of the treatment arm, as many as compliance_rate were shown it; in control nobody was.
compliance as (

    select distinct
        'share of users who were shown it' as question,
        arm as what,
        0e0 as control_value,
        compliance_rate as arm_value
    from {{ ref('experiment_complier_effects') }}
    where experiment_id = 'fresh_carousel' and metric = 'clicks_per_user'

),

reached as (

    select
        'effect on those who were shown it' as question,
        metric as what,
        cast(null as {{ feedlift.data_type('double') }}) as control_value,
        cast(null as {{ feedlift.data_type('double') }}) as arm_value,
        complier_effect as estimate,
        complier_effect_lower as estimate_lower,
        complier_effect_upper as estimate_upper,
        p_value
    from {{ ref('experiment_complier_effects') }}
    where experiment_id = 'fresh_carousel' and metric in ('clicks_per_user', 'saves_per_user')

),

novelty as (

    select
        'trend of the effect, ' || coalesce(trend, 'not judged') as question,
        metric || ' per day' as what,
        control_value,
        arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        p_value
    from {{ ref('experiment_novelty') }}
    where
        experiment_id = 'fresh_carousel'
        and population = 'assigned'
        and scale = 'absolute'
        and metric in ('clicks_per_user', 'ctr')

),

-- Who comes back may be others in each arm: a description, and no test.
sessions as (

    select
        'effect in ' || session_order || ' sessions' as question,
        metric as what,
        control_value,
        arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        p_value
    from {{ ref('experiment_session_order_effects') }}
    where
        experiment_id = 'fresh_carousel'
        and population = 'assigned'
        and metric in ('clicks_per_session', 'ctr')

),

final as (

    select
        question,
        what,
        control_value,
        arm_value,
        arm_value - control_value as estimate,
        cast(null as {{ feedlift.data_type('double') }}) as estimate_lower,
        cast(null as {{ feedlift.data_type('double') }}) as estimate_upper,
        cast(null as {{ feedlift.data_type('double') }}) as p_value
    from (
        select * from clicks_by_place
        union all
        select * from compliance
    ) as descriptions
    union all
    select * from assigned
    union all
    select * from reached
    union all
    select * from novelty
    union all
    select * from sessions

)

select * from final
order by question, what
