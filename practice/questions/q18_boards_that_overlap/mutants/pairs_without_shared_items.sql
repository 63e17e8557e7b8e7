with sizes as (

    select board_id, count(*) as item_count
    from board_items
    group by board_id
    having count(*) >= 2

),

shared as (

    select
        a.board_id as board_a,
        b.board_id as board_b,
        count(*) as shared_count
    from board_items as a
    join board_items as b on a.item_id = b.item_id
    group by a.board_id, b.board_id

)

select
    sa.board_id as board_a,
    sb.board_id as board_b,
    coalesce(p.shared_count, 0) as shared_count,
    sa.item_count + sb.item_count - coalesce(p.shared_count, 0) as union_count,
    coalesce(p.shared_count, 0) / (sa.item_count + sb.item_count - coalesce(p.shared_count, 0)) as jaccard
from sizes as sa
join sizes as sb on sa.board_id < sb.board_id
left join shared as p on sa.board_id = p.board_a and sb.board_id = p.board_b
