{%- do feedlift.stop_on_problems(ref('stg_experiments__definition_problems')) -%}
select
    experiment_id,
    arm,
    is_control,
    description
from {{ ref('base_experiments__arms') }}
