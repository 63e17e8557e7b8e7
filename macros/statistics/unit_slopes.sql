{#-
  Each unit's contribution to the least-squares line over days since its start, one row per unit, from a table with
  rows per unit and day. A slope is taken of every unit, and not of the arms' daily means: these share their users, so
  that their errors come in runs, which least squares on them takes for a trend.
-#}
{% macro unit_slopes(relation, keys, day, metrics, day_count, first_day=0, within=[]) %}
  {%- do feedlift._check_keys('unit_slopes', keys) -%}
  {%- do feedlift._check_keys('unit_slopes', within) -%}
  {%- do feedlift._check_metrics('unit_slopes', metrics, ['numerator', 'denominator']) -%}
  {%- do feedlift._check_plain_names('unit_slopes', metrics) -%}
  {%- if day_count is not integer or day_count is boolean or day_count < 2 -%}
    {{ exceptions.raise_compiler_error(
      "unit_slopes: day_count is " ~ feedlift._as_written(day_count) ~ "; write a whole number of days, at least 2."
    ) }}
  {%- endif -%}
  {%- if first_day is not integer or first_day is boolean -%}
    {{ exceptions.raise_compiler_error(
      "unit_slopes: first_day is " ~ feedlift._as_written(first_day) ~ "; write the whole number of the first day."
    ) }}
  {%- endif -%}
  {%- for column in within if column not in keys -%}
    {{ exceptions.raise_compiler_error(
      "unit_slopes: within names '" ~ column ~ "', which is not among the keys; add it to them."
    ) }}
  {%- endfor -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set middle = first_day + (day_count - 1) / 2 -%}
  {%- set ratios = [] -%}
  {%- set variables = {} -%}
  {%- for name, metric in metrics.items() -%}
    {%- do variables.update({'y' ~ loop.index0: metric['numerator']}) -%}
    {%- if metric.get('denominator') is not none -%}
      {%- do ratios.append(loop.index0) -%}
      {%- do variables.update({'d' ~ loop.index0: metric['denominator']}) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set partition = 'partition by ' ~ within | join(', ') if within else '' -%}
with unit_days as (

    select
        {{ feedlift._leading_columns(keys) }}cast({{ day }} as {{ double }}) - ({{ '%.1fe0' % middle }}) as centred_day,
        {{ day }} between {{ first_day }} and {{ first_day + day_count - 1 }} as is_counted_day,
        {%- for variable, expression in variables.items() %}
        cast({{ expression }} as {{ double }}) as {{ variable }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}

),

-- Of a unit with a value that is not known, no sum is.
unit_sums as (

    select
        {{ feedlift._leading_columns(keys) }}
        {%- for variable in variables %}
        case
            when count({{ variable }}) = count(*) then sum(case when is_counted_day then {{ variable }} else 0e0 end)
        end as {{ variable }}_total,
        case
            when count({{ variable }}) = count(*)
                then sum(case when is_counted_day then centred_day * {{ variable }} else 0e0 end)
        end as {{ variable }}_by_day,
        {%- if variable.startswith('d') %}
        sum(case when is_counted_day then centred_day * centred_day * {{ variable }} else 0e0 end)
            as {{ variable }}_by_squared_day,
        {%- endif %}
        {%- endfor %}
        count(*) as row_count
    from unit_days
    {%- if keys %}
    group by {{ keys | join(', ') }}
    {%- endif %}

),
{% if ratios %}
-- What is left of a denominator on a single day is rounding: there is no line through it.
days_of_denominators as (

    select
        *,
        {%- for i in ratios %}
        {%- set known = 'case when y' ~ i ~ '_total is not null and d' ~ i ~ '_total is not null then ' %}
        avg({{ known }}d{{ i }}_total end) over ({{ partition }}) as d{{ i }}_mean,
        avg({{ known }}d{{ i }}_by_day end) over ({{ partition }})
        / nullif(avg({{ known }}d{{ i }}_total end) over ({{ partition }}), 0) as d{{ i }}_middle,
        avg({{ known }}d{{ i }}_by_squared_day end) over ({{ partition }}) as d{{ i }}_square,
        avg({{ known }}y{{ i }}_total end) over ({{ partition }}) as y{{ i }}_mean,
        avg({{ known }}y{{ i }}_by_day end) over ({{ partition }}) as y{{ i }}_product{{ ',' if not loop.last }}
        {%- endfor %}
    from unit_sums

),

spreads as (

    select
        *,
        {%- for i in ratios %}
        y{{ i }}_mean / nullif(d{{ i }}_mean, 0) as y{{ i }}_level,
        case
            when
                d{{ i }}_mean > 0
                and d{{ i }}_square - d{{ i }}_middle * d{{ i }}_middle * d{{ i }}_mean > 1e-10 * d{{ i }}_square
                then d{{ i }}_square - d{{ i }}_middle * d{{ i }}_middle * d{{ i }}_mean
        end as d{{ i }}_spread{{ ',' if not loop.last }}
        {%- endfor %}
    from days_of_denominators

),

lines as (

    select
        *,
        {%- for i in ratios %}
        (y{{ i }}_product - d{{ i }}_middle * y{{ i }}_mean) / d{{ i }}_spread as y{{ i }}_slope
        {{- ',' if not loop.last }}
        {%- endfor %}
    from spreads

),
{% endif %}
final as (

    select
        {{ feedlift._leading_columns(keys) }}
        {%- for name in metrics %}
        {%- set i = loop.index0 %}
        {%- if i in ratios %}
        case
            when y{{ i }}_total is not null and d{{ i }}_total is not null
                then
                    y{{ i }}_slope + (
                        y{{ i }}_by_day - d{{ i }}_middle * y{{ i }}_total
                        - y{{ i }}_level * (d{{ i }}_by_day - d{{ i }}_middle * d{{ i }}_total)
                        - y{{ i }}_slope * (
                            d{{ i }}_by_squared_day - 2 * d{{ i }}_middle * d{{ i }}_by_day
                            + d{{ i }}_middle * d{{ i }}_middle * d{{ i }}_total
                        )
                    ) / d{{ i }}_spread
        end as {{ name }}_slope,
        {%- else %}
        y{{ i }}_by_day / {{ '%.1fe0' % (day_count * (day_count ** 2 - 1) / 12) }} as {{ name }}_slope,
        {%- endif %}
        {%- if i in ratios %}
        d{{ i }}_total / {{ day_count }}e0 as {{ name }}_denominator_daily_mean,
        {%- endif %}
        y{{ i }}_total / {{ day_count }}e0 as {{ name }}_daily_mean{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ 'lines' if ratios else 'unit_sums' }}

)

select * from final
{% endmacro %}
