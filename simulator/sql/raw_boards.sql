{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import identifier, instant, dirt_kind, copies with context %}
with

boards as (
    select
        board_index,
        any_value(user_index) as user_index,
        min(saved_second) as first_saved_second,
    from board_items
    group by board_index
),

keyed as (
    select
        *,
        {{ random_key('board_index', 'board.log') }} as log_key,
    from boards
),

drawn as (
    select
        *,
        {{ uniform('log_key', 'dirt') }} as dirt_draw,
        -- Made just before its first item is put on it.
        first_saved_second - 1 - floor(4 * {{ uniform('log_key', 'created') }})::bigint as created_second,
    from keyed
),

marked as (
    select
        *,
        {{ dirt_kind('dirt_draw', world.dirt.boards) }} as dirt,
    from drawn
),

repeated as (
    select
        *,
        {{ 'false' if clean else copies(world.dirt.boards) }} as is_copy,
    from marked
),

final as (
    select
        {{ identifier('b', 'board_index') }} as board_id,
        case when not is_copy or dirt != 'null_user_id' then 'u' || user_index end as user_id,
        {{ instant('created_second') }} as created_at,
        case when is_copy then dirt end as dirt,
    from repeated
)

select * from final
