select
    event_at::date as day,
    surface,
    count(*) as engagement_count,
    count(*) filter (where engagement_type in ('click', 'product_click')) as click_count,
    count(*) filter (where engagement_type = 'save') as save_count,
    count(*) filter (where engagement_type in ('hide', 'not_interested')) as negative_count,
    count(distinct user_id) filter (where engagement_type in ('hide', 'not_interested')) as negative_user_count,
    count(*) filter (where engagement_type in ('hide', 'not_interested')) / count(*) as negative_share
from engagements
group by event_at::date, surface
