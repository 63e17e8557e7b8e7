{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import identifier, instant, dirt_kind, copies, broken, quoted with context %}
{%- set kinds = world.dirt.engagements -%}
with

keyed as (
    select
        *,
        {{ random_key('engagement_index', 'engagement.log') }} as log_key,
    from engagements
),

drawn as (
    select
        *,
        {{ uniform('log_key', 'received') }} as received_draw,
        {{ uniform('log_key', 'dirt') }} as dirt_draw,
        {{ uniform('log_key', 'dirt.size') }} as dirt_size,
    from keyed
),

marked as (
    select
        *,
        event_second + 1 + floor(20 * received_draw * received_draw)::bigint as received_second,
        {{ dirt_kind('dirt_draw', merge(kinds.in_place, kinds.copies, kinds.extra), conditions={
            'before_its_impression': 'is_impression_known',
            'negative_dwell': 'dwell_ms is not null',
            'unparseable_value': 'value_cents is null',
        }) }} as dirt,
    from drawn
),

-- The second row of an extra kind stands alone: it keeps little of the row that occasioned it.
repeated as (
    select
        *,
        {{ 'false' if clean else copies(merge(kinds.copies, kinds.extra)) }} as is_copy,
    from marked
),

logged as (
    select
        is_copy,
        dirt,
        {{ identifier('e', 'engagement_index') }} as event_id,
        event_second,
        impression_second,
        received_second,
        'u' || user_index as user_id,
        {{ identifier('s', 'session_index') }} as session_id,
        case when is_impression_known then {{ identifier('i', 'impression_index') }} end as impression_event_id,
        'p' || item_index as item_id,
        surface,
        engagement_type,
        dwell_ms,
        value_cents,
        dirt_size,
        is_copy and dirt in ('orphan_click', 'orphan_click_without_id') as is_orphan,
        is_copy and dirt = 'unknown_engagement_type' as is_unknown_type,
    from repeated
),
{%- if not clean %}

dirtied as (
    select
        * replace (
            case
                when is_copy and dirt = 'null_event_id' then null
                when is_orphan or is_unknown_type then 'x' || event_id[2:]
                else event_id
            end as event_id,
            case
                when dirt = 'before_its_impression' then impression_second - 1 - floor(3 * dirt_size)::bigint
                when is_copy and dirt = 'event_from_the_future'
                    then received_second + 7200 + floor(36000 * dirt_size)::bigint
                else event_second
            end as event_second,
            case
                when dirt = 'late' then received_second + 3600 + floor({{ 71 * 3600 }} * dirt_size * dirt_size)::bigint
                when not is_copy or dirt = 'exact_retry' or is_orphan or is_unknown_type then received_second
                when dirt = 'retry' then received_second + 3 + floor(600 * dirt_size)::bigint
                when dirt = 'retry_across_midnight'
                    then (received_second // 86400 + 1) * 86400 + floor(3600 * dirt_size)::bigint
                -- A broken copy comes first: who deduplicates before validating keeps the wrong one.
                else received_second - 1
            end as received_second,
            case
                when is_copy and dirt = 'null_user_id' then null
                -- Once the experiments run, orphans belong to guests whom nobody assigned: they move no outcome.
                when is_orphan and event_second >= {{ window_start - 7200 }} then 'g' || user_id[2:]
                when dirt = 'padded_id' and dirt_size < 5e-1 then ' ' || user_id || ' '
                else user_id
            end as user_id,
            case
                when not is_orphan then impression_event_id
                when dirt = 'orphan_click' then 'i0' || event_id[2:]
            end as impression_event_id,
            case
                when is_copy and dirt = 'null_item_id' then null
                -- Not what the user has just seen, which would give the orphan a home.
                when is_orphan then 'p' || floor({{ evergreen_items }} * dirt_size)::bigint
                when dirt = 'padded_id' and dirt_size >= 5e-1 then item_id || '  '
                else item_id
            end as item_id,
            case
                when dirt = 'mixed_case_surface' then ' ' || upper(surface[1]) || surface[2:] || ' '
                else surface
            end as surface,
            case
                when is_copy and dirt = 'null_engagement_type' then null
                when is_orphan then 'click'
                when is_unknown_type then 'not_interested'
                else engagement_type
            end as engagement_type,
            case
                when is_copy and dirt = 'negative_dwell' then -dwell_ms
                when is_orphan then 4000 + floor(60000 * dirt_size)::bigint
                when is_unknown_type then null
                else dwell_ms
            end as dwell_ms,
            case when not (is_orphan or is_unknown_type) then value_cents end as value_cents
        ),
    from logged
),
{%- endif %}

final as (
    select
        event_id,
        {{ broken(instant('event_second'), "is_copy and dirt = 'unparseable_event_at'", 'yesterday') }} as event_at,
        {{ instant('received_second') }} as received_at,
        user_id,
        session_id,
        impression_event_id,
        item_id,
        surface,
        engagement_type,
        dwell_ms,
        {{ broken('(value_cents / 100e0)::decimal(18, 2)', "is_copy and dirt = 'unparseable_value'", '12,50 EUR') }}
            as value,
        case when is_copy or dirt in ({{ quoted(kinds.in_place) }}) then dirt end as dirt,
    from {{ 'logged' if clean else 'dirtied' }}
)

select * from final
