select
    event_at::date as day,
    surface,
    count(*) as engagement_count,
    count(case when engagement_type in ('click', 'product_click', 'outbound_click') then 1 else 0 end) as click_count,
    count(case when engagement_type = 'save' then 1 else 0 end) as save_count,
    count(case when engagement_type in ('hide', 'report', 'not_interested') then 1 else 0 end) as negative_count,
    count(distinct case when engagement_type in ('hide', 'report', 'not_interested') then user_id end) as negative_user_count,
    count(case when engagement_type in ('hide', 'report', 'not_interested') then 1 else 0 end) / count(*) as negative_share
from engagements
group by 1, 2
