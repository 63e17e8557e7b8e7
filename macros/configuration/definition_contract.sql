{#-
  The experiment definitions: the seeds that hold them with their columns and types, and which columns must be filled.
  A column that need not be filled need not be there.
  A root project can disable one of the seeds and bring its own of the same name.
-#}
{% macro definition_contract() %}
  {%- set contract -%}
experiments:
  required_columns: [experiment_id, starts_at]
  columns:
    experiment_id: text
    description: text
    starts_at: timestamp
    ends_at: timestamp
    trigger_surface: label
    trigger_module_id: text
    deciding_population: label
    planned_user_count: integer
    randomisation_unit: label
experiment_arms:
  required_columns: [experiment_id, arm, is_control]
  columns:
    experiment_id: text
    arm: text
    is_control: boolean
    description: text
experiment_arm_shares:
  required_columns: [experiment_id, arm, starts_at, share]
  columns:
    experiment_id: text
    arm: text
    starts_at: timestamp
    share: double
experiment_metrics:
  required_columns: [experiment_id, metric, role, desired_direction]
  columns:
    experiment_id: text
    metric: text
    role: label
    desired_direction: label
    non_inferiority_margin: double
    margin_scale: label
    smallest_effect_of_interest: double
  {%- endset -%}
  {{ return(fromyaml(contract)) }}
{% endmacro %}
