with collections as (

    select board_id, list(item_id) as items
    from board_items
    group by board_id
    having count(*) >= 2

),

pairs as (

    select
        a.board_id as board_a,
        b.board_id as board_b,
        len(list_intersect(a.items, b.items)) as shared_count,
        len(list_distinct(list_concat(a.items, b.items))) as union_count
    from collections as a
    join collections as b on a.board_id < b.board_id and list_has_any(a.items, b.items)

)

select board_a, board_b, shared_count, union_count, shared_count / union_count as jaccard
from pairs
