{% from 'random.jinja' import random_key, uniform %}
{%- set chain_shares = [
    'board_add_per_save', 'outbound_click_per_click', 'video_complete_per_start', 'add_to_cart_per_product_click',
    'purchase_per_add_to_cart',
] -%}
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

drawn as (
    select
        *,
{%- for share in chain_shares %}
        {{ uniform('impression_key', share) }} < {{ world.rates[share] }} as {{ share }},
{%- endfor %}
    from engaged
),

chained as materialized (
    select
        *,
        has_save and board_add_per_save as has_board_add,
        has_click and outbound_click_per_click and content_format != 'product' as has_outbound_click,
        has_video_start and video_complete_per_start as has_video_complete,
        has_product_click and add_to_cart_per_product_click as has_add_to_cart,
        has_product_click and add_to_cart_per_product_click and purchase_per_add_to_cart as has_purchase,
        -- Within the time this item is on screen, before the next one comes.
        event_second + 1
        + floor(seconds_per_item * {{ uniform('impression_key', 'first_delay') }})::bigint as first_second,
    from drawn
),

-- One scan per type; unnesting a list per impression takes twice as long.
listed as (
{%- for engagement_type in [
    'click', 'closeup', 'save', 'board_add', 'outbound_click', 'follow', 'video_start', 'video_complete',
    'product_click', 'add_to_cart', 'purchase', 'hide', 'report',
] %}
    {{ 'union all' if not loop.first }}
    select
        *,
        '{{ engagement_type }}' as engagement_type,
        impression_index * 16 + {{ loop.index }} as engagement_index,
    from chained
    where has_{{ engagement_type }}
{%- endfor %}
),

keyed as (
    select
        *,
        {{ random_key('engagement_index', 'engagement.row') }} as engagement_key,
    from listed
),

weighed as (
    select
        *,
        {{ uniform('engagement_key', 'delay') }} as delay_draw,
        {{ uniform('engagement_key', 'amount') }} as amount_draw,
        {{ uniform('engagement_key', 'impression_id') }} as impression_id_draw,
    from keyed
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
            when 'board_add' then 2 + floor(4 * delay_draw)::bigint
            when 'outbound_click' then 3 + floor(30 * delay_draw)::bigint
            when 'video_complete' then 8 + floor(25 * delay_draw)::bigint
            when 'add_to_cart' then 15 + floor(60 * delay_draw)::bigint
            when 'purchase' then 120 + floor(900 * delay_draw)::bigint
            else 0
        end as event_second,
        impression_id_draw < {{ world.amounts.client_knows_impression_probability }}
            as is_impression_known,
        -- Log-logistic: a long tail from one uniform number.
        case
            when engagement_type in ('click', 'closeup')
                then floor(
                    {{ world.amounts.dwell_ms_median }} * dwell_factor
                    * pow(amount_draw / (1 - amount_draw), {{ 1 / world.amounts.dwell_ms_shape }})
                )::bigint
        end as dwell_ms,
        case
            when engagement_type = 'purchase'
                then floor(
                    100 * {{ world.amounts.purchase_median }}
                    * pow(amount_draw / (1 - amount_draw), {{ 1 / world.amounts.purchase_shape }})
                )::bigint
        end as value_cents,
    from weighed
)

select * from final;
