{%- do feedlift.stop_on_problems(ref('stg_experiments__definition_problems')) -%}
select
    experiment_id,
    metric,
    role,
    desired_direction,
    non_inferiority_margin,
    margin_scale,
    smallest_effect_of_interest
from {{ ref('base_experiments__metrics') }}
