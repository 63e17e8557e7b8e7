{% from 'random.jinja' import random_key, uniform %}
-- What a board_add put on which of the user's three boards. A board exists from its first item on.
create or replace temp table board_items as
with

added as (
    select
        *,
        {{ random_key('engagement_index', 'board') }} as board_key,
    from engagements
    where engagement_type = 'board_add'
),

final as (
    select
        user_index,
        user_index * 4 + floor(3 * pow({{ uniform('board_key', 'board') }}, 2))::bigint as board_index,
        engagement_index,
        item_index,
        event_second as saved_second,
    from added
)

select * from final;
