with counted as (

    select board_id, item_id, count(*) over (partition by board_id) as item_count
    from board_items

)

select
    a.board_id as board_a,
    b.board_id as board_b,
    count(*) as shared_count,
    max(a.item_count) + max(b.item_count) - count(*) as union_count,
    1.0 * count(*) / (max(a.item_count) + max(b.item_count) - count(*)) as jaccard
from counted as a
join counted as b on a.item_id = b.item_id and a.board_id < b.board_id
where a.item_count >= 2 and b.item_count >= 2
group by a.board_id, b.board_id
