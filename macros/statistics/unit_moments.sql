{#-
  Sufficient statistics of metrics, from a table with one row per unit (user). Two passes over the table, however many
  metrics: the pooled mean of every variable, then the moments of values centred on it. Without centring, the variance
  of values around 1e9 loses eight digits, and sum(x^2) - n * mean^2 turns negative.
-#}
{% macro unit_moments(relation, group_by, metrics, center_by=[], segments=[]) %}
  {%- set stand_in = feedlift._lint_stand_in('unit_moments', []) -%}
  {%- if stand_in -%}{{ return("select " ~ stand_in ~ " as left_out from " ~ relation) }}{%- endif -%}
  {%- do feedlift._check_keys('unit_moments with segments' if segments else 'unit_moments', group_by) -%}
  {%- do feedlift._check_keys('unit_moments', center_by) -%}
  {%- do feedlift._check_keys('unit_moments', segments) -%}
  {%- do feedlift._check_metrics('unit_moments', metrics) -%}
  {%- set parts = feedlift._moment_parts(feedlift._covariate_count(metrics)) -%}
  {%- set letters = parts.values() | list -%}
  {%- set covariate_letters = letters[2:] -%}
  {%- set variables = {} -%}
  {%- for name, metric in metrics.items() -%}
    {%- set index = loop.index0 -%}
    {%- for part, letter in parts.items() if metric.get(part) is not none -%}
      {%- do variables.update({letter ~ index: metric[part]}) -%}
    {%- endfor -%}
    {%- for covariate in metric.get('covariates', []) -%}
      {%- do variables.update({'x_' ~ (loop.index + 1) ~ '_' ~ index: covariate['numerator']}) -%}
      {%- if covariate.get('denominator') is not none -%}
        {%- do variables.update({'w_' ~ (loop.index + 1) ~ '_' ~ index: covariate['denominator']}) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- set unknown = 'cast(null as ' ~ feedlift.data_type('double') ~ ')' -%}
with units as {{ feedlift.not_materialized() }} (

    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {%- for segment in segments %}
        segment_{{ segment }},
        {%- endfor %}
        {%- for variable, expression in variables.items() %}
        cast({{ expression }} as {{ feedlift.data_type('double') }}) as {{ variable }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}

),

-- A value whose square could overflow has no centre, and so no moment around it: an infinity would stop the build.
centres as (

    select
        {%- for column in center_by %}
        {{ column }},
        {%- endfor %}
        {%- for variable in variables %}
        case when max(abs({{ variable }})) <= 1e70 then avg({{ variable }}) end as {{ variable }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from units
    {%- if center_by %}
    group by {{ center_by | join(', ') }}
    {%- endif %}

),

-- A unit counts in a metric where its outcome is known, in the numerator and the denominator alike: means over
-- different units would make a ratio of neither. A unit without history stays in with covariates of zero.
known_units as (

    select
        {%- for column in group_by %}
        units.{{ column }},
        {%- endfor %}
        {%- for segment in segments %}
        units.segment_{{ segment }},
        {%- endfor %}
        {%- for name, metric in metrics.items() %}
        {%- set i = loop.index0 %}
        {%- set is_known = 'units.y' ~ i ~ ' is not null' %}
        {%- if 'd' ~ i in variables %}
        {%- set is_known = is_known ~ ' and units.d' ~ i ~ ' is not null' %}
        {%- endif %}
        {%- for letter in ['y', 'd'] if letter ~ i in variables %}
        case when {{ is_known }} then units.{{ letter }}{{ i }} end as {{ letter }}{{ i }},
        {%- endfor %}
        {%- for letter in covariate_letters if letter ~ i in variables %}
        case
            when {{ is_known }} and centres.{{ letter }}{{ i }} is not null
                then coalesce(units.{{ letter }}{{ i }}, 0e0)
        end as {{ letter }}{{ i }},
        {%- endfor %}
        {%- endfor %}
        {%- for variable in variables %}
        centres.{{ variable }} as {{ variable }}_centre{{ ',' if not loop.last }}
        {%- endfor %}
    from units
    {%- if center_by %}
    inner join centres
        on
            {%- for column in center_by %}
            {{ 'and ' if not loop.first }}{{ feedlift.is_same('units.' ~ column, 'centres.' ~ column) }}
            {%- endfor %}
    {%- else %}
    cross join centres
    {%- endif %}

),

-- Plain means, and everything else around the centre: an arm of zeros must have the mean 0, not 1e-19 left over from
-- adding the centre back, which would make an enormous lift of it.
wide_moments as (

    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {%- for segment in segments %}
        segment_{{ segment }},
        grouping(segment_{{ segment }}) as is_over_all_{{ segment }},
        {%- endfor %}
        {%- for name, metric in metrics.items() %}
        {%- set i = loop.index0 %}
        {%- set centred_y = '(y' ~ i ~ ' - y' ~ i ~ '_centre)' %}
        count(y{{ i }}) as y{{ i }}_count,
        count(case when y{{ i }} <> 0 then 1 end) as y{{ i }}_nonzero,
        avg({{ centred_y }}) as y{{ i }}_first_power,
        avg({{ centred_y }} * {{ centred_y }}) as y{{ i }}_square,
        avg({{ centred_y }} * {{ centred_y }} * {{ centred_y }}) as y{{ i }}_cube,
        {%- for letter in letters if letter ~ i in variables %}
        {{ feedlift.precise_mean(letter ~ i) }} as {{ letter }}{{ i }}_mean,
        var_samp({{ letter }}{{ i }} - {{ letter }}{{ i }}_centre) as {{ letter }}{{ i }}_variance,
        {%- endfor %}
        {%- for a, b in feedlift._pairs(letters) if a ~ i in variables and b ~ i in variables %}
        covar_samp({{ a }}{{ i }} - {{ a }}{{ i }}_centre, {{ b }}{{ i }} - {{ b }}{{ i }}_centre)
            as {{ a }}{{ b }}{{ i }}_covariance,
        {%- endfor %}
        {%- endfor %}
        count(*) as row_count
    from known_units
    {%- if group_by or segments %}
    group by
        {%- if segments %}
        grouping sets (
            ({{ group_by | join(', ') }})
            {%- for segment in segments %},
            ({{ group_by | join(', ') }}, segment_{{ segment }})
            {%- endfor %}
        )
        {%- else %}
        {{ group_by | join(', ') }}
        {%- endif %}
    {%- endif %}

),

final as (

    {%- for name, metric in metrics.items() %}
    {%- set i = loop.index0 %}
    {%- set is_ratio = metric.get('denominator') is not none %}
    {{ 'union all' if not loop.first }}
    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {%- if segments %}
        case
            {%- for segment in segments %}
            when is_over_all_{{ segment }} = 0 then '{{ segment }}'
            {%- endfor %}
            else 'all'
        end as segment,
        case
            {%- for segment in segments %}
            when is_over_all_{{ segment }} = 0 then segment_{{ segment }}
            {%- endfor %}
            else 'all'
        end as segment_value,
        {%- endif %}
        {{ feedlift.literals([name]) }} as metric,
        {{ is_ratio | string | lower }} as is_ratio,
        y{{ i }}_count as unit_count,
        y{{ i }}_nonzero as nonzero_unit_count,
        {{ feedlift._in_range('y' ~ i ~ '_mean') }} as numerator_mean,
        y{{ i }}_variance as numerator_variance,
        y{{ i }}_cube - 3 * y{{ i }}_first_power * y{{ i }}_square
        + 2 * y{{ i }}_first_power * y{{ i }}_first_power * y{{ i }}_first_power as numerator_third_moment,
        {%- for part, letter in parts.items() if letter != 'y' %}
        {%- set is_denominator = part.startswith('denominator') %}
        {%- if letter ~ i in variables %}
        {{ feedlift._in_range(letter ~ i ~ '_mean') }} as {{ part }}_mean,
        {{ letter }}{{ i }}_variance as {{ part }}_variance,
        {%- else %}
        {{ '1e0' if is_denominator else unknown }} as {{ part }}_mean,
        {{ '0e0' if is_denominator else unknown }} as {{ part }}_variance,
        {%- endif %}
        {%- endfor %}
        {%- for first, second in feedlift._pairs(parts) %}
        {%- set a, b = parts[first], parts[second] %}
        {{ a ~ b ~ i ~ '_covariance' if a ~ i in variables and b ~ i in variables else '0e0' }}
            as {{ first }}_{{ second }}_covariance
        {{- ',' if not loop.last }}
        {%- endfor %}
    from wide_moments
    {%- endfor %}

)

select * from final
{% endmacro %}
