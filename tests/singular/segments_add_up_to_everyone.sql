with moments as (

    select
        *,
        unit_count * numerator_mean as numerator_total,
        unit_count * denominator_mean as denominator_total
    from {{ ref('int_experiments__moments') }}

),

everyone as (

    select * from moments
    where segment = 'all'

),

segments as (

    select
        experiment_id,
        population,
        arm,
        phase,
        metric,
        segment,
        sum(unit_count) as unit_count,
        sum(nonzero_unit_count) as nonzero_unit_count,
        sum(numerator_total) as numerator_total,
        sum(denominator_total) as denominator_total
    from moments
    where segment <> 'all'
    group by experiment_id, population, arm, phase, metric, segment

),

final as (

    select
        segments.*,
        everyone.unit_count as everyone_unit_count,
        everyone.nonzero_unit_count as everyone_nonzero_unit_count,
        everyone.numerator_total as everyone_numerator_total,
        everyone.denominator_total as everyone_denominator_total
    from segments
    left join everyone
        on
            segments.experiment_id = everyone.experiment_id
            and segments.population = everyone.population
            and segments.arm = everyone.arm
            and segments.phase = everyone.phase
            and segments.metric = everyone.metric

)

-- Totals are floating sums, and their order differs between the two sides.
select *
from final
where
    coalesce(unit_count <> everyone_unit_count, true)
    or nonzero_unit_count <> everyone_nonzero_unit_count
    or abs(numerator_total - everyone_numerator_total) > 1e-9 * (1 + abs(everyone_numerator_total))
    or abs(denominator_total - everyone_denominator_total) > 1e-9 * (1 + abs(everyone_denominator_total))
