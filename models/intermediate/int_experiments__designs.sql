select
    experiment_id,
    starts_at,
    ends_at,
    deciding_population,
    randomisation_unit
from {{ ref('stg_experiments__experiments') }}
