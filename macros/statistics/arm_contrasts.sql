{#- Every arm against control from the table of moments that unit_moments makes: arm_estimates, then contrast_tests. -#}
{% macro arm_contrasts(
  moments, keys, is_control, stratum=none, confidence_level=none, alternative='two-sided', covariate_count=1
) %}
  {%- do feedlift._check_keys('arm_contrasts', keys) -%}
  {%- set confidence = feedlift._confidence('arm_contrasts', confidence_level) -%}
with estimates as (

    {{ feedlift.arm_estimates(moments, keys, is_control, stratum, covariate_count) | indent(4) }}

),

final as (

    {{ feedlift.contrast_tests('estimates', confidence, alternative) | indent(4) }}

)

select * from final
{% endmacro %}
