{#-
  The shopping module is good for shoppers and bad for browsers: by shopping intent, the effect on a metric differs
  with a corrected p-value below .05, in each population and method. That it is opposite needs more shoppers than there
  are. By what is planted nowhere, the A/A test, no segment has a corrected p-value below .05.
-#}
{{ config(enabled=feedlift.is_demo()) }}
with heterogeneity as (

    select * from {{ ref('experiment_heterogeneity') }}

),

planted as (

    select
        population,
        method,
        count(
            case
                when
                    p_value_benjamini_hochberg < 5e-2
                    and lowest_segment_value = 'browser'
                    and highest_segment_value = 'shopper'
                    then 1
            end
        ) as found_count
    from heterogeneity
    where experiment_id = 'shopping_module' and segment = 'shopping_intent'
    group by population, method

),

not_found as (

    select
        'planted and not found' as problem,
        population,
        method,
        'any' as metric
    from planted
    where found_count = 0

),

found as (

    select
        'found and not planted' as problem,
        population,
        method,
        metric
    from heterogeneity
    where experiment_id = 'aa_test' and (p_value_benjamini_hochberg < 5e-2 or has_opposite_effects)

)

select * from not_found
union all
select * from found
