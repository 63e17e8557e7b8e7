with items_of_users as (

    select distinct b.user_id, bi.item_id
    from boards as b
    join board_items as bi on b.board_id = bi.board_id

),

sizes as (

    select user_id, count(*) as item_count
    from items_of_users
    group by user_id
    having count(*) >= 2

),

pairs as (

    select
        a.user_id as board_a,
        b.user_id as board_b,
        count(*) as shared_count
    from items_of_users as a
    join items_of_users as b on a.item_id = b.item_id and a.user_id < b.user_id
    group by a.user_id, b.user_id

)

select
    p.board_a,
    p.board_b,
    p.shared_count,
    sa.item_count + sb.item_count - p.shared_count as union_count,
    p.shared_count / (sa.item_count + sb.item_count - p.shared_count) as jaccard
from pairs as p
join sizes as sa on p.board_a = sa.user_id
join sizes as sb on p.board_b = sb.user_id
