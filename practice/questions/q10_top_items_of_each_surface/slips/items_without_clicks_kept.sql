with clicks as (

    select surface, item_id, count(*) filter (where engagement_type = 'click') as click_count
    from engagements
    group by surface, item_id

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
