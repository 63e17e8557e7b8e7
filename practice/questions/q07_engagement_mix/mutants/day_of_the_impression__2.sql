select
    i.event_at::date as day,
    e.surface,
    count(*) as engagement_count,
    count(*) filter (where engagement_type in ('click', 'product_click', 'outbound_click')) as click_count,
    count(*) filter (where engagement_type = 'save') as save_count,
    count(*) filter (where engagement_type in ('hide', 'report', 'not_interested')) as negative_count,
    count(distinct e.user_id) filter (where engagement_type in ('hide', 'report', 'not_interested')) as negative_user_count,
    count(*) filter (where engagement_type in ('hide', 'report', 'not_interested')) / count(*) as negative_share
from engagements as e
left join impressions as i on e.impression_event_id = i.event_id
group by i.event_at::date, e.surface
