with screened_rows as (

    select
        user_id,
        refusal_reason
    from {{ ref('stg_feed__impressions_screened') }}

    union all

    select
        user_id,
        refusal_reason
    from {{ ref('stg_feed__engagements_screened') }}

),

-- Retries are no refusals: a duplicate stands for a row that was accepted.
final as (

    select
        user_id,
        count(*) as row_count,
        count(refusal_reason) as refused_row_count
    from screened_rows
    where user_id is not null and coalesce(refusal_reason, 'accepted') <> 'duplicate'
    group by user_id

)

select * from final
