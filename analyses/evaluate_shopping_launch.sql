-- Shopping in the home feed: did it sell, to whom, and at whose cost? The primary metric first, then what the module
-- took from the rest of the feed, then people with and without shopping intent, known before assignment. `exposed` are
-- the eligible: those who opened the home feed, logged in both arms, from then on.
with results as (

    select * from {{ ref('experiment_results') }}
    where experiment_id = 'shopping_module' and method = 'cuped'

),

final as (

    select
        population,
        segment_value,
        metric,
        control_value,
        arm_value,
        estimate,
        estimate_lower,
        estimate_upper,
        relative_lift,
        relative_lift_lower,
        relative_lift_upper,
        p_value,
        p_value_benjamini_hochberg,
        is_non_inferior,
        is_valid,
        unit_count + control_unit_count as user_count,
        case
            when segment = 'shopping_intent' then '4 by shopping intent'
            when metric in ('organic_clicks_per_user', 'saves_per_user', 'impressions_per_user')
                then '3 cannibalisation'
            when metric_role = 'primary' then '1 primary metric'
            else '2 what follows a click'
        end as question
    from results
    where
        segment in ('all', 'shopping_intent')
        and metric in (
            'product_clicks_per_user', 'purchases_per_user', 'revenue_per_user', 'organic_clicks_per_user',
            'saves_per_user', 'impressions_per_user'
        )

)

select * from final
order by question, population, metric, segment_value
