with refused_rows as (

    select
        user_id,
        refusal_reason
    from {{ ref('stg_feed__impressions_rejected') }}

    union all

    select
        user_id,
        refusal_reason
    from {{ ref('stg_feed__engagements_rejected') }}

),

final as (

    select
        user_id,
        count(*) as refused_row_count
    from refused_rows
    where user_id is not null and refusal_reason <> 'duplicate'
    group by user_id

)

select * from final
