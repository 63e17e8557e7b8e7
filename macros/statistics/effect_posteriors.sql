{#-
  The normal posterior of every contrast's effect, under a normal prior on the relative lift. The prior is scaled to
  the metric's unit by the control value c: effect ~ N(prior mean * c, (prior sd * c)^2). With the estimate normal
  around the effect,
    shrinkage = 1 / (1 + (SE / (prior sd * c))^2),
    posterior mean = prior mean * c + shrinkage * (estimate - prior mean * c),  posterior sd = SE * sqrt(shrinkage).
  Under a flat prior, the limit of an infinite sd, the posterior is the estimate and its standard error, and no control
  value is needed. In terms of z = benefit_sign * mean / sd, the chance of a benefit is P(Z < z), and the expected loss,
  what choosing the treatment costs on average where it is the worse one, is sd * E max(Z - z, 0).
-#}
{% macro effect_posteriors(
  contrasts, desired_direction="'increase'", prior_lift_mean=none, prior_lift_sd=none, confidence_level=none
) %}
  {%- set prior_mean = prior_lift_mean if prior_lift_mean is not none else feedlift.setting('prior_lift_mean') -%}
  {%- set prior_sd = prior_lift_sd if prior_lift_sd is not none else feedlift.setting('prior_lift_sd') -%}
  {%- set confidence = feedlift._confidence('effect_posteriors', confidence_level) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- do feedlift._check_expression(
    'effect_posteriors', 'desired_direction', desired_direction, ['increase', 'decrease']
  ) -%}
  {%- set is_flat = prior_sd == 'flat' -%}
  {%- if not is_flat and (prior_sd is not number or prior_sd is boolean or prior_sd <= 0) -%}
    {{ exceptions.raise_compiler_error(
      "effect_posteriors: prior_lift_sd is '" ~ prior_sd ~ "'; write a number above 0, or flat."
    ) }}
  {%- endif -%}
with judged as (

    select
        {{ feedlift.all_columns_but(feedlift._made_columns('effect_posteriors')) }},
        case when {{ desired_direction }} = 'decrease' then -1e0 else 1e0 end as posterior_benefit_sign,
        case
            when null_reason is not null then null_reason
            when coalesce({{ desired_direction }}, 'increase') not in ('increase', 'decrease') then 'unknown_direction'
            when estimate_se is null or estimate_se <= 0 then 'no_standard_error'
            {%- if not is_flat %}
            when control_value is null or control_value <= 0 then 'control_not_positive'
            when
                not coalesce(
                    estimate_se / nullif(cast({{ prior_sd }} as {{ double }}) * control_value, 0e0) <= 1e70
                    and abs(cast({{ prior_mean }} as {{ double }}) * control_value) <= 1e70, false
                )
                then 'out_of_range'
            {%- endif %}
        end as posterior_null_reason
    from {{ contrasts }}

),

shrunk as (

    select
        *,
        {%- if is_flat %}
        case when posterior_null_reason is null then 1e0 end as posterior_shrinkage
        {%- else %}
        case
            when posterior_null_reason is null
                then
                    1e0 / (
                        1e0 + power(estimate_se / (cast({{ prior_sd }} as {{ double }}) * control_value), 2)
                    )
        end as posterior_shrinkage
        {%- endif %}
    from judged

),

moments as (

    select
        *,
        {%- if is_flat %}
        posterior_shrinkage * estimate as posterior_mean,
        {%- else %}
        (1e0 - posterior_shrinkage) * cast({{ prior_mean }} as {{ double }}) * control_value
        + posterior_shrinkage * estimate as posterior_mean,
        {%- endif %}
        estimate_se * sqrt(posterior_shrinkage) as posterior_sd,
        cast({{ (1 - confidence) / 2 }} as {{ double }}) as posterior_tail_probability
    from shrunk

),

deviates as (

    select
        *,
        posterior_benefit_sign * posterior_mean / posterior_sd as posterior_z,
        -({{ feedlift.normal_quantile('posterior_tail_probability') }}) as posterior_z_critical
    from moments

),

final as (

    select
        *,
        {{ feedlift.normal_cdf('posterior_z') }} as chance_to_beat_control,
        posterior_sd * ({{ feedlift.normal_loss('posterior_z') }}) as expected_loss,
        posterior_mean - posterior_z_critical * posterior_sd as credible_lower,
        posterior_mean + posterior_z_critical * posterior_sd as credible_upper
    from deviates

)

select * from final
{% endmacro %}
