with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}
    where population = 'assigned'

),

user_totals as (

    select
        user_id,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(saves) as saves
    from {{ ref('int_user_days__measures') }}
    group by user_id

),

final as (

    select
        unit_measures.experiment_id,
        unit_measures.user_id,
        unit_measures.impressions + unit_measures.impressions_before as windows_impressions,
        coalesce(user_totals.impressions, 0) as all_impressions,
        unit_measures.clicks + unit_measures.clicks_before as windows_clicks,
        coalesce(user_totals.clicks, 0) as all_clicks,
        unit_measures.saves + unit_measures.saves_before as windows_saves,
        coalesce(user_totals.saves, 0) as all_saves
    from unit_measures
    left join user_totals on unit_measures.user_id = user_totals.user_id

)

select *
from final
where windows_impressions > all_impressions or windows_clicks > all_clicks or windows_saves > all_saves
