{#- Algorithm AS241, routine PPND16 (Wichura 1988): one rational function for the centre, two for the tails. -#}
{% macro normal_quantile(p) %}
  {%- set stand_in = feedlift._lint_stand_in('normal_quantile', [p]) -%}
  {%- if stand_in -%}{{ return(stand_in) }}{%- endif -%}
  {%- set p = "(" ~ p ~ ")" -%}
  {%- set centre = "(" ~ p ~ " - 5e-1)" -%}
  {%- set centre_variable = "(1.80625e-1 - " ~ centre ~ " * " ~ centre ~ ")" -%}
  {%- set root = "sqrt(-ln(least(" ~ p ~ ", 1e0 - " ~ p ~ ")))" -%}
  {%- set near_variable = "(" ~ root ~ " - 1.6e0)" -%}
  {%- set far_variable = "(" ~ root ~ " - 5e0)" -%}
  {%- set centre_numerator = [
    "3.3871328727963666080e0", "1.3314166789178437745e+2", "1.9715909503065514427e+3", "1.3731693765509461125e+4",
    "4.5921953931549871457e+4", "6.7265770927008700853e+4", "3.3430575583588128105e+4", "2.5090809287301226727e+3",
  ] -%}
  {%- set centre_denominator = [
    "1e0", "4.2313330701600911252e+1", "6.8718700749205790830e+2", "5.3941960214247511077e+3",
    "2.1213794301586595867e+4", "3.9307895800092710610e+4", "2.8729085735721942674e+4", "5.2264952788528545610e+3",
  ] -%}
  {%- set near_numerator = [
    "1.42343711074968357734e0", "4.63033784615654529590e0", "5.76949722146069140550e0", "3.64784832476320460504e0",
    "1.27045825245236838258e0", "2.41780725177450611770e-1", "2.27238449892691845833e-2", "7.74545014278341407640e-4",
  ] -%}
  {%- set near_denominator = [
    "1e0", "2.05319162663775882187e0", "1.67638483018380384940e0", "6.89767334985100004550e-1",
    "1.48103976427480074590e-1", "1.51986665636164571966e-2", "5.47593808499534494600e-4", "1.05075007164441684324e-9",
  ] -%}
  {%- set far_numerator = [
    "6.65790464350110377720e0", "5.46378491116411436990e0", "1.78482653991729133580e0", "2.96560571828504891230e-1",
    "2.65321895265761230930e-2", "1.24266094738807843860e-3", "2.71155556874348757815e-5", "2.01033439929228813265e-7",
  ] -%}
  {%- set far_denominator = [
    "1e0", "5.99832206555887937690e-1", "1.36929880922735805310e-1", "1.48753612908506148525e-2",
    "7.86869131145613259100e-4", "1.84631831751005468180e-5", "1.42151175831644588870e-7", "2.04426310338993978564e-15",
  ] -%}
case
    when {{ p }} <= 0e0 or {{ p }} >= 1e0 then null
    when abs({{ centre }}) <= 4.25e-1 then
        {{ centre }} * {{ feedlift._polynomial(centre_numerator, centre_variable) }}
        / {{ feedlift._polynomial(centre_denominator, centre_variable) }}
    when {{ root }} <= 5e0 then
        sign({{ centre }}) * {{ feedlift._polynomial(near_numerator, near_variable) }}
        / {{ feedlift._polynomial(near_denominator, near_variable) }}
    else
        sign({{ centre }}) * {{ feedlift._polynomial(far_numerator, far_variable) }}
        / {{ feedlift._polynomial(far_denominator, far_variable) }}
end
{%- endmacro %}
