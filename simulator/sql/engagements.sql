{% from 'random.jinja' import random_key, uniform, normal %}
{%- macro happens(purpose, probability) -%}
{{ uniform('impression_key', purpose) }} < {{ probability }}::double
{%- endmacro -%}
-- One row per engagement. Later steps of a chain (save to a board, product click to purchase) follow by shares.
create or replace temp table engagements as
with

engaged as (
    select
        *,
        {{ random_key('impression_index', 'engagement') }} as impression_key,
    from impressions
    where is_engaged
),

chained as (
    select
        *,
        is_saved and {{ happens('board_add', world.rates.board_add_per_save) }} as has_board_add,
        is_clicked and content_format != 'product'
        and {{ happens('outbound', world.rates.outbound_click_per_click) }} as has_outbound_click,
        has_video_start and {{ happens('video_complete', world.rates.video_complete_per_start) }} as has_video_complete,
        has_product_click and {{ happens('cart', world.rates.add_to_cart_per_product_click) }} as has_add_to_cart,
        has_product_click and {{ happens('cart', world.rates.add_to_cart_per_product_click) }}
        and {{ happens('purchase', world.rates.purchase_per_add_to_cart) }} as has_purchase,
        -- Within the time this item is on screen, before the next one comes.
        event_second + 1
        + floor(seconds_per_item * {{ uniform('impression_key', 'first_delay') }})::bigint as first_second,
    from engaged
),

listed as (
    select
        *,
        unnest(
            case when is_clicked then [1] else [] end
            || case when has_closeup then [2] else [] end
            || case when is_saved then [3] else [] end
            || case when has_board_add then [4] else [] end
            || case when has_outbound_click then [5] else [] end
            || case when has_follow then [6] else [] end
            || case when has_video_start then [7] else [] end
            || case when has_video_complete then [8] else [] end
            || case when has_product_click then [9] else [] end
            || case when has_add_to_cart then [10] else [] end
            || case when has_purchase then [11] else [] end
            || case when has_hide then [12] else [] end
            || case when has_report then [13] else [] end
        ) as type_number,
    from chained
),

keyed as (
    select
        *,
        impression_index * 16 + type_number as engagement_index,
        {{ random_key('impression_index * 16 + type_number', 'engagement.row') }} as engagement_key,
        [
            'click', 'closeup', 'save', 'board_add', 'outbound_click', 'follow', 'video_start', 'video_complete',
            'product_click', 'add_to_cart', 'purchase', 'hide', 'report'
        ][type_number] as engagement_type,
    from listed
),

final as (
    select
        engagement_index,
        impression_index,
        session_index,
        user_index,
        item_index,
        surface,
        is_shoppable,
        engagement_type,
        event_second as impression_second,
        first_second + case engagement_type
            when 'board_add' then 2 + floor(4 * {{ uniform('engagement_key', 'delay') }})::bigint
            when 'outbound_click' then 3 + floor(30 * {{ uniform('engagement_key', 'delay') }})::bigint
            when 'video_complete' then 8 + floor(25 * {{ uniform('engagement_key', 'delay') }})::bigint
            when 'add_to_cart' then 15 + floor(60 * {{ uniform('engagement_key', 'delay') }})::bigint
            when 'purchase' then 120 + floor(900 * {{ uniform('engagement_key', 'delay') }})::bigint
            else 0
        end as event_second,
        {{ uniform('engagement_key', 'impression_id') }} < {{ world.amounts.client_knows_impression_probability }}::double
            as is_impression_known,
        case
            when engagement_type in ('click', 'closeup')
                then floor(
                    {{ world.amounts.dwell_ms_median }}::double * dwell_factor
                    * exp({{ world.amounts.dwell_ms_sigma }}::double * {{ normal('engagement_key', 'dwell') }})
                )::bigint
        end as dwell_ms,
        case
            when engagement_type = 'purchase'
                then floor(
                    100 * {{ world.amounts.purchase_median }}::double
                    * exp({{ world.amounts.purchase_sigma }}::double * {{ normal('engagement_key', 'purchase') }})
                )::bigint
        end as value_cents,
    from keyed
)

select * from final;
