select
    raw_table,
    outcome,
    reason,
    row_count
from {{ ref('int_feed__row_outcomes') }}
