with pairs as (

    select
        a.board_id as board_a,
        b.board_id as board_b,
        count(*) as shared_count,
        count(distinct a.item_id) + count(distinct b.item_id) - count(*) as union_count
    from board_items as a
    join board_items as b on a.item_id = b.item_id and a.board_id < b.board_id
    where a.board_id in (select board_id from board_items group by board_id having count(*) >= 2)
        and b.board_id in (select board_id from board_items group by board_id having count(*) >= 2)
    group by a.board_id, b.board_id

)

select board_a, board_b, shared_count, union_count, shared_count / union_count as jaccard
from pairs
