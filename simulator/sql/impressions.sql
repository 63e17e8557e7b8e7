{% from 'random.jinja' import random_key, uniform %}
{#- The product of the planted factors on one rate that are the same for a whole session. -#}
{%- macro session_factor(rate) -%}
1e0{% for effect in effects if effect.rate == rate and not effect.differs_by_item %}
        * case when {{ condition(effect) }} then {{ factor(effect) }} else 1e0 end
{%- endfor %}
{%- endmacro -%}
{#- The factors that depend on the item or its module, to be multiplied with the former. -#}
{%- macro item_factor(rate) -%}
{%- for effect in effects if effect.rate == rate and effect.differs_by_item %}
            * case when {{ condition(effect) }} then {{ factor(effect) }} else 1e0 end
{%- endfor %}
{%- endmacro -%}
{#- An effect holds while its arm is active, that is in sessions that start after the assignment. -#}
{%- macro condition(effect) -%}
{{ effect.experiment_id }} = '{{ effect.arm }}'{% if 'when' in effect %} and ({{ effect.when }}){% endif %}
{%- endmacro -%}
{%- macro factor(effect) -%}
{%- if 'half_life_days' in effect -%}
1 + {{ effect.factor - 1 }}::double * exp(
    {{ -0.6931471805599453 / effect.half_life_days / 86400 }}::double
    * (session_second - {{ effect.experiment_id }}_second)
)
{%- else -%} {{ effect.factor }}::double {%- endif -%}
{%- endmacro -%}
{%- macro rate_factor(rate) -%}
{% if rate in varied_rates %} * {{ rate }}_factor{% endif %}{{ item_factor(rate) }}
{%- endmacro -%}
{%- macro happens(rate_name, rate) -%}
{{ rate_name }}_draw < 1 - exp(-({{ rate }}))
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
        {{ session_factor(rate) }} as {{ rate }}_factor,
{%- endfor %}
        {{ uniform('session_key', 'depth') }} as depth_draw,
        case surface
{%- for surface, traits in world.sessions.surfaces.items() %}
            when '{{ surface }}' then {{ traits.depth - 0.5 }}::double
{%- endfor %}
        end as depth_scale,
        floor({{ uniform('session_key', 'lane') }} * {{ world.catalogue.lanes }})::bigint as first_lane,
        {{ world.sessions.seconds_per_item[0] }} + floor(
            {{ uniform('session_key', 'pace') }}
            * {{ world.sessions.seconds_per_item[1] - world.sessions.seconds_per_item[0] + 1 }}
        )::bigint as seconds_per_item,
        surface = 'home_feed'
        and {{ uniform('session_key', 'exploration') }} < {{ world.sessions.exploration_share }}::double as is_exploration,
    from visits
),

ranked as (
    select
        * exclude (depth_draw, depth_scale, depth_factor),
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
            when recent_draw < {{ world.sessions.recent_item_share }}::double then 'recent'
            else 'evergreen'
        end as shelf,
    from drawn
),

-- Lane and rank make the item. A session shows each lane once, and recent items differ by position, so the pair
-- (session, item) is unique and a click without an impression id still has one impression it can belong to.
chosen as (
    select
        *,
        case
            when shelf = 'uniform' then floor(rank_draw * {{ world.catalogue.ranks }})::bigint
            else floor(pow(rank_draw, {{ world.catalogue.popularity_skew }}::double) * {{ world.catalogue.ranks }})::bigint
        end as rank,
        (first_lane + position) % {{ world.catalogue.lanes }} as lane,
        floor((session_second + {{ world.catalogue.recent_before_days * 86400 }}) / {{ recent_gap_seconds }}::double)::bigint
        - position - case when rank_draw < 3e-1 then {{ world.catalogue.lanes }} else 0 end as recent_index,
    from shelved
),

placed as (
    select
        *,
        case
            when shelf = 'recent' and recent_index between 0 and {{ world.catalogue.recent_items - 1 }}
                then {{ evergreen_items }} + recent_index
            when shelf = 'products'
                then (
                    rank - rank % {{ world.catalogue.products_every }} + {{ world.catalogue.products_every - 1 }}
                ) * {{ world.catalogue.lanes }} + lane
            else rank * {{ world.catalogue.lanes }} + lane
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
        rendered_draw < case
            when placed.position <= {{ world.visibility.deep_after_position }}
                then {{ world.visibility.rendered_probability.top }}::double
            else {{ world.visibility.rendered_probability.deep }}::double
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
            when share_draw < {{ world.visibility.whole_item_probability }}::double then 100
            else floor(
                100 * (share_draw - {{ world.visibility.whole_item_probability }}::double)
                / {{ 1 - world.visibility.whole_item_probability }}::double
            )::integer
        end as viewport_percent,
        case
            when is_rendered
                then floor(
                    {{ world.visibility.visible_ms_median }}
                    * pow(visible_draw / (1 - visible_draw), {{ 1 / world.visibility.visible_ms_shape }}::double)
                    * case when content_format = 'video' then {{ world.visibility.video_visible_factor }}::double else 1e0 end
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
            viewport_percent >= {{ (world.visibility.viewport_share * 100) | int }}
            and visible_ms >= case
                when content_format = 'video' then {{ world.visibility.video_viewport_ms }}
                else {{ world.visibility.viewport_ms }}
            end,
            false
        ) as is_seen,
    from viewed
),

engaged as (
    select
        *,
        is_rendered and {{ happens('click',
            world.rates.click ~ '::double * click_taste * quality / (1 + ' ~ world.rates.click_position_decay
            ~ '::double * (position - 1)) * case when is_seen then 1e0 else ' ~ world.rates.click_unseen_factor
            ~ '::double end' ~ rate_factor('click')) }} as is_clicked,
{%- for rate in ['closeup', 'hide', 'report', 'follow'] %}
        is_seen and {{ happens(rate, world.rates[rate] ~ '::double' ~ rate_factor(rate)) }} as has_{{ rate }},
{%- endfor %}
        is_seen and {{ happens('save', world.rates.save ~ '::double * save_taste * quality' ~ rate_factor('save')) }} as is_saved,
        is_seen and content_format = 'video'
        and {{ happens('video_start', world.rates.video_start ~ '::double' ~ rate_factor('video_start')) }} as has_video_start,
        is_seen and is_shoppable and {{ happens('product_click',
            world.rates.product_click ~ '::double * case when has_shopping_intent then '
            ~ world.rates.product_click_shopper_factor ~ '::double else 1e0 end' ~ rate_factor('product_click'))
            }} as has_product_click,
    from seen
),

final as (
    select
        impression_index,
        session_index,
        user_index,
        platform,
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
        is_clicked,
        is_saved,
        has_closeup,
        has_hide,
        has_report,
        has_follow,
        has_video_start,
        has_product_click,
        is_clicked or is_saved or has_closeup or has_hide or has_report or has_follow or has_video_start
        or has_product_click as is_engaged,
        is_seen or is_clicked as is_viewport_impression,
        1e0{{ rate_factor('dwell') }} as dwell_factor,
    from engaged
)

select * from final;
