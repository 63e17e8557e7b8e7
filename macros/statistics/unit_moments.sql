{#-
  Sufficient statistics of metrics, from a table with one row per unit (user). Two passes over the table, however many
  metrics: the pooled mean of every variable, then the moments of values centred on it. Without centring, the variance
  of values around 1e9 loses eight digits, and sum(x^2) - n * mean^2 turns negative.
-#}
{% macro unit_moments(relation, group_by, metrics, center_by=[], segments=[]) %}
  {%- set variables = {} -%}
  {%- for name, metric in metrics.items() -%}
    {%- set index = loop.index0 -%}
    {%- for part, letter in [
      ('numerator', 'y'), ('denominator', 'd'), ('numerator_covariate', 'x'), ('denominator_covariate', 'w'),
    ] if metric.get(part) is not none -%}
      {%- do variables.update({letter ~ index: metric[part]}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- set unknown = 'cast(null as ' ~ feedlift.data_type('double') ~ ')' -%}
with units as (

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

centres as (

    select
        {%- for column in center_by %}
        {{ column }},
        {%- endfor %}
        {%- for variable in variables %}
        avg({{ variable }}) as {{ variable }}{{ ',' if not loop.last }}
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
        {%- for letter in ['x', 'w'] if letter ~ i in variables %}
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
        {%- for letter in ['y', 'd', 'x', 'w'] if letter ~ i in variables %}
        {{ feedlift.precise_mean(letter ~ i) }} as {{ letter }}{{ i }}_mean,
        var_samp({{ letter }}{{ i }} - {{ letter }}{{ i }}_centre) as {{ letter }}{{ i }}_variance,
        {%- endfor %}
        {%- for a, b in [('y', 'd'), ('y', 'x'), ('y', 'w'), ('d', 'x'), ('d', 'w'), ('x', 'w')]
            if a ~ i in variables and b ~ i in variables %}
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
        '{{ name }}' as metric,
        {{ is_ratio | string | lower }} as is_ratio,
        y{{ i }}_count as unit_count,
        y{{ i }}_nonzero as nonzero_unit_count,
        y{{ i }}_mean as numerator_mean,
        y{{ i }}_variance as numerator_variance,
        y{{ i }}_cube - 3 * y{{ i }}_first_power * y{{ i }}_square
        + 2 * y{{ i }}_first_power * y{{ i }}_first_power * y{{ i }}_first_power as numerator_third_moment,
        {%- for letter, part, constant in [
            ('d', 'denominator', '1e0'), ('x', 'numerator_covariate', unknown), ('w', 'denominator_covariate', '1e0'),
        ] %}
        {%- if letter ~ i in variables %}
        {{ letter }}{{ i }}_mean as {{ part }}_mean,
        {{ letter }}{{ i }}_variance as {{ part }}_variance,
        {%- else %}
        {{ constant }} as {{ part }}_mean,
        {{ '0e0' if constant == '1e0' else constant }} as {{ part }}_variance,
        {%- endif %}
        {%- endfor %}
        {%- for a, b, first, second in [
            ('y', 'd', 'numerator', 'denominator'),
            ('y', 'x', 'numerator', 'numerator_covariate'),
            ('y', 'w', 'numerator', 'denominator_covariate'),
            ('d', 'x', 'denominator', 'numerator_covariate'),
            ('d', 'w', 'denominator', 'denominator_covariate'),
            ('x', 'w', 'numerator_covariate', 'denominator_covariate'),
        ] %}
        {%- set is_known = a ~ i in variables and b ~ i in variables %}
        {{ a ~ b ~ i ~ '_covariance' if is_known else '0e0' }} as {{ first }}_{{ second }}_covariance
        {{- ',' if not loop.last }}
        {%- endfor %}
    from wide_moments
    {%- endfor %}

)

select * from final
{% endmacro %}
