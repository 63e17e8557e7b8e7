{%- set columns_by_table = feedlift.missing_value_columns() -%}
{%- set lateness = feedlift.setting('lateness_hours') -%}
with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name = 'assigned'

),

units as (

    select * from {{ ref('int_experiments__units') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

impressions as (

    select * from {{ ref('stg_feed__impressions') }}

),

engagements as (

    select * from {{ ref('stg_feed__engagements') }}

),

logged as (

    select
        {{ feedlift.logged_missing_value_columns() }}
    from {{ ref('stg_feed__logged_columns') }}

),
{%- for table, columns in columns_by_table.items() %}

counted_{{ table }} as (

    select
        windows.experiment_id,
        windows.user_id,
        count(*) as row_count,
        {%- for column in columns %}
        count(*) - count({{ table }}.{{ column }}) as without_{{ column }}_count,
        {%- endfor %}
        count(
            case
                when
                    {{ table }}.received_at > {{ dbt.dateadd('hour', lateness, table ~ '.event_at') }}
                    then 1
            end
        ) as late_row_count
    from windows
    inner join {{ table }}
        on
            windows.user_id = {{ table }}.user_id
            and windows.window_starts_at <= {{ table }}.event_at
            and windows.window_ends_at > {{ table }}.event_at
    group by windows.experiment_id, windows.user_id

),
{%- endfor %}

final as (

    select
        windows.experiment_id,
        windows.user_id,
        units.arm,
        arms.is_control,
        units.phase,
        {%- for table, columns in columns_by_table.items() %}
        coalesce(counted_{{ table }}.row_count, 0) as {{ table }}_count,
        {%- for column in columns %}
        case
            when logged.{{ table }}_have_{{ column }}
                then coalesce(counted_{{ table }}.without_{{ column }}_count, 0)
        end as {{ table }}_without_{{ column }}_count,
        {%- endfor %}
        {%- endfor %}
        coalesce(counted_impressions.row_count, 0) + coalesce(counted_engagements.row_count, 0) as row_count,
        case
            when logged.impressions_have_received_at and logged.engagements_have_received_at
                then
                    coalesce(counted_impressions.late_row_count, 0) + coalesce(counted_engagements.late_row_count, 0)
        end as late_row_count
    from windows
    inner join units on windows.experiment_id = units.experiment_id and windows.user_id = units.user_id
    inner join arms on units.experiment_id = arms.experiment_id and units.arm = arms.arm
    left join counted_impressions
        on windows.experiment_id = counted_impressions.experiment_id and windows.user_id = counted_impressions.user_id
    left join counted_engagements
        on windows.experiment_id = counted_engagements.experiment_id and windows.user_id = counted_engagements.user_id
    cross join logged

)

select * from final
