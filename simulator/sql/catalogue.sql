{% from 'random.jinja' import random_key, uniform, lognormal_factor, choice %}
-- Every item: evergreen ones (index = rank * lanes + lane) and recent ones, created at an even pace.
create or replace temp table items as
with

numbered as (
    select
        item_index,
        {{ random_key('item_index', 'catalogue:item') }} as item_key,
        item_index - {{ evergreen_items }} as recent_index,
        item_index >= {{ evergreen_items }} as is_recent,
    from range({{ evergreen_items + world.catalogue.recent_items }}) as counter(item_index)
),

placed as (
    select
        *,
        case
            when is_recent then recent_index
            else item_index // {{ world.catalogue.lanes }}
        end % {{ world.catalogue.products_every }} = {{ world.catalogue.products_every - 1 }} as is_product,
        case
            when is_recent
                then
                    floor(
                        {{ recent_gap_seconds }} * (recent_index + {{ uniform('item_key', 'catalogue:created_at') }})
                    )::bigint - {{ world.catalogue.recent_before_days * 86400 }}
            else
                -- Between a year old and as old as the oldest recent item.
                -floor(
                    {{ world.catalogue.recent_before_days * 86400 }}
                    + {{ uniform('item_key', 'catalogue:created_at') }} * {{ 351 * 86400 }}
                )::bigint
        end as created_second,
    from numbered
),

final as (
    select
        item_index,
        is_recent,
        created_second,
        floor({{ world.catalogue.creators }} * {{ uniform('item_key', 'catalogue:creator') }})::integer
            as creator_index,
        case
            when is_product then 'product'
            else {{ choice(uniform('item_key', 'catalogue:format'), world.catalogue.format_shares) }}
        end as content_format,
        [{% for topic in world.catalogue.topics %}'{{ topic }}'{{ ', ' if not loop.last }}{% endfor %}][
            1 + floor({{ uniform('item_key', 'catalogue:topic') }} * {{ world.catalogue.topics | length }})::integer
        ] as topic,
        is_product or {{ uniform('item_key', 'catalogue:shoppable') }} < {{ world.catalogue.shoppable_share }}
            as is_shoppable,
        {{ uniform('item_key', 'catalogue:ad') }} < {{ world.catalogue.ad_share }} as is_ad,
        {{ lognormal_factor('item_key', 'catalogue:quality', world.catalogue.quality_sigma) }} as quality,
    from placed
)

select * from final;
