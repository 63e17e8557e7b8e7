{% from 'random.jinja' import random_key, uniform %}
{%- set catalogue, visibility, rates = world.catalogue, world.visibility, world.rates -%}
{%- set recent_before_seconds = catalogue.recent_before_days * 86400 -%}

{#-
  The factors of one rate: those that hold for a whole session (`differs_by_item` false) or those that depend on the
  item or its module. An effect holds while its arm is active, that is in sessions that start after the assignment.
-#}
{%- macro factors(rate, differs_by_item) -%}
{%- for effect in effects if effect.rate == rate and effect.differs_by_item == differs_by_item %}
        * case
            when {{ effect.experiment_id }} = '{{ effect.arm }}'
                {%- if 'when' in effect %} and ({{ effect.when }}){% endif %}
                then
                    {%- if 'half_life_days' in effect %}
                    1 + {{ effect.factor - 1 }} * pow(
                        5e-1, (session_second - {{ effect.experiment_id }}_second) / {{ effect.half_life_days * 86400 }}
                    )
                    {%- else %} {{ effect.factor }}
                    {%- endif %}
            else 1e0
        end
{%- endfor %}
{%- endmacro -%}

{%- macro rate_factor(rate) -%}
{% if rate in varied_rates %} * {{ rate }}_factor{% endif %}{{ factors(rate, differs_by_item=true) }}
{%- endmacro -%}

-- Every ranked item with what came of it: drawn, in view, and which engagements it led to.
create or replace temp table impressions as
with

visits as (
    select
        sessions.session_index,
        sessions.session_second,
        sessions.surface,
        user_arms.user_index,
        user_arms.platform,
        user_arms.has_shopping_intent,
        user_arms.click_taste,
        user_arms.save_taste,
        {{ random_key('sessions.session_index', 'session.feed') }} as session_key,
        {{ random_key('sessions.session_index', 'session.log') }} as session_log_key,
{%- for experiment_id in active_experiments %}
        user_arms.{{ experiment_id }}_second,
        case
            when sessions.session_second >= user_arms.{{ experiment_id }}_second then user_arms.{{ experiment_id }}_arm
        end as {{ experiment_id }},
{%- endfor %}
    from sessions
    inner join user_arms on sessions.user_index = user_arms.user_index
    where sessions.session_second >= {{ from_second }}
),

sized as (
    select
        *,
{%- for rate in varied_rates %}
        1e0{{ factors(rate, differs_by_item=false) }} as {{ rate }}_factor,
{%- endfor %}
        {{ uniform('session_key', 'depth') }} as depth_draw,
        {{ uniform('session_log_key', 'version') }} as version_draw,
        {{ uniform('session_log_key', 'latency') }} as latency_draw,
        case surface
{%- for surface, traits in world.sessions.surfaces.items() %}
            when '{{ surface }}' then {{ traits.depth - 0.5 }}
{%- endfor %}
        end as depth_scale,
        floor({{ uniform('session_key', 'lane') }} * {{ world.catalogue.lanes }})::bigint as first_lane,
        {{ world.sessions.seconds_per_item[0] }} + floor(
            {{ uniform('session_key', 'pace') }}
            * {{ world.sessions.seconds_per_item[1] - world.sessions.seconds_per_item[0] + 1 }}
        )::bigint as seconds_per_item,
        {{ uniform('session_key', 'exploration') }} < {{ world.sessions.exploration_share }}
        and surface = 'home_feed' as is_exploration,
    from visits
),

ranked as (
    select
        * exclude (depth_draw, depth_scale, depth_factor, session_log_key),
        unnest(range(
            1,
            2 + least(
                {{ world.sessions.most_items - 1 }},
                floor(-ln(depth_draw) * depth_scale * depth_factor)::bigint
            )
        )) as position,
    from sized
),

keyed as (
    select
        *,
        session_index * 64 + position as impression_index,
        {{ random_key('session_index * 64 + position', 'impression') }} as impression_key,
        case
            when surface is null then null  -- keeps the case whole in a world without modules
{%- for module in modules %}
            when
                {{ module.experiment_id }} = '{{ module.arm }}' and surface = '{{ module.surface }}'
                and position between {{ module.positions[0] }} and {{ module.positions[1] }}
                then '{{ module.module_id }}'
{%- endfor %}
        end as module_id,
    from ranked
),

-- Draws are columns of their own before a case or an `and` uses them: DuckDB does not share what is common inside
-- those, and would work out each round of a draw many times.
drawn as (
    select
        *,
        {{ uniform('impression_key', 'recent') }} as recent_draw,
        {{ uniform('impression_key', 'rank') }} as rank_draw,
        {{ uniform('impression_key', 'rendered') }} as rendered_draw,
        {{ uniform('impression_key', 'share') }} as share_draw,
        {{ uniform('impression_key', 'visible') }} as visible_draw,
    from keyed
),

shelved as (
    select
        *,
        case
{%- for module in modules %}
            when module_id = '{{ module.module_id }}' then '{{ module.shelf }}'
{%- endfor %}
            when surface = 'shopping' then 'products'
            when is_exploration then 'uniform'
            when recent_draw < {{ world.sessions.recent_item_share }} then 'recent'
            else 'evergreen'
        end as shelf,
    from drawn
),

-- Lane and rank make the item. A session shows each lane once, and recent items differ by position, so the pair
-- (session, item) is unique and a click without an impression id still has one impression it can belong to.
chosen as (
    select
        *,
        floor(
            {{ catalogue.ranks }} * case
                when shelf = 'uniform' then rank_draw
                else pow(rank_draw, {{ catalogue.popularity_skew }})
            end
        )::bigint as rank,
        (first_lane + position) % {{ catalogue.lanes }} as lane,
        -- Counted back from the newest item that certainly exists when the session starts.
        floor((session_second + {{ recent_before_seconds }}) / {{ recent_gap_seconds }})::bigint
        - position - case when rank_draw < 3e-1 then {{ catalogue.lanes }} else 0 end as recent_index,
    from shelved
),

placed as (
    select
        *,
        case
            when shelf = 'recent' and recent_index between 0 and {{ catalogue.recent_items - 1 }}
                then {{ evergreen_items }} + recent_index
            when shelf = 'products'
                then lane + {{ catalogue.lanes }} * (
                    rank - rank % {{ catalogue.products_every }} + {{ catalogue.products_every - 1 }}
                )
            else lane + {{ catalogue.lanes }} * rank
        end as item_index,
    from chosen
),

described as (
    select
        placed.* exclude (recent_draw, rank_draw, rank, lane, recent_index),
        items.content_format,
        items.is_shoppable,
        items.quality,
        placed.session_second + (placed.position - 1) * placed.seconds_per_item as event_second,
        placed.rendered_draw < case
            when placed.position <= {{ visibility.deep_after_position }} then {{ visibility.rendered_probability.top }}
            else {{ visibility.rendered_probability.deep }}
        end as is_rendered,
    from placed
    inner join items on placed.item_index = items.item_index
),

viewed as (
    select
        *,
        -- Hundredths: whole numbers keep the threshold exact.
        case
            when not is_rendered then null
            when share_draw < {{ visibility.whole_item_probability }} then 100
            else floor(
                100 * (share_draw - {{ visibility.whole_item_probability }})
                / {{ 1 - visibility.whole_item_probability }}
            )::integer
        end as viewport_percent,
        case
            when is_rendered
                then floor(
                    {{ visibility.visible_ms_median }} * pow(
                        visible_draw / (1 - visible_draw), {{ 1 / visibility.visible_ms_shape }}
                    ) * case when content_format = 'video' then {{ visibility.video_visible_factor }} else 1e0 end
                )::integer
        end as visible_ms,
    from described
),

seen as (
    select
        *,
{%- for rate in ['click', 'closeup', 'save', 'hide', 'report', 'follow', 'video_start', 'product_click'] %}
        {{ uniform('impression_key', rate) }} as {{ rate }}_draw,
{%- endfor %}
        coalesce(
            viewport_percent >= {{ (visibility.viewport_share * 100) | int }}
            and visible_ms >= case
                when content_format = 'video' then {{ visibility.video_viewport_ms }}
                else {{ visibility.viewport_ms }}
            end,
            false
        ) as is_seen,
    from viewed
),

rated as (
    select
        *,
        {{ rates.click }} * click_taste * quality / (1 + {{ rates.click_position_decay }} * (position - 1))
        * case when is_seen then 1e0 else {{ rates.click_unseen_factor }} end
        {{- rate_factor('click') }} as click_rate,
        {{ rates.save }} * save_taste * quality{{ rate_factor('save') }} as save_rate,
        case when is_shoppable then {{ rates.product_click }} else 0 end
        * case when has_shopping_intent then {{ rates.product_click_shopper_factor }} else 1e0 end
        {{- rate_factor('product_click') }} as product_click_rate,
        case when content_format = 'video' then {{ rates.video_start }} else 0 end
        {{- rate_factor('video_start') }} as video_start_rate,
{%- for rate in ['closeup', 'hide', 'report', 'follow'] %}
        {{ rates[rate] }}{{ rate_factor(rate) }} as {{ rate }}_rate,
{%- endfor %}
        1e0{{ rate_factor('dwell') }} as dwell_factor,
    from seen
),

engaged as (
    select
        *,
        is_rendered and click_draw < 1 - exp(-click_rate) as has_click,
{%- for rate in ['closeup', 'save', 'hide', 'report', 'follow', 'video_start', 'product_click'] %}
        is_seen and {{ rate }}_draw < 1 - exp(-{{ rate }}_rate) as has_{{ rate }},
{%- endfor %}
    from rated
),

final as (
    select
        impression_index,
        session_index,
        user_index,
        platform,
        version_draw,
        latency_draw,
        session_second,
        event_second,
        surface,
        module_id,
        item_index,
        content_format,
        is_shoppable,
        position,
        seconds_per_item,
        is_exploration and shelf = 'uniform' as is_propensity_known,
        quality,
        viewport_percent,
        visible_ms,
        dwell_factor,
{%- for rate in ['click', 'closeup', 'save', 'hide', 'report', 'follow', 'video_start', 'product_click'] %}
        has_{{ rate }},
{%- endfor %}
        has_click or has_closeup or has_save or has_hide or has_report or has_follow or has_video_start
        or has_product_click as is_engaged,
        is_seen or has_click as is_viewport_impression,
    from engaged
)

select * from final;
