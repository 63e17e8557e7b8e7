{%- set measures = feedlift.stratum_measures() -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

dimensions as (

    {%- for name in feedlift.definitions('dimensions') %}
    {{ 'union all' if not loop.first }}
    select '{{ name }}' as dimension
    {%- endfor %}

),

strata as (

    select
        experiment_id,
        population,
        user_id,
        dimension,
        {{ feedlift.each_stratum_measure('sum({measure}) as {measure}') }}
    from {{ ref('int_experiments__stratum_measures') }}
    group by experiment_id, population, user_id, dimension

),

users as (

    select
        unit_measures.experiment_id,
        unit_measures.population,
        unit_measures.user_id,
        dimensions.dimension,
        {{ feedlift.each_stratum_measure('unit_measures.{measure}') }}
    from unit_measures
    cross join dimensions

),

final as (

    select
        strata.user_id as user_id_of_strata,
        users.*,
        {{ feedlift.each_stratum_measure(
            'coalesce(strata.{measure}, 0) - coalesce(users.{measure}, 0) as {measure}_surplus'
        ) }}
    from strata
    full outer join users
        on
            strata.experiment_id = users.experiment_id
            and strata.population = users.population
            and strata.user_id = users.user_id
            and strata.dimension = users.dimension

)

select *
from final
where
    user_id is null
    or {{ measures | join('_surplus <> 0 or ') }}_surplus <> 0
