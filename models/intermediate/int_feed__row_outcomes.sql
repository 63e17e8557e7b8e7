with screened as (

    {{ feedlift.screened_rows() }}

),

final as (

    select
        raw_table,
        case
            when refusal_reason is null then 'accepted'
            when refusal_reason = 'duplicate' then 'duplicate'
            else 'rejected'
        end as outcome,
        coalesce(refusal_reason, 'accepted') as reason,
        count(*) as row_count
    from screened
    group by raw_table, refusal_reason

)

select * from final
