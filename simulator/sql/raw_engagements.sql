{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import identifier, instant, dirt_kind, quoted, broken with context %}
{%- set kinds = world.dirt.engagements -%}
with

keyed as (
    select
        *,
        {{ random_key('engagement_index', 'engagement.log') }} as log_key,
    from engagements
),

logged as (
    select
        {{ identifier('e', 'engagement_index') }} as event_id,
        event_second,
        impression_second,
        event_second + 1 + floor(20 * pow({{ uniform('log_key', 'received') }}, 2))::bigint as received_second,
        'u' || user_index as user_id,
        {{ identifier('s', 'session_index') }} as session_id,
        case when is_impression_known then {{ identifier('i', 'impression_index') }} end as impression_event_id,
        'p' || item_index as item_id,
        surface,
        engagement_type,
        dwell_ms,
        value_cents,
        {{ uniform('log_key', 'dirt.size') }} as dirt_size,
{%- if clean %}
        null::varchar as dirt,
{%- else %}
        {{ dirt_kind(uniform('log_key', 'dirt'), merge(kinds.in_place, kinds.copies), conditions={
            'before_its_impression': 'is_impression_known', 'negative_dwell': 'dwell_ms is not null',
            'unparseable_value': 'value_cents is null',
        }) }} as dirt,
        {{ dirt_kind(uniform('log_key', 'extra'), kinds.extra) }} as extra,
{%- endif %}
    from keyed
),
{%- if not clean %}

originals as (
    select
        * exclude (extra) replace (
            case
                when dirt = 'before_its_impression' then impression_second - 1 - floor(3 * dirt_size)::bigint
                else event_second
            end as event_second,
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
        * exclude (extra) replace (
            case dirt when 'null_event_id' then null else event_id end as event_id,
            case dirt when 'null_user_id' then null else user_id end as user_id,
            case dirt when 'null_item_id' then null else item_id end as item_id,
            case dirt when 'null_engagement_type' then null else engagement_type end as engagement_type,
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
            case dirt when 'negative_dwell' then -dwell_ms else dwell_ms end as dwell_ms
        ),
    from logged
    where dirt in ({{ quoted(kinds.copies) }})
),

-- Rows that stand alone. Once the experiments run, orphans belong to guests whom nobody assigned, so that they move no
-- outcome.
extras as (
    select
        * exclude (extra) replace (
            event_id || 'x' as event_id,
            case
                when extra != 'unknown_engagement_type' and event_second >= {{ window_start - 7200 }}
                    then 'g' || substr(user_id, 2)
                else user_id
            end as user_id,
            case extra
                when 'orphan_click' then 'i0' || substr(event_id, 2)
                when 'orphan_click_without_id' then null
                else impression_event_id
            end as impression_event_id,
            -- An item this user has not just seen.
            case
                when extra in ('orphan_click', 'orphan_click_without_id')
                    then 'p' || floor({{ evergreen_items }} * dirt_size)::bigint
                else item_id
            end as item_id,
            case extra when 'unknown_engagement_type' then 'not_interested' else 'click' end as engagement_type,
            case extra when 'unknown_engagement_type' then null else 4000 + floor(60000 * dirt_size)::bigint end as dwell_ms,
            null as value_cents,
            extra as dirt
        ),
    from logged
    where extra is not null
),

everything as (
    select * from originals
    union all
    select * from copies
    union all
    select * from extras
),
{%- else %}

everything as (
    select * from logged
),
{%- endif %}

final as (
    select
        event_id,
        {{ broken(instant('event_second'), 'unparseable_event_at', 'yesterday') }} as event_at,
        {{ instant('received_second') }} as received_at,
        user_id,
        session_id,
        impression_event_id,
        item_id,
        surface,
        engagement_type,
        dwell_ms,
        {{ broken('(value_cents / 100e0)::decimal(18, 2)', 'unparseable_value', '12,50 EUR') }} as value,
        dirt,
    from everything
)

select * from final
