{% from 'random.jinja' import random_key, uniform, choice %}
-- When people come and where. No experiment changes this, so enrolment and triggers are the same in every arm.
create or replace temp table sessions as
with

user_days as (
    select
        users.user_index,
        users.has_shopping_intent,
        users.signed_up_second,
        users.user_index * {{ days }} + calendar.day as day_index,
        calendar.day,
        users.sessions_per_day
            * list_extract({{ world.users.weekday_factors }}, 1 + calendar.day % 7) as mean_sessions,
    from users
    cross join range({{ days }}) as calendar(day)
    where users.machine_kind is null
),

keyed_days as (
    select
        *,
        {{ random_key('day_index', 'user_day') }} as day_key,
    from user_days
),

drawn as (
    select
        *,
        {{ uniform('day_key', 'session_count') }} as draw,
        exp(-mean_sessions) as none,
    from keyed_days
),

-- Poisson by inversion, at most four a day.
counted as (
    select
        *,
        (draw > none)::integer
        + (draw > none * (1 + mean_sessions))::integer
        + (draw > none * (1 + mean_sessions + mean_sessions ** 2 / 2))::integer
        + (draw > none * (1 + mean_sessions + mean_sessions ** 2 / 2 + mean_sessions ** 3 / 6))::integer
            as session_count,
    from drawn
),

-- Days without a session vanish in unnest. A condition would do the same, but DuckDB moves conditions down to the
-- scan and works the draw out anew at each mention, which takes five times as long.
opened as (
    select
        *,
        unnest(range(session_count)) as slot,
    from counted
),

keyed as (
    select
        *,
        day_index * 4 + slot as session_index,
        {{ random_key('day_index * 4 + slot', 'session') }} as session_key,
    from opened
),

-- The sessions of a day start in separate parts of it, minutes apart, so a user's sessions do not overlap.
timed as (
    select
        *,
        {{ uniform('session_key', 'surface') }} as surface_draw,
        (slot + 5e-2 + 9e-1 * {{ uniform('session_key', 'start') }}) / session_count as part_of_day,
    from keyed
),

-- Busiest in the evening (19:00), quietest in the morning (07:00).
started as (
    select
        *,
        day * 86400
        + floor(86400 * ((part_of_day - 11e-2 * sin(2 * pi() * part_of_day) + 8e-1) % 1e0))::bigint as session_second,
    from timed
),

final as (
    select
        session_index,
        user_index,
        session_second,
        case
            when has_shopping_intent then {{ choice('surface_draw', shopper_surface_shares) }}
            else {{ choice('surface_draw', surface_shares) }}
        end as surface,
    from started
    where session_second >= signed_up_second
)

select * from final;
