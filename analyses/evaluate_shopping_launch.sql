-- Shopping in the home feed: did it sell, to whom, and at whose cost? The primary metric first, then what the module
-- took from the rest of the feed, then people with and without shopping intent, known before assignment. `exposed` are
-- the eligible: those who opened the home feed, logged in both arms, from then on. Whether the effect differs by intent
-- at all is Cochran's Q (`heterogeneity_p_value`): that it is significant in one part and not in the other proves
-- nothing.
with results as (

    select * from {{ ref('experiment_results') }}
    where experiment_id = 'shopping_module' and method = 'cuped'

),

heterogeneity as (

    select * from {{ ref('experiment_heterogeneity') }}
    where segment = 'shopping_intent' and method = 'cuped'

),

final as (

    select
        results.population,
        results.segment_value,
        results.metric,
        results.control_value,
        results.arm_value,
        results.estimate,
        results.estimate_lower,
        results.estimate_upper,
        results.relative_lift,
        results.relative_lift_lower,
        results.relative_lift_upper,
        results.p_value,
        results.p_value_benjamini_hochberg,
        results.is_non_inferior,
        results.is_valid,
        heterogeneity.cochran_q,
        heterogeneity.p_value as heterogeneity_p_value,
        heterogeneity.p_value_benjamini_hochberg as heterogeneity_p_value_benjamini_hochberg,
        results.unit_count + results.control_unit_count as user_count,
        case
            when results.segment = 'shopping_intent' then '4 by shopping intent'
            when results.metric in ('organic_clicks_per_user', 'saves_per_user', 'impressions_per_user')
                then '3 cannibalisation'
            when results.metric_role = 'primary' then '1 primary metric'
            else '2 what follows a click'
        end as question
    from results
    left join heterogeneity
        on
            results.experiment_id = heterogeneity.experiment_id
            and results.population = heterogeneity.population
            and results.metric = heterogeneity.metric
            and results.segment = heterogeneity.segment
            and results.arm = heterogeneity.arm
    where
        results.segment in ('all', 'shopping_intent')
        and results.metric in (
            'product_clicks_per_user', 'purchases_per_user', 'revenue_per_user', 'organic_clicks_per_user',
            'saves_per_user', 'impressions_per_user'
        )

)

select * from final
order by question, population, metric, segment_value
