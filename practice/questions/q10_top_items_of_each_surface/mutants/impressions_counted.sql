with clicks as (

    select e.surface, e.item_id, count(*) as click_count
    from engagements as e
    join impressions as i on e.item_id = i.item_id
    where engagement_type = 'click'
    group by e.surface, e.item_id

),

ranked as (

    select
        surface,
        item_id,
        click_count,
        rank() over (partition by surface order by click_count desc) as click_rank
    from clicks

)

select surface, item_id, click_count, click_rank
from ranked
where click_rank <= 3
