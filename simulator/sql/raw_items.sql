{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import instant, dirt_kind, copies, broken with context %}
with

drawn as (
    select
        *,
        {{ uniform(random_key('item_index', 'item.log'), 'dirt') }} as dirt_draw,
    from items
),

marked as (
    select
        *,
        {{ dirt_kind('dirt_draw', world.dirt['items']) }} as dirt,
    from drawn
),

repeated as (
    select
        *,
        {{ 'false' if clean else copies(world.dirt['items']) }} as is_copy,
    from marked
),

final as (
    select
        case
            when not is_copy then 'p' || item_index
            when dirt = 'padded_copy' then 'p' || item_index || ' '
            when dirt != 'null_item_id' then 'p' || item_index
        end as item_id,
        {{ broken(instant('created_second'), "is_copy and dirt = 'unparseable_created_at'", '0000-00-00') }}
            as created_at,
        'c' || creator_index as creator_id,
        content_format,
        topic,
        is_shoppable,
        is_ad,
        case when is_copy then dirt end as dirt,
    from repeated
)

select * from final
