{#-
  The moments of metrics after dividing the same units at random into two arms, again and again: an A/A test repeated.
  Units times replications never stand anywhere. Per replication only sums over the treated are taken, in one streaming
  aggregate; what is not treated is control, so that its sums are the totals less those. Values are centred on the mean
  of all units, as in unit_moments: the mean of an arm is then near 0, and little cancels in sum(y^2) - sum(y)^2 / n.
-#}
{% macro rerandomised_moments(relation, unit, metrics, replications, treatment_share=0.5, seed=1, group_by=[]) %}
  {%- if replications is not integer or replications < 1 -%}
    {{ exceptions.raise_compiler_error(
      "rerandomised_moments: replications is '" ~ replications ~ "'; set it to a whole number, at least 1."
    ) }}
  {%- elif treatment_share is not number or treatment_share <= 0 or treatment_share > 0.5 -%}
    {{ exceptions.raise_compiler_error(
      "rerandomised_moments: treatment_share is '" ~ treatment_share ~ "'; set it to a number above 0 and at most 0.5."
    ) }}
  {%- endif -%}
  {%- set parts = feedlift._moment_parts(feedlift._covariate_count(metrics)) -%}
  {%- set variables = {} -%}
  {%- for metric in metrics.values() -%}
    {%- set i = loop.index0 -%}
    {%- for part, expression in feedlift._metric_variables(metric).items() -%}
      {%- do variables.update({parts[part] ~ i: expression}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {#- Every aggregate of the centred values by its name, and by variable the name of its sum of squares. -#}
  {%- set sums = {} -%}
  {%- set squares = {} -%}
  {%- for metric in metrics.values() -%}
    {%- set i = loop.index0 -%}
    {%- set y = 'y' ~ i -%}
    {%- set letters = [] -%}
    {%- for letter in parts.values() if letter ~ i in variables -%}
      {%- do letters.append(letter) -%}
    {%- endfor -%}
    {%- do sums.update({
      y ~ '_count': 'count(' ~ y ~ ')',
      y ~ '_nonzero': 'count(case when is_nonzero' ~ i ~ ' then 1 end)',
      'yyy' ~ i: 'sum(' ~ y ~ ' * ' ~ y ~ ' * ' ~ y ~ ')',
    }) -%}
    {%- for letter in letters -%}
      {%- set variable = letter ~ i -%}
      {%- set square = letter ~ variable -%}
      {%- do sums.update({
        variable: 'sum(' ~ variable ~ ')', square: 'sum(' ~ variable ~ ' * ' ~ variable ~ ')',
      }) -%}
      {%- do squares.update({variable: square}) -%}
    {%- endfor -%}
    {%- for a, b in feedlift._pairs(letters) -%}
      {%- do sums.update({a ~ b ~ i: 'sum(' ~ a ~ i ~ ' * ' ~ b ~ i ~ ')'}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set unknown = 'cast(null as ' ~ double ~ ')' -%}
with units as (

    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {{ feedlift.random_start(unit, seed) }} as random_start,
        {{ feedlift.random_step(unit, seed) }} as random_step,
        {%- for variable, expression in variables.items() %}
        cast({{ expression }} as {{ double }}) as {{ variable }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}

),

centres as (

    select
        {%- for variable in variables %}
        avg({{ variable }}) as {{ variable }}{{ ',' if not loop.last }}
        {%- endfor %}
    from units

),

-- As in unit_moments: a unit counts where its outcome is known, and stays in without history.
centred as (

    select
        {%- for column in group_by %}
        units.{{ column }},
        {%- endfor %}
        units.random_start,
        units.random_step,
        {%- for metric in metrics %}
        {%- set i = loop.index0 %}
        {%- set is_known = 'units.y' ~ i ~ ' is not null' %}
        {%- if 'd' ~ i in variables %}
        {%- set is_known = is_known ~ ' and units.d' ~ i ~ ' is not null' %}
        {%- endif %}
        {%- for letter in parts.values() if letter ~ i in variables %}
        {%- set variable = letter ~ i %}
        {%- if letter in ['y', 'd'] %}
        case when {{ is_known }} then units.{{ variable }} - centres.{{ variable }} end as {{ variable }},
        {%- else %}
        case
            when {{ is_known }} and centres.{{ variable }} is not null
                then coalesce(units.{{ variable }}, 0e0) - centres.{{ variable }}
        end as {{ variable }},
        {%- endif %}
        {%- endfor %}
        {{ is_known }} and units.y{{ i }} <> 0 as is_nonzero{{ i }}{{ ',' if not loop.last }}
        {%- endfor %}
    from units
    cross join centres

),

totals as (

    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {%- for name, aggregate in sums.items() %}
        {{ aggregate }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from centred
    {%- if group_by %}
    group by {{ group_by | join(', ') }}
    {%- endif %}

),

treated as (

    select
        replicates.number as replicate,
        {%- for column in group_by %}
        centred.{{ column }},
        {%- endfor %}
        {%- for name, aggregate in sums.items() %}
        {{ aggregate }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from centred
    cross join {{ feedlift.number_series(replications) }} as replicates
    where {{ feedlift.is_below_share(
        feedlift.random_draw('centred.random_start', 'centred.random_step', 'replicates.number'), treatment_share
    ) }}
    group by
        replicates.number
        {%- for column in group_by %},
        centred.{{ column }}
        {%- endfor %}

),

-- A replication in which nobody is treated is one of the replications.
sides as (

    {%- for arm in ['treatment', 'control'] %}
    {{ 'union all' if not loop.first }}
    select
        replicates.number as replicate,
        {%- for column in group_by %}
        totals.{{ column }},
        {%- endfor %}
        '{{ arm }}' as arm,
        {%- for variable, square in squares.items() %}
        centres.{{ variable }} as {{ variable }}_centre,
        totals.{{ square }} as {{ variable }}_total_square,
        {%- endfor %}
        {%- for name in sums %}
        {% if arm == 'control' %}totals.{{ name }} - {% endif -%}
        case when treated.replicate is null then 0 else treated.{{ name }} end as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from totals
    cross join centres
    cross join {{ feedlift.number_series(replications) }} as replicates
    left join treated
        on
            replicates.number = treated.replicate
            {%- for column in group_by %}
            and {{ feedlift.is_same('totals.' ~ column, 'treated.' ~ column) }}
            {%- endfor %}
    {%- endfor %}

),

final as (

    {%- for name in metrics %}
    {%- set i = loop.index0 %}
    {%- set n = 'y' ~ i ~ '_count' %}
    {{ 'union all' if not loop.first }}
    select
        replicate,
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        arm,
        '{{ name }}' as metric,
        {{ ('d' ~ i in variables) | string | lower }} as is_ratio,
        y{{ i }}_count as unit_count,
        y{{ i }}_nonzero as nonzero_unit_count,
        yyy{{ i }} / nullif({{ n }}, 0)
        - 3 * (y{{ i }} / nullif({{ n }}, 0)) * (yy{{ i }} / nullif({{ n }}, 0))
        + 2 * (y{{ i }} / nullif({{ n }}, 0)) * (y{{ i }} / nullif({{ n }}, 0)) * (y{{ i }} / nullif({{ n }}, 0))
            as numerator_third_moment,
        {%- for part, letter in parts.items() %}
        {%- set is_denominator = part.startswith('denominator') %}
        {%- set v = letter ~ i %}
        {%- if v in variables %}
        {#- What rounding leaves of a mean or a variance of zero is zero. #}
        case
            when abs({{ v }}_centre + {{ v }} / nullif({{ n }}, 0)) > 1e-13 * abs({{ v }}_centre)
                then {{ v }}_centre + {{ v }} / nullif({{ n }}, 0)
            when {{ n }} > 0 and {{ v }}_centre is not null then 0e0
        end as {{ part }}_mean,
        case
            when {{ squares[v] }} - {{ v }} * {{ v }} / nullif({{ n }}, 0) > 1e-13 * {{ v }}_total_square
                then ({{ squares[v] }} - {{ v }} * {{ v }} / nullif({{ n }}, 0)) / nullif({{ n }} - 1, 0)
            when {{ n }} > 1 and {{ v }}_total_square is not null then 0e0
        end as {{ part }}_variance,
        {%- else %}
        {{ '1e0' if is_denominator else unknown }} as {{ part }}_mean,
        {{ '0e0' if is_denominator else unknown }} as {{ part }}_variance,
        {%- endif %}
        {%- endfor %}
        {%- for first, second in feedlift._pairs(parts) %}
        {%- set a, b = parts[first] ~ i, parts[second] ~ i %}
        {% if a in variables and b in variables -%}
        ({{ parts[first] ~ b }} - {{ a }} * {{ b }} / nullif({{ n }}, 0)) / nullif({{ n }} - 1, 0)
        {%- else -%}
        0e0
        {%- endif %} as {{ first }}_{{ second }}_covariance{{ ',' if not loop.last }}
        {%- endfor %}
    from sides
    {%- endfor %}

)

select * from final
{% endmacro %}


{#- The variables of a metric by their parts in a table of moments. -#}
{% macro _metric_variables(metric) %}
  {%- set variables = {} -%}
  {%- for part in ['numerator', 'denominator', 'numerator_covariate', 'denominator_covariate']
      if metric.get(part) is not none -%}
    {%- do variables.update({part: metric[part]}) -%}
  {%- endfor -%}
  {%- for covariate in metric.get('covariates', []) -%}
    {%- do variables.update({'numerator_covariate_' ~ (loop.index + 1): covariate['numerator']}) -%}
    {%- if covariate.get('denominator') is not none -%}
      {%- do variables.update({'denominator_covariate_' ~ (loop.index + 1): covariate['denominator']}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(variables) }}
{% endmacro %}
