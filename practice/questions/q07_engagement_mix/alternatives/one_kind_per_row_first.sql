with kinds as (

    select
        event_at::date as day,
        surface,
        user_id,
        case
            when engagement_type in ('click', 'product_click', 'outbound_click') then 'click'
            when engagement_type = 'save' then 'save'
            when engagement_type in ('hide', 'report', 'not_interested') then 'negative'
            else 'other'
        end as kind,
        count(*) as n
    from engagements
    group by 1, 2, 3, 4

)

select
    day,
    surface,
    sum(n) as engagement_count,
    sum(case when kind = 'click' then n else 0 end) as click_count,
    sum(case when kind = 'save' then n else 0 end) as save_count,
    sum(case when kind = 'negative' then n else 0 end) as negative_count,
    sum(case when kind = 'negative' then 1 else 0 end) as negative_user_count,
    sum(case when kind = 'negative' then n else 0.0 end) / sum(n) as negative_share
from kinds
group by day, surface
