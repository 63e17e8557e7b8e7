{%- set measures = ['impressions', 'clicked_impressions', 'clicks', 'saves'] -%}
{%- set sums, known = [], [] -%}
{%- for measure in measures -%}
{%- do sums.append('sum(' ~ measure ~ ') as ' ~ measure) -%}
{%- endfor -%}
{%- for measure in measures + ['sessions'] -%}
{%- do known.append(
    'case when logged.is_sessions_logged and logged.is_' ~ measure ~ '_logged then coalesce(summed.' ~ measure
    ~ ', 0) end as ' ~ measure
) -%}
{%- endfor -%}
{%- set metrics = {
    'ctr': {'numerator': 'clicked_impressions', 'denominator': 'impressions'},
    'impressions_per_session': {'numerator': 'impressions', 'denominator': 'sessions'},
    'clicks_per_session': {'numerator': 'clicks', 'denominator': 'sessions'},
    'saves_per_session': {'numerator': 'saves', 'denominator': 'sessions'},
    'sessions_per_user': {'numerator': 'sessions'},
} -%}
with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

events as (

    select * from {{ ref('int_events__measures') }}
    where session_id is not null

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

-- The session in which the user started counts from that instant on: it is where the treatment is first met.
user_sessions as (

    select
        windows.experiment_id,
        windows.window_name as population,
        windows.user_id,
        events.session_id,
        min(events.event_at) as first_event_at,
        {{ sums | join(',\n        ') | replace('sum(', 'sum(events.') }}
    from windows
    inner join events
        on
            windows.user_id = events.user_id
            and windows.window_starts_at <= events.event_at
            and windows.window_ends_at > events.event_at
    group by windows.experiment_id, windows.window_name, windows.user_id, events.session_id

),

ordered as (

    select
        *,
        case
            when
                row_number() over (
                    partition by experiment_id, population, user_id
                    order by first_event_at, session_id
                ) = 1
                then 'first'
            else 'repeat'
        end as session_order
    from user_sessions

),

summed as (

    select
        experiment_id,
        population,
        user_id,
        session_order,
        count(*) as sessions,
        {{ sums | join(',\n        ') }}
    from ordered
    group by experiment_id, population, user_id, session_order

),

session_orders as (

    select 'first' as session_order
    union all
    select 'repeat' as session_order

),

unit_sessions as (

    select
        windows.experiment_id,
        windows.window_name as population,
        units.arm,
        arms.is_control,
        units.phase,
        session_orders.session_order,
        {{ known | join(',\n        ') }}
    from windows
    inner join units on windows.experiment_id = units.experiment_id and windows.user_id = units.user_id
    inner join arms on units.experiment_id = arms.experiment_id and units.arm = arms.arm
    cross join session_orders
    cross join logged
    left join summed
        on
            windows.experiment_id = summed.experiment_id
            and windows.window_name = summed.population
            and windows.user_id = summed.user_id
            and session_orders.session_order = summed.session_order

),

final as (

    {{ feedlift._effects_by(
        'session_order', 'unit_sessions', metrics, center_by=['experiment_id', 'population', 'session_order']
    ) | indent(4) }}

)

select * from final
