{% from 'random.jinja' import random_key, uniform, normal %}
{% from 'raw_output.jinja' import identifier, instant, dirt_kind, quoted, broken with context %}
{%- set kinds = world.dirt.impressions -%}
with

keyed as (
    select
        *,
        {{ random_key('impression_index', 'impression.log') }} as log_key,
        {{ random_key('session_index', 'session.log') }} as session_log_key,
    from impressions
),

logged as (
    select
        {{ identifier('i', 'impression_index') }} as event_id,
        event_second,
        event_second + 1 + floor(20 * pow({{ uniform('log_key', 'received') }}, 2))::bigint as received_second,
        'u' || user_index as user_id,
        {{ identifier('s', 'session_index') }} as session_id,
        {{ identifier('r', 'session_index * 4 + (position - 1) // 10') }} as request_id,
        surface,
        module_id,
        'p' || item_index as item_id,
        position,
        case
            when viewport_percent is not null
                then event_second + case when {{ uniform('log_key', 'rendered_at') }} < 3e-1 then 1 else 0 end
        end as rendered_second,
        viewport_percent,
        visible_ms,
        platform,
        '8.' || (
            event_second // {{ 14 * 86400 }} + case when {{ uniform('session_log_key', 'version') }} < 7e-1 then 1 else 0 end
        ) as app_version,
        floor(90 * exp(45e-2 * {{ normal('session_log_key', 'latency') }}))::integer as latency_ms,
        case
            when surface = 'home_feed'
                then least(
                    999,
                    floor(
                        1000 * (1 - exp(-(
                            {{ world.rates.click }}::double * quality
                            / (1 + {{ world.rates.click_position_decay }}::double * (position - 1))
                            * exp(2e-1 * {{ normal('log_key', 'score') }})
                        )))
                    )
                )::integer
        end as score_per_mille,
        case when is_propensity_known then 1e0 / {{ evergreen_items }} end as propensity,
        {{ uniform('log_key', 'dirt.size') }} as dirt_size,
        {% if clean %}null::varchar{% else %}{{ dirt_kind(uniform('log_key', 'dirt'), merge(kinds.in_place, kinds.copies)) }}{% endif %} as dirt,
    from keyed
),
{%- if not clean %}

-- The sound row, as far as cleaning can tell: what was changed in place can be undone.
originals as (
    select
        * replace (
            case
                when dirt = 'late' then received_second + 3600 + floor({{ 71 * 3600 }} * pow(dirt_size, 2))::bigint
                else received_second
            end as received_second,
            case when dirt = 'padded_id' and dirt_size < 5e-1 then ' ' || user_id || ' ' else user_id end as user_id,
            case when dirt = 'padded_id' and dirt_size >= 5e-1 then item_id || '  ' else item_id end as item_id,
            case
                when dirt = 'mixed_case_surface' then ' ' || upper(surface[1]) || surface[2:] || ' '
                else surface
            end as surface,
            case when dirt in ({{ quoted(kinds.in_place) }}) then dirt end as dirt
        ),
    from logged
),

copies as (
    select
        * replace (
            case dirt when 'null_event_id' then null else event_id end as event_id,
            case dirt when 'null_user_id' then null else user_id end as user_id,
            case dirt when 'null_item_id' then null else item_id end as item_id,
            case dirt
                when 'retry' then received_second + 3 + floor(600 * dirt_size)::bigint
                when 'retry_across_midnight'
                    then (received_second // 86400 + 1) * 86400 + floor(3600 * dirt_size)::bigint
                when 'exact_retry' then received_second
                -- A broken copy comes first: who deduplicates before validating keeps the wrong one.
                else received_second - 1
            end as received_second,
            case dirt
                when 'event_from_the_future' then received_second + 7200 + floor(36000 * dirt_size)::bigint
                else event_second
            end as event_second,
            case dirt when 'negative_position' then -position else position end as position,
            case dirt when 'viewport_fraction_above_one' then 170 else viewport_percent end as viewport_percent,
            case dirt when 'negative_visible_ms' then -1 else visible_ms end as visible_ms
        ),
    from logged
    where dirt in ({{ quoted(kinds.copies) }})
),

everything as (
    select * from originals
    union all
    select * from copies
),
{%- else %}

everything as (
    select * from logged
),
{%- endif %}

final as (
    select
        event_id,
        {{ broken(instant('event_second'), 'unparseable_event_at', '2026-02-30 25:00:00') }} as event_at,
        {{ instant('received_second') }} as received_at,
        user_id,
        session_id,
        request_id,
        surface,
        module_id,
        item_id,
        {{ broken('position', 'unparseable_position', 'first') }} as position,
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
        dirt,
    from everything
)

select * from final
