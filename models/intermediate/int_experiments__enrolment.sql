{%- set double = feedlift.data_type('double') -%}
{%- set days = feedlift.setting('enrolment_days') -%}
with units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

windows as (

    select
        experiment_id,
        user_id,
        window_name as population,
        window_starts_at
    from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

data_through as (

    select data_through_date as last_day from {{ ref('int_feed__data_through') }}

),

experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

arm_shares as (

    select * from {{ ref('stg_experiments__arm_shares') }}

),

entries as (

    select
        windows.experiment_id,
        windows.population,
        units.arm,
        cast(windows.window_starts_at as date) as entry_date
    from windows
    inner join units
        on windows.experiment_id = units.experiment_id and windows.user_id = units.user_id

),

first_days as (

    select
        experiment_id,
        population,
        min(entry_date) as first_day
    from entries
    group by experiment_id, population

),

-- Nobody can enter from the planned end on. The days after it would let the rate decay, and with it the verdict change,
-- though nothing more is learnt.
last_days as (

    select
        first_days.experiment_id,
        first_days.population,
        first_days.first_day,
        case
            when cast(experiments.ends_at as date) < data_through.last_day
                then cast(experiments.ends_at as date)
            else data_through.last_day
        end as last_day
    from first_days
    cross join data_through
    left join experiments on first_days.experiment_id = experiments.experiment_id

),

ages as (

    select
        experiment_id,
        population,
        last_day,
        {{ dbt.datediff('first_day', 'last_day', 'day') }}
            as age_in_days
    from last_days

),

-- The last day is seldom whole, so it counts only where there is no other; younger experiments have fewer days. Of one
-- that nobody entered before the end of the data, the rate is not known: 0 would say that nobody comes.
spans as (

    select
        experiment_id,
        population,
        last_day,
        case when age_in_days > 0 then 1 else 0 end as latest_age,
        case
            when age_in_days > 0 then least({{ days }}, age_in_days)
            when age_in_days = 0 then 1
        end as day_count
    from ages

),

counts as (

    select
        entries.experiment_id,
        entries.population,
        entries.arm,
        spans.last_day,
        spans.day_count,
        count(*) as user_count,
        sum(
            case
                when
                    {{ dbt.datediff('entries.entry_date', 'spans.last_day', 'day') }}
                    between spans.latest_age and spans.latest_age + spans.day_count - 1
                    then 1
                else 0
            end
        ) as new_user_count
    from entries
    inner join spans
        on entries.experiment_id = spans.experiment_id and entries.population = spans.population
    group by entries.experiment_id, entries.population, entries.arm, spans.last_day, spans.day_count

),

totals as (

    select
        *,
        sum(user_count) over (partition by experiment_id, population) as total_user_count,
        sum(new_user_count) over (partition by experiment_id, population) as total_new_user_count
    from counts

),

latest_phases as (

    select
        arm_shares.experiment_id,
        max(arm_shares.phase) as phase
    from arm_shares
    cross join data_through
    where cast(arm_shares.starts_at as date) <= data_through.last_day
    group by arm_shares.experiment_id

),

-- Without any planned shares, those that the arms have turned out to have. An arm that a later phase has closed has
-- none.
final as (

    select
        totals.experiment_id,
        totals.population,
        totals.arm,
        data_through.last_day as data_through_date,
        cast(totals.user_count as {{ feedlift.data_type('integer') }}) as user_count,
        case
            when latest_phases.experiment_id is null
                then cast(totals.user_count as {{ double }}) / totals.total_user_count
            else arm_shares.share
        end as present_share,
        cast(totals.total_new_user_count as {{ double }}) / totals.day_count as daily_new_users
    from totals
    cross join data_through
    left join latest_phases on totals.experiment_id = latest_phases.experiment_id
    left join arm_shares
        on
            latest_phases.experiment_id = arm_shares.experiment_id
            and latest_phases.phase = arm_shares.phase
            and totals.arm = arm_shares.arm

)

select * from final
