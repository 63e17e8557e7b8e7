with engaged as (

    select distinct user_id
    from raw_engagements
    where engagement_type not in ('hide', 'report', 'not_interested')

),

shown as (

    select
        user_id,
        count(*) as impression_count
    from impressions
    group by user_id

)

select
    users.user_id,
    users.country,
    shown.impression_count
from users
join shown on users.user_id = shown.user_id
left join engaged on users.user_id = engaged.user_id
where engaged.user_id is null
