{#-
  Sessions from their events: the columns `event_at`, `is_impression` (null in engagements) and `engagement_type` (null
  in impressions).
-#}
{% macro sessions(events, keys) %}
with totals as (

    select
        {{ keys | join(', ') }},
        min(event_at) as started_at,
        max(event_at) as ended_at,
        min(case when engagement_type is null then event_at end) as first_impression_at,
        count(case when is_impression then 1 end) as impression_count,
        count(case when {{ feedlift.is_engagement_of('positive_engagement_types') }} then 1 end) as engagement_count,
        count(case when {{ feedlift.is_engagement_of('shopping_engagement_types') }} then 1 end)
            as shopping_engagement_count
    from {{ events }}
    group by {{ keys | join(', ') }}

),

timed as (

    select
        *,
        {{ feedlift.seconds_between('started_at', 'ended_at') }} as exact_session_seconds
    from totals

)

select
    {{ keys | join(', ') }},
    started_at,
    ended_at,
    first_impression_at,
    impression_count,
    engagement_count,
    shopping_engagement_count,
    cast(floor(exact_session_seconds + 5e-1) as {{ feedlift.data_type('integer') }}) as session_seconds,
    engagement_count > 0 as is_engaged,
    shopping_engagement_count > 0 as is_shopping_engaged,
    engagement_count = 0 and exact_session_seconds < {{ feedlift.setting('early_exit_seconds') }} as is_early_exit
from timed
{% endmacro %}
