{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import instant, dirt_kind, broken with context %}
with

logged as (
    select
        'p' || item_index as item_id,
        created_second,
        'c' || creator_index as creator_id,
        content_format,
        topic,
        is_shoppable,
        is_ad,
        {% if clean %}null::varchar{% else %}{{ dirt_kind(uniform(random_key('item_index', 'item.log'), 'dirt'), world.dirt['items']) }}{% endif %} as dirt,
    from items
),

everything as (
    select * replace (null::varchar as dirt),
    from logged
    union all
    select
        * replace (
            case dirt when 'null_item_id' then null when 'padded_copy' then item_id || ' ' else item_id end as item_id
        ),
    from logged
    where dirt is not null
),

final as (
    select
        item_id,
        {{ broken(instant('created_second'), 'unparseable_created_at', '0000-00-00') }} as created_at,
        creator_id,
        content_format,
        topic,
        is_shoppable,
        is_ad,
        dirt,
    from everything
)

select * from final
