select
    i.event_at::date as day,
    p.content_format,
    count(*) as impression_count,
    sum(i.is_clicked) as clicked_count,
    avg(i.is_clicked) as ctr
from (
    select
        *,
        exists (
            from engagements as e
            where e.impression_event_id = impressions.event_id and e.engagement_type in ('click', 'product_click', 'outbound_click')
        )::integer as is_clicked
    from impressions
) as i
join users as u using (user_id)
join items as p using (item_id)
where u.country = 'US' and i.event_at::date - u.signed_up_at::date <= 30
group by all
