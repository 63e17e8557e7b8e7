with sizes as (

    select board_id, count(*) as item_count
    from board_items
    group by board_id
    having count(*) >= 2

),

pairs as (

    select
        a.board_id as board_a,
        b.board_id as board_b,
        count(*) as shared_count
    from board_items as a
    join board_items as b on a.item_id = b.item_id and a.board_id > b.board_id
    group by a.board_id, b.board_id

)

select
    p.board_a,
    p.board_b,
    p.shared_count,
    sa.item_count + sb.item_count - p.shared_count as union_count,
    p.shared_count / (sa.item_count + sb.item_count - p.shared_count) as jaccard
from pairs as p
join sizes as sa on p.board_a = sa.board_id
join sizes as sb on p.board_b = sb.board_id
