select
    event_at::date as day,
    surface,
    count(*) as engagement_count,
    sum(case when engagement_type in ('click', 'product_click', 'outbound_click') then 1 end) as click_count,
    sum(case when engagement_type = 'save' then 1 end) as save_count,
    sum(case when engagement_type in ('hide', 'report', 'not_interested') then 1 end) as negative_count,
    count(distinct case when engagement_type in ('hide', 'report', 'not_interested') then user_id end) as negative_user_count,
    sum(case when engagement_type in ('hide', 'report', 'not_interested') then 1 end) / count(*) as negative_share
from engagements
group by 1, 2
