{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import identifier, instant, dirt_kind with context %}
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

logged as (
    select
        {{ identifier('b', 'board_index') }} as board_id,
        'u' || user_index as user_id,
        -- Made just before its first item is put on it.
        {{ instant("first_saved_second - 1 - floor(4 * " ~ uniform('log_key', 'created') ~ ")::bigint") }} as created_at,
        {% if clean %}null::varchar{% else %}{{ dirt_kind(uniform('log_key', 'dirt'), world.dirt.boards) }}{% endif %} as dirt,
    from keyed
),

final as (
    select * replace (null::varchar as dirt),
    from logged
    union all
    select * replace (case dirt when 'null_user_id' then null else user_id end as user_id),
    from logged
    where dirt is not null
)

select * from final
