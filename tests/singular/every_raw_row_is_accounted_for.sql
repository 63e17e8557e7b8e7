with counted as (

    {%- for entity in feedlift.raw_contract() %}
    {{ 'union all' if not loop.first }}
    select
        'raw_{{ entity }}' as raw_table,
        'all' as outcome,
        count(*) as row_count
    from {{ ref('base_feed__' ~ entity) }}

    union all

    select
        'raw_{{ entity }}' as raw_table,
        'accepted' as outcome,
        count(*) as row_count
    from {{ ref('stg_feed__' ~ entity) }}

    union all

    select
        'raw_{{ entity }}' as raw_table,
        case when refusal_reason = 'duplicate' then 'duplicate' else 'rejected' end as outcome,
        count(*) as row_count
    from {{ ref('stg_feed__' ~ entity ~ '_rejected') }}
    group by case when refusal_reason = 'duplicate' then 'duplicate' else 'rejected' end
    {%- endfor %}

),

accounted as (

    select
        raw_table,
        outcome,
        row_count
    from {{ ref('row_accounting') }}

    union all

    select
        raw_table,
        'all' as outcome,
        row_count
    from {{ ref('row_accounting') }}

),

accounted_totals as (

    select
        raw_table,
        outcome,
        sum(row_count) as row_count
    from accounted
    group by raw_table, outcome

),

final as (

    select
        counted.raw_table as counted_table,
        counted.outcome as counted_outcome,
        counted.row_count as counted_row_count,
        accounted_totals.raw_table as accounted_table,
        accounted_totals.outcome as accounted_outcome,
        accounted_totals.row_count as accounted_row_count
    from counted
    full outer join accounted_totals
        on counted.raw_table = accounted_totals.raw_table and counted.outcome = accounted_totals.outcome

)

select *
from final
where coalesce(counted_row_count, 0) <> coalesce(accounted_row_count, 0)
