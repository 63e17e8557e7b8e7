with logged_columns as (

    select * from {{ ref('stg_feed__logged_columns') }}

),

final as (

    select
        {{ feedlift.logged_measures() }}
    from logged_columns

)

select * from final
