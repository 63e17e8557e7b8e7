select
    surface,
    item_id,
    sum(case when engagement_type = 'click' then 1 else 0 end) as click_count,
    rank() over (
        partition by surface
        order by sum(case when engagement_type = 'click' then 1 else 0 end) desc
    ) as click_rank
from engagements
group by surface, item_id
having sum(case when engagement_type = 'click' then 1 else 0 end) > 0
qualify click_rank <= 3
