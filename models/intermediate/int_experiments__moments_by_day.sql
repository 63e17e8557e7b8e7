{#- Sums over a user's window so far; retention waits for its day and quantiles need every value. -#}
{%- set metrics = {} -%}
{%- set definitions = feedlift.metrics() -%}
{%- for name, expressions in feedlift.metric_expressions().items() -%}
{%- if definitions[name]['type'] in ['mean', 'proportion', 'ratio'] -%}
{%- do metrics.update({name: expressions}) -%}
{%- endif -%}
{%- endfor -%}
with units as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

cumulative_measures as (

    select * from {{ ref('int_experiments__cumulative_measures') }}

),

looks as (

    select * from {{ ref('int_experiments__looks') }}

),

-- A row per user and look, only streamed into the sums: kept in between, it would take the memory of the dense grid.
units_at_looks as {{ feedlift.not_materialized() }} (

    select
        units.experiment_id,
        units.population,
        units.arm,
        units.phase,
        looks.look_date,
        {{ feedlift.each_measure('cumulative_measures.{measure}') }},
        {{ feedlift.each_measure('units.{measure}_before') }}
    from cumulative_measures
    inner join units
        on
            cumulative_measures.experiment_id = units.experiment_id
            and cumulative_measures.population = units.population
            and cumulative_measures.user_id = units.user_id
    inner join looks
        on
            cumulative_measures.experiment_id = looks.experiment_id
            and cumulative_measures.from_date <= looks.look_date
            and (cumulative_measures.until_date > looks.look_date or cumulative_measures.until_date is null)

),

final as (

    {{ feedlift.unit_moments(
        'units_at_looks',
        group_by=['experiment_id', 'population', 'arm', 'phase', 'look_date'],
        metrics=metrics,
        center_by=['experiment_id', 'population'],
    ) | indent(4) }}

)

select * from final
