{%- set integer = feedlift.data_type('integer') -%}
{%- set text = feedlift.data_type('text') -%}
{%- set is_said = feedlift.setting('logged_engagement_types') | length > 0 -%}
{%- set advice = 'take it out of logged_engagement_types' if is_said else
    'name those that it logs in logged_engagement_types' -%}
{%- set logged = feedlift.setting('logged_engagement_types') | map('lower') | list -%}
with engagements as (

    select * from {{ ref('int_engagements__attributed') }}

),

counted as (

    select
        engagement_type,
        count(*) as engagement_count
    from engagements
    group by engagement_type

),

-- The first part only names the columns, for a project that names no type.
named as (

    select
        cast(null as {{ text }}) as engagement_type,
        cast(null as {{ text }}) as named_by,
        false as is_shipped
    from counted
    where 1 = 0
    {%- for engagement_type, entry in feedlift.named_engagement_types().items() %}
    union all
    select
        {{ feedlift.literals([engagement_type]) }} as engagement_type,
        {{ feedlift.literals([entry['named_by'] | join(', ')]) }} as named_by,
        {{ entry['is_shipped'] | lower }} as is_shipped
    {%- endfor %}

),

known as (

    select
        named.named_by,
        coalesce(counted.engagement_type, named.engagement_type) as engagement_type,
        coalesce(counted.engagement_count, 0) as engagement_count,
        coalesce(named.is_shipped, false) as is_shipped,
        {%- if logged %}
        coalesce(counted.engagement_type, named.engagement_type) in ({{ feedlift.literals(logged) }}) as is_logged
        {%- else %}
        true as is_logged
        {%- endif %}
    from counted
    full outer join named on counted.engagement_type = named.engagement_type

),

-- What feedlift's own definitions name is spelt right; of what a project adds, nothing but the data tells.
judged as (

    select
        *,
        case
            when named_by is null then 'not_named'
            when engagement_count > 0 and is_logged then 'used'
            when engagement_count > 0 then 'not_announced'
            when not is_shipped then 'unknown'
            when is_logged then 'never_seen'
            else 'not_logged'
        end as status
    from known

),

final as (

    select
        engagement_type,
        status,
        named_by,
        cast(engagement_count as {{ integer }}) as engagement_count,
        case status
            when 'used' then 'Engagements are of this type, and what names it counts them.'
            when 'not_named' then 'Engagements are of this type, and nothing that is configured names it.'
            when 'not_announced'
                then
                    'Engagements are of this type, but logged_engagement_types does not name it, so that measures of '
                    || 'it are null; add it there unless they are meant to be.'
            when 'unknown'
                then
                    'No engagement is of this type, and feedlift knows none of this name; correct it if it is '
                    || 'misspelt.'
            when 'never_seen'
                then
                    'No engagement is of this type. If the client does not log it, {{ advice }}: a measure of it is '
                    || 'then null and no false zero.'
            else 'No engagement is of this type; by logged_engagement_types it is not logged.'
        end as sentence
    from judged

)

select * from final
