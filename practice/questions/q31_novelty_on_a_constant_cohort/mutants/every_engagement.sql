with shown as (

    select event_id, user_id, cast(event_at as date) as shown_on
    from impressions
    where module_id = 'fresh_carousel'

),

cohort as (

    select user_id, min(shown_on) as first_shown_on
    from shown
    group by user_id
    having min(shown_on) <= date '2026-02-09'

),

clicked as (

    select distinct impression_event_id
    from engagements
    where impression_event_id is not null

),

shown_to_cohort as (

    select
        s.event_id,
        s.user_id,
        s.shown_on - c.first_shown_on as day,
        k.impression_event_id
    from shown as s
    join cohort as c on s.user_id = c.user_id
    left join clicked as k on s.event_id = k.impression_event_id

),

days as (

    select day from generate_series(0, 6) as t (day)

)

select
    d.day,
    (select count(*) from cohort) as cohort_users,
    count(distinct s.user_id) as shown_users,
    count(s.event_id) as impressions,
    count(s.impression_event_id) as clicked_impressions,
    count(s.impression_event_id) / nullif(count(s.event_id), 0) as ctr
from days as d
left join shown_to_cohort as s on d.day = s.day
group by d.day
