{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import identifier, instant, dirt_kind with context %}
with

logged as (
    select
        {{ identifier('b', 'board_index') }} as board_id,
        'p' || item_index as item_id,
        {{ instant('saved_second') }} as saved_at,
        {% if clean %}null::varchar{% else %}{{ dirt_kind(uniform(random_key('engagement_index', 'board_item.log'), 'dirt'), world.dirt.board_items) }}{% endif %} as dirt,
    from board_items
),

final as (
    select * replace (null::varchar as dirt),
    from logged
    union all
    select * replace (case dirt when 'null_item_id' then null else item_id end as item_id),
    from logged
    where dirt is not null
)

select * from final
