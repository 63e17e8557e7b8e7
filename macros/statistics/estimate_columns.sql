{#- What a method must say of an estimate, beside its keys, for contrast_tests to test it: arm_estimates' layout. -#}
{% macro estimate_columns() %}
  {{ return([
    'is_ratio', 'cuped_coefficient', 'unit_count', 'control_unit_count', 'nonzero_unit_count',
    'control_nonzero_unit_count', 'skewness', 'control_skewness', 'arm_value', 'control_value', 'estimate',
    'arm_variance', 'control_variance', 'unadjusted_variance', 'arm_value_variance', 'control_value_variance',
    'covariance_of_values', 'degrees_of_freedom', 'null_reason',
  ]) }}
{% endmacro %}
