{#-
  Sufficient statistics of metrics, from a table with one row per unit (user). Two passes over the table, however many
  metrics: the pooled mean of every variable, then the moments of values centred on it. Without centring, the variance
  of values around 1e9 loses eight digits, and sum(x^2) - n * mean^2 turns negative.

  With segments every unit is aggregated once for each, in buckets where the warehouse gains by it, and everyone is put
  together from the values of the first one, which costs no pass over the units.
-#}
{% macro unit_moments(relation, group_by, metrics, center_by=[], segments=[]) %}
  {%- set stand_in = feedlift._lint_stand_in('unit_moments', []) -%}
  {%- if stand_in -%}{{ return("select " ~ stand_in ~ " as left_out from " ~ relation) }}{%- endif -%}
  {%- do feedlift._check_keys('unit_moments with segments' if segments else 'unit_moments', group_by) -%}
  {%- do feedlift._check_keys('unit_moments', center_by) -%}
  {%- do feedlift._check_keys('unit_moments', segments) -%}
  {%- do feedlift._check_metrics('unit_moments', metrics) -%}
  {%- if segments and not group_by -%}
    {{ exceptions.raise_compiler_error(
      "unit_moments: there are segments and no group_by; name the columns to group by, ['arm'] for one."
    ) }}
  {%- endif -%}
  {%- for column in center_by if column not in group_by -%}
    {{ exceptions.raise_compiler_error(
      "unit_moments: center_by names '" ~ column ~ "', which is not among group_by; add it there, or leave it out."
    ) }}
  {%- endfor -%}
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
  {%- set hashed = [] -%}
  {%- for segment in segments -%}
    {%- do hashed.append('units.segment_' ~ segment) -%}
  {%- endfor -%}
  {#- A hash of all variables would cost more than it spreads. -#}
  {%- for variable in (variables | list)[:6] -%}
    {%- do hashed.append('units.' ~ variable) -%}
  {%- endfor -%}
  {%- set bucket = feedlift.aggregation_bucket(hashed, 'centres.row_count') if segments else none -%}
  {%- set portion_keys = (group_by + ['aggregation_bucket'] if bucket else group_by) | join(', ') -%}
  {%- set keys = group_by + (['segment', 'segment_value'] if segments else []) + ['metric'] -%}
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
        {%- if bucket %},
        count(*) as row_count
        {%- endif %}
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
        {%- if bucket %}
        {{ bucket }} as aggregation_bucket,
        {%- endif %}
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

-- Plain sums, and everything else around the centre: an arm of zeros must have the mean 0, not 1e-19 left over from
-- adding the centre back, which would make an enormous lift of it. The mean of values that do not vary is one of them:
-- averages that are not compensated, each off by a rounding of its own, would leave a variance between portions.
portions as (

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
        count(y{{ i }}) as y{{ i }}_count,
        count(case when y{{ i }} <> 0 then 1 end) as y{{ i }}_nonzero,
        {%- set centred_y = '(y' ~ i ~ ' - y' ~ i ~ '_centre)' %}
        avg({{ centred_y }} * {{ centred_y }} * {{ centred_y }}) as y{{ i }}_cube,
        {%- for a, b in feedlift._pairs(letters) if a ~ i in variables and b ~ i in variables %}
        covar_samp({{ a }}{{ i }} - {{ a }}{{ i }}_centre, {{ b }}{{ i }} - {{ b }}{{ i }}_centre)
            as {{ a }}{{ b }}{{ i }}_covariance,
        {%- endfor %}
        {%- endfor %}
        {%- for variable in variables %}
        {%- set centred = variable ~ ' - ' ~ variable ~ '_centre' %}
        {{ feedlift.precise_sum(variable) }} as {{ variable }}_total,
        {%- if segments or variable.startswith('y') %}
        case
            when var_samp({{ centred }}) = 0 then {{ feedlift.any_known_value(centred) }}
            else {{ feedlift.precise_mean(centred) }}
        end as {{ variable }}_mean,
        {%- endif %}
        var_samp({{ centred }}) as {{ variable }}_variance{{ ',' if not loop.last }}
        {%- endfor %}
    from known_units
    {%- if segments %}
    group by
        grouping sets (
            {%- for segment in segments %}
            ({{ portion_keys }}, segment_{{ segment }}){{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- elif group_by %}
    group by {{ portion_keys }}
    {%- endif %}

),

{%- if segments %}

-- Every unit has one value of a segment, null among them: those of the first one are everyone, too.
portions_of_everyone_too as (

    select *
    from portions
    cross join (select false as is_everyone union all select true as is_everyone) as everyone
    where not is_everyone or is_over_all_{{ segments[0] }} = 0

),
{%- endif %}

long_portions as (

    {%- for name, metric in metrics.items() %}
    {%- set i = loop.index0 %}
    {%- set y = 'y' ~ i %}
    {{ 'union all' if not loop.first }}
    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {%- if segments %}
        case
            when is_everyone then 'all'
            {%- for segment in segments %}
            when is_over_all_{{ segment }} = 0 then '{{ segment }}'
            {%- endfor %}
        end as segment,
        case
            when is_everyone then 'all'
            {%- for segment in segments %}
            when is_over_all_{{ segment }} = 0 then segment_{{ segment }}
            {%- endfor %}
        end as segment_value,
        {%- endif %}
        {{ feedlift.literals([name]) }} as metric,
        {{ (metric.get('denominator') is not none) | string | lower }} as is_ratio,
        {{ y }}_count as unit_count,
        {{ y }}_nonzero as nonzero_unit_count,
        {%- for part, letter in parts.items() %}
        {%- set variable = letter ~ i %}
        {%- set is_one = variable not in variables and part.startswith('denominator') %}
        {%- for figure, of_one in [('total', y ~ '_count'), ('mean', '1e0'), ('variance', '0e0')]
            if segments or figure != 'mean' %}
        {{ variable ~ '_' ~ figure if variable in variables else of_one if is_one else unknown }}
            as {{ part }}_{{ 'centred_mean' if figure == 'mean' else figure }},
        {%- endfor %}
        {%- endfor %}
        {%- for first, second in feedlift._pairs(parts) %}
        {%- set a, b = parts[first], parts[second] %}
        {{ a ~ b ~ i ~ '_covariance' if a ~ i in variables and b ~ i in variables else '0e0' }}
            as {{ first }}_{{ second }}_covariance,
        {%- endfor %}
        {{ y }}_cube - {{ y }}_mean * {{ y }}_mean * {{ y }}_mean
        - 3 * {{ y }}_mean * coalesce({{ y }}_variance * ({{ y }}_count - 1) / nullif({{ y }}_count, 0), 0)
            as numerator_third_moment
    from {{ 'portions_of_everyone_too' if segments else 'portions' }}
    {%- endfor %}

),

{%- if segments %}

merged_portions as (

    {{ feedlift._merged_moments('long_portions', keys, parts) | indent(4) }}

),
{%- endif %}

final as (

    select
        {{ keys | join(', ') }},
        is_ratio,
        unit_count,
        nonzero_unit_count,
        {%- for part in parts %}
        {%- set mean = part ~ ('_mean' if segments else '_total / nullif(unit_count, 0)') %}
        {{ feedlift._in_range(mean) }} as {{ part }}_mean,
        {{ part }}_variance,
        {%- if part == 'numerator' %}
        numerator_third_moment,
        {%- endif %}
        {%- endfor %}
        {%- for first, second in feedlift._pairs(parts) %}
        {{ first }}_{{ second }}_covariance{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ 'merged_portions' if segments else 'long_portions' }}

)

select * from final
{% endmacro %}
