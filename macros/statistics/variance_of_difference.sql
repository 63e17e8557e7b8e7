{#- The variance of the difference of two arms' values, times the users of both: what does not change as users come. -#}
{% macro variance_of_difference(arm_variance, control_variance, arm_share='5e-1') %}
  {{ return(
    "(case when (" ~ arm_share ~ ") > 0 and (" ~ arm_share ~ ") < 1 then (" ~ arm_variance ~ ") / (" ~ arm_share
    ~ ") + (" ~ control_variance ~ ") / (1e0 - (" ~ arm_share ~ ")) end)"
  ) }}
{% endmacro %}
