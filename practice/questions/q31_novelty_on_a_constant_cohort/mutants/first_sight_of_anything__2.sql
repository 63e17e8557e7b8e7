with shown as (

    select event_id, user_id, cast(event_at as date) as shown_on
    from impressions
    where module_id = 'fresh_carousel'

),

cohort as (

    select user_id, cast(min(event_at) as date) as first_shown_on
    from impressions
    where user_id in (select user_id from shown)
    group by user_id
    having min(event_at) < timestamp '2026-02-10 00:00:00'

),

clicked as (

    select distinct impression_event_id
    from engagements
    where engagement_type = 'click'

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
