select
    experiment_id,
    population,
    arm,
    entity_type,
    measure,
    arm_value,
    control_value
from {{ ref('experiment_concentration') }}
where
    arm_value not between -1e-12 and 1 + 1e-12
    or control_value not between -1e-12 and 1 + 1e-12
    or shown_entity_count > entity_count
    or control_shown_entity_count > entity_count
    or shown_entity_count > impression_count
    -- What is compared at equal volume may differ by what chance leaves of it, six standard deviations.
    or (
        measure <> 'herfindahl_hirschman_index'
        and (
            unit_count <> control_unit_count
            or abs(impression_count - control_impression_count) > 6 * sqrt(impression_count + 1e0) + 6
        )
    )
    -- The share of the top is at least that of as many entities of the middle.
    or (measure = 'top_share' and arm_value < (top_entity_count - 1e-9) / entity_count)
