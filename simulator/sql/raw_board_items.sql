{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import identifier, instant, dirt_kind, copies with context %}
with

keyed as (
    select
        *,
        {{ random_key('engagement_index', 'board_item.log') }} as log_key,
    from board_items
),

drawn as (
    select
        *,
        {{ uniform('log_key', 'dirt') }} as dirt_draw,
    from keyed
),

marked as (
    select
        *,
        {{ dirt_kind('dirt_draw', world.dirt.board_items) }} as dirt,
    from drawn
),

repeated as (
    select
        *,
        {{ 'false' if clean else copies(world.dirt.board_items) }} as is_copy,
    from marked
),

final as (
    select
        {{ identifier('b', 'board_index') }} as board_id,
        case when not is_copy or dirt != 'null_item_id' then 'p' || item_index end as item_id,
        {{ instant('saved_second') }} as saved_at,
        case when is_copy then dirt end as dirt,
    from repeated
)

select * from final
