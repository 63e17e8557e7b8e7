select
    raw_table,
    column_name
from {{ ref('base_feed__columns') }}
where is_logged
