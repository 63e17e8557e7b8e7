with clicks as (

    select surface, item_id, count(*) as click_count
    from engagements
    where engagement_type = 'click'
    group by surface, item_id

),

ranked as (

    select
        one.surface,
        one.item_id,
        one.click_count,
        1 + (
            select count(*)
            from clicks as other
            where other.surface = one.surface
                and other.click_count > one.click_count
        ) as click_rank
    from clicks as one

)

select surface, item_id, click_count, click_rank
from ranked
where click_rank < 4
