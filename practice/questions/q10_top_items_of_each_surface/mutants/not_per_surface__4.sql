with clicks as (

    select surface, item_id, count(*) as click_count
    from engagements
    where engagement_type = 'click'
    group by surface, item_id

),

ranked as (

    select
        surface,
        item_id,
        click_count,
        rank() over (order by click_count desc) as click_rank
    from clicks

)

select surface, item_id, click_count, click_rank
from ranked
order by click_count desc
limit 3
