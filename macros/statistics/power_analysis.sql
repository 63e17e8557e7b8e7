{#-
  What a test can see: by the normal approximation, the tail on the wrong side left out. With V the variance of the
  difference times the units of both arms (variance_of_difference), z_c the critical value, z_p the normal quantile of
  the power, and d the effect towards the alternative: |effect|, or effect where the test is for greater, -effect for
  less,
    minimum detectable effect  (z_c + z_p) SE                  power  P(Z > z_c - d / SE)
    needed units of both arms  N = (z_c + z_p)^2 V / d^2       where d > 0; else no number is enough
  In the always-valid test z_c is the multiplier of the confidence sequence, which itself depends on N. So the last line
  is an equation, solved in ln N by Newton's method: its slope lies between .8 and 2.1 everywhere, and from the start
  below four steps are exact to the last digits.
-#}
{% macro power_analysis(
  relation, effect, variance, standard_error='null', unit_count='null', test='fixed_horizon', planned_unit_count=none,
  confidence_level=none, power=none, alternative='two-sided'
) %}
  {%- set confidence = feedlift._confidence('power_analysis', confidence_level) -%}
  {%- set wanted_power = feedlift.setting('power') if power is none
      else feedlift._probability('power_analysis', 'power', power) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- if test not in ['fixed_horizon', 'always_valid'] -%}
    {{ exceptions.raise_compiler_error(
      "power_analysis: the test is '" ~ test ~ "'; write fixed_horizon or always_valid."
    ) }}
  {%- elif alternative not in ['two-sided', 'greater', 'less'] -%}
    {{ exceptions.raise_compiler_error(
      "power_analysis: the alternative is '" ~ alternative ~ "'; write two-sided, greater or less."
    ) }}
  {%- elif test == 'always_valid' and alternative != 'two-sided' -%}
    {{ exceptions.raise_compiler_error(
      "power_analysis: the always-valid test is two-sided, and the alternative is '" ~ alternative ~ "'; leave it out."
    ) }}
  {%- elif test == 'always_valid' and planned_unit_count is none -%}
    {{ exceptions.raise_compiler_error(
      "power_analysis: the always-valid test is made for a number of users; give it as planned_unit_count."
    ) }}
  {%- elif wanted_power <= 1 - confidence or wanted_power >= 1 -%}
    {{ exceptions.raise_compiler_error(
      "power_analysis: the power is " ~ wanted_power ~ "; write a number above 1 - confidence level and below 1."
    ) }}
  {%- endif -%}
  {%- set tails = 2 if alternative == 'two-sided' else 1 -%}
  {%- set effect_towards_alternative = {
    'two-sided': 'abs(' ~ effect ~ ')', 'greater': '(' ~ effect ~ ')', 'less': '(-(' ~ effect ~ '))',
  }[alternative] -%}
with assumptions as (

    select
        {{ feedlift.all_columns_but(feedlift._made_columns('power_analysis')) }},
        case
            when {{ standard_error }} between 1e-70 and 1e70 then cast({{ standard_error }} as {{ double }})
        end as power_standard_error,
        case when {{ unit_count }} > 0 then cast({{ unit_count }} as {{ double }}) end as power_unit_count,
        case
            when {{ variance }} between 1e-140 and 1e140 and {{ effect_towards_alternative }} between 1e-70 and 1e70
                then
                    sqrt(cast({{ variance }} as {{ double }}))
                    / cast({{ effect_towards_alternative }} as {{ double }})
        end as power_noise,
        {{ feedlift._in_range('cast(' ~ effect_towards_alternative ~ ' as ' ~ double ~ ')') }} as power_effect,
        {%- if test == 'always_valid' %}
        cast({{ planned_unit_count }} as {{ double }}) as power_planned_unit_count,
        {%- endif %}
        case
            when not coalesce(abs({{ effect }}) between 1e-70 and 1e70, false) then 'no_effect'
            when not {{ effect_towards_alternative }} > 0 then 'effect_against_alternative'
            when not coalesce({{ variance }} between 1e-140 and 1e140, false) then 'no_variance'
            {%- if test == 'always_valid' %}
            when not coalesce({{ planned_unit_count }} > 0, false) then 'no_planned_unit_count'
            {%- endif %}
        end as power_null_reason,
        cast({{ wanted_power }} as {{ double }}) as wanted_power,
        cast({{ (1 - confidence) / tails }} as {{ double }}) as power_tail_probability
    from {{ relation }}

),

quantiles as (

    select
        *,
        {{ feedlift.normal_quantile('wanted_power') }} as power_quantile,
        {%- if test == 'fixed_horizon' %}
        -({{ feedlift.normal_quantile('power_tail_probability') }}) as critical_value
        {%- else %}
        {{ feedlift.confidence_sequence_multiplier('power_unit_count', 'power_planned_unit_count', confidence) }}
            as critical_value
        {%- endif %}
    from assumptions

),

needed_units_0 as (

    select
        *,
        critical_value - power_effect / power_standard_error as power_deficit,
        {%- if test == 'fixed_horizon' %}
        power((critical_value + power_quantile) * power_noise, 2) as needed_units
        {%- else %}
        power(
            (sqrt(-2e0 * ln(power_tail_probability * {{ tails }})) + greatest(power_quantile, 0e0)) * power_noise, 2
        ) as needed_units_0
        {%- endif %}
    from quantiles

),
{% if test == 'always_valid' -%}
{% for step in [1, 2, 3, 4] -%}
{%- set before = 'needed_units_' ~ (step - 1) %}
multipliers_{{ step }} as (

    select
        *,
        {{ feedlift.confidence_sequence_multiplier(before, 'power_planned_unit_count', confidence) }}
            as power_multiplier_{{ step }},
        {{ feedlift._mixture_information(before, 'power_planned_unit_count', 1 - confidence) }}
            as power_information_{{ step }}
    from needed_units_{{ step - 1 }}

),

needed_units_{{ step }} as (

    select
        *,
        {{ before }} * exp(
            2e0 * ln((power_multiplier_{{ step }} + power_quantile) * power_noise / sqrt({{ before }}))
            / (
                1e0
                - (
                    1e0
                    - power_multiplier_{{ step }} * power_multiplier_{{ step }} / (1e0 + power_information_{{ step }})
                )
                / (power_multiplier_{{ step }} * (power_multiplier_{{ step }} + power_quantile))
            )
        ) as {{ 'needed_units' if step == 4 else 'needed_units_' ~ step }}
    from multipliers_{{ step }}

),
{% endfor -%}
{% endif %}
final as (

    select
        *,
        (critical_value + power_quantile) * power_standard_error as minimum_detectable_effect,
        {{ feedlift.normal_survival('power_deficit') }} as power_at_effect
    from needed_units_{{ 4 if test == 'always_valid' else 0 }}

)

select * from final
{% endmacro %}
