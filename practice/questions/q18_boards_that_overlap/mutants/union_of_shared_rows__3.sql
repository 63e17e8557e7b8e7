select
    a.board_id as board_a,
    b.board_id as board_b,
    count(*) as shared_count,
    count(distinct a.item_id) + count(distinct b.item_id) - count(*) as union_count,
    count(*) / (count(distinct a.item_id) + count(distinct b.item_id) - count(*)) as jaccard
from board_items as a
join board_items as b on a.item_id = b.item_id and a.board_id < b.board_id
group by a.board_id, b.board_id
having count(distinct a.item_id) >= 2 and count(distinct b.item_id) >= 2
