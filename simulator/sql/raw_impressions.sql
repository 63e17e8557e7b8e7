{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import identifier, instant, dirt_kind, copies, broken, quoted with context %}
{%- set kinds = world.dirt.impressions -%}
with

keyed as (
    select
        *,
        {{ random_key('impression_index', 'impression.log') }} as log_key,
    from impressions
),

drawn as (
    select
        *,
        {{ uniform('log_key', 'received') }} as received_draw,
        {{ uniform('log_key', 'rendered_at') }} as rendered_draw,
        {{ uniform('log_key', 'score') }} as score_draw,
        {{ uniform('log_key', 'dirt') }} as dirt_draw,
        {{ uniform('log_key', 'dirt.size') }} as dirt_size,
    from keyed
),

marked as (
    select
        *,
        event_second + 1 + floor(20 * received_draw * received_draw)::bigint as received_second,
        {{ dirt_kind('dirt_draw', merge(kinds.in_place, kinds.copies)) }} as dirt,
    from drawn
),

repeated as (
    select
        *,
        {{ 'false' if clean else copies(kinds.copies) }} as is_copy,
    from marked
),

logged as (
    select
        is_copy,
        dirt,
        {{ identifier('i', 'impression_index') }} as event_id,
        event_second,
        received_second,
        'u' || user_index as user_id,
        {{ identifier('s', 'session_index') }} as session_id,
        {{ identifier('r', 'session_index * 4 + (position - 1) // 10') }} as request_id,
        surface,
        module_id,
        'p' || item_index as item_id,
        position,
        case
            when viewport_percent is not null then event_second + case when rendered_draw < 3e-1 then 1 else 0 end
        end as rendered_second,
        viewport_percent,
        visible_ms,
        platform,
        '8.' || (event_second // {{ 14 * 86400 }} + case when version_draw < 7e-1 then 1 else 0 end) as app_version,
        floor(60 - 40 * ln(latency_draw))::integer as latency_ms,
        case
            when surface = 'home_feed'
                then floor(
                    1000 - 1000 * exp(
                        -{{ world.rates.click }} * quality * (7e-1 + 6e-1 * score_draw)
                        / (1 + {{ world.rates.click_position_decay }} * (position - 1))
                    )
                )::integer
        end as score_per_mille,
        case when is_propensity_known then 1e0 / {{ evergreen_items }} end as propensity,
        dirt_size,
    from repeated
),
{%- if not clean %}

dirtied as (
    select
        * replace (
            case when is_copy and dirt = 'null_event_id' then null else event_id end as event_id,
            case
                when is_copy and dirt = 'event_from_the_future'
                    then received_second + 7200 + floor(36000 * dirt_size)::bigint
                else event_second
            end as event_second,
            case
                when dirt = 'late' then received_second + 3600 + floor({{ 71 * 3600 }} * dirt_size * dirt_size)::bigint
                when not is_copy or dirt = 'exact_retry' then received_second
                when dirt = 'retry' then received_second + 3 + floor(600 * dirt_size)::bigint
                when dirt = 'retry_across_midnight'
                    then (received_second // 86400 + 1) * 86400 + floor(3600 * dirt_size)::bigint
                -- A broken copy comes first: who deduplicates before validating keeps the wrong one.
                else received_second - 1
            end as received_second,
            case
                when is_copy and dirt = 'null_user_id' then null
                when dirt = 'padded_id' and dirt_size < 5e-1 then ' ' || user_id || ' '
                else user_id
            end as user_id,
            case
                when is_copy and dirt = 'null_item_id' then null
                when dirt = 'padded_id' and dirt_size >= 5e-1 then item_id || '  '
                else item_id
            end as item_id,
            case
                when dirt = 'mixed_case_surface' then ' ' || upper(surface[1]) || surface[2:] || ' '
                else surface
            end as surface,
            case when is_copy and dirt = 'negative_position' then -position else position end as position,
            case
                when is_copy and dirt = 'viewport_fraction_above_one' then 170
                else viewport_percent
            end as viewport_percent,
            case when is_copy and dirt = 'negative_visible_ms' then -1 else visible_ms end as visible_ms
        ),
    from logged
),
{%- endif %}

final as (
    select
        event_id,
        {{ broken(instant('event_second'), "is_copy and dirt = 'unparseable_event_at'", '2026-02-30 25:00:00') }}
            as event_at,
        {{ instant('received_second') }} as received_at,
        user_id,
        session_id,
        request_id,
        surface,
        module_id,
        item_id,
        {{ broken('position', "is_copy and dirt = 'unparseable_position'", 'first') }} as position,
        {{ instant('rendered_second') }} as rendered_at,
{%- if text %}
        case
            when viewport_percent % 100 = 0 then (viewport_percent // 100)::varchar
            else (viewport_percent / 100e0)::decimal(4, 2)::varchar
        end as viewport_fraction,
{%- else %}
        viewport_percent / 100e0 as viewport_fraction,
{%- endif %}
        visible_ms,
        platform,
        app_version,
        latency_ms,
        {{ '(score_per_mille / 1000e0)::decimal(4, 3)' if text else 'score_per_mille / 1000e0' }} as score,
        propensity,
        -- The original beside a copy is sound.
        case when is_copy or dirt in ({{ quoted(kinds.in_place) }}) then dirt end as dirt,
    from {{ 'logged' if clean else 'dirtied' }}
)

select * from final
