with first_days as (

    select
        event_id,
        user_id,
        event_at,
        min(event_at) over (partition by user_id) as first_at,
        exists (
            select 1
            from engagements as e
            where e.impression_event_id = i.event_id and e.engagement_type = 'click'
        ) as is_clicked
    from impressions as i
    where module_id = 'fresh_carousel'

),

cohort as (

    select *, date_diff('day', first_at, event_at) as day
    from first_days
    where first_at < timestamp '2026-02-10 00:00:00'

)

select
    d.day,
    (select count(distinct user_id) from cohort) as cohort_users,
    (select count(distinct user_id) from cohort as c where c.day = d.day) as shown_users,
    (select count(*) from cohort as c where c.day = d.day) as impressions,
    (select count(*) from cohort as c where c.day = d.day and c.is_clicked) as clicked_impressions,
    (select avg(c.is_clicked::int) from cohort as c where c.day = d.day) as ctr
from (values (0), (1), (2), (3), (4), (5), (6)) as d (day)
