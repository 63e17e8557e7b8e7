{%- set measures = feedlift.stratum_measures() -%}
{%- set of_impressions = feedlift.dimensions('impression') -%}
{%- set of_users = feedlift.dimensions('user') -%}
{%- set keys = ['experiment_id', 'population', 'user_id'] -%}
with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

engagements as (

    select * from {{ ref('int_engagements__attributed') }}

),

unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

described_impressions as (

    select
        event_id,
        user_id,
        event_at,
        {%- for name, dimension in of_impressions.items() %}
        {{ feedlift.stratum_value(dimension) }} as {{ name }},
        {%- endfor %}
        {{ feedlift.measured_strata('impressions') }}
    from impressions

),

measured_engagements as (

    select
        attributed_impression_event_id,
        user_id,
        event_at,
        {{ feedlift.measured_strata('engagements') }}
    from engagements

),

events as (

    select
        user_id,
        event_at,
        {%- for name in of_impressions %}
        {{ name }},
        {%- endfor %}
        {{ measures | join(', ') }}
    from described_impressions

    union all

    select
        measured_engagements.user_id,
        measured_engagements.event_at,
        {%- for name in of_impressions %}
        coalesce(described_impressions.{{ name }}, 'unknown') as {{ name }},
        {%- endfor %}
        measured_engagements.{{ measures | join(', measured_engagements.') }}
    from measured_engagements
    left join described_impressions
        on measured_engagements.attributed_impression_event_id = described_impressions.event_id

),

windowed_events as {{ feedlift.not_materialized() }} (

    select
        windows.experiment_id,
        windows.window_name as population,
        windows.user_id,
        {%- for name in of_impressions %}
        events.{{ name }},
        {%- endfor %}
        events.{{ measures | join(', events.') }}
    from windows
    inner join events
        on
            windows.user_id = events.user_id
            and windows.window_starts_at <= events.event_at
            and windows.window_ends_at > events.event_at

),

-- The first part only names the columns, for a project without any dimension.
strata as (

    select
        {{ keys | join(', ') }},
        'none' as dimension,
        'none' as stratum,
        {{ measures | join(', ') }}
    from unit_measures
    where 1 = 0
    {%- if of_impressions %}

    union all

    select
        {{ keys | join(', ') }},
        case
            {%- for name in of_impressions %}
            when grouping({{ name }}) = 0 then '{{ name }}'
            {%- endfor %}
        end as dimension,
        case
            {%- for name in of_impressions %}
            when grouping({{ name }}) = 0 then {{ name }}
            {%- endfor %}
        end as stratum,
        {{ feedlift.each_stratum_measure('sum({measure}) as {measure}') }}
    from windowed_events
    group by
        grouping sets (
            {%- for name in of_impressions %}
            ({{ keys | join(', ') }}, {{ name }}){{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endif %}
    {%- for name, dimension in of_users.items() %}

    union all

    select
        {{ keys | join(', ') }},
        '{{ name }}' as dimension,
        {{ feedlift.stratum_value(dimension) }} as stratum,
        {{ measures | join(', ') }}
    from unit_measures
    {%- endfor %}

),

final as (

    select
        strata.{{ keys | join(', strata.') }},
        strata.dimension,
        strata.stratum,
        {{ feedlift.each_stratum_measure(
            'cast(case when logged.is_{measure}_logged then coalesce(strata.{measure}, 0) end as {type}) as {measure}'
        ) }}
    from strata
    cross join logged
    where strata.{{ measures | join(' <> 0 or strata.') }} <> 0

)

select * from final
