{#-
  The values above which metrics are capped: a high quantile of all units with the same keys, whatever their arm. A cap
  of each arm's own would take off more where the treatment works.
-#}
{% macro winsorisation_caps(relation, group_by, metrics, quantile=none) %}
  {%- do feedlift._check_keys('winsorisation_caps', group_by) -%}
  {%- do feedlift._check_metrics('winsorisation_caps', metrics, ['numerator', 'denominator', 'numerator_covariate']) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set quantile = feedlift.setting('winsorised_quantile') if quantile is none
      else feedlift._probability('winsorisation_caps', 'quantile', quantile) -%}
  {%- for name, metric in metrics.items() if metric.get('denominator') is not none -%}
    {{ exceptions.raise_compiler_error(
      "winsorisation_caps: the metric '" ~ name ~ "' is a ratio, whose numerator cannot be capped without its "
      ~ "denominator; leave it out."
    ) }}
  {%- endfor -%}
with units as (

    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {%- for metric in metrics.values() %}
        {%- set i = loop.index0 %}
        cast({{ metric['numerator'] }} as {{ double }}) as y{{ i }},
        {%- if metric.get('numerator_covariate') is not none %}
        cast({{ metric['numerator_covariate'] }} as {{ double }}) as known_x{{ i }},
        case
            when cast({{ metric['numerator'] }} as {{ double }}) is not null
                then coalesce(cast({{ metric['numerator_covariate'] }} as {{ double }}), 0e0)
        end as x{{ i }}
        {%- else %}
        cast(null as {{ double }}) as known_x{{ i }},
        cast(null as {{ double }}) as x{{ i }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}

),

-- A unit without history has the covariate 0, but a covariate that nobody has is unknown.
caps as (

    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {%- for metric in metrics.values() %}
        {%- set i = loop.index0 %}
        {{ feedlift.interpolated_quantile('y' ~ i, quantile) }} as y{{ i }}_cap,
        case when count(known_x{{ i }}) > 0 then {{ feedlift.interpolated_quantile('x' ~ i, quantile) }} end
            as x{{ i }}_cap,
        {%- endfor %}
        count(*) as row_count
    from units
    {%- if group_by %}
    group by {{ group_by | join(', ') }}
    {%- endif %}

),

counts as (

    select
        {%- for column in group_by %}
        units.{{ column }},
        {%- endfor %}
        {%- for metric in metrics.values() %}
        {%- set i = loop.index0 %}
        {{ feedlift._in_range('max(caps.y' ~ i ~ '_cap)') }} as y{{ i }}_cap,
        {{ feedlift._in_range('max(caps.x' ~ i ~ '_cap)') }} as x{{ i }}_cap,
        count(units.y{{ i }}) as y{{ i }}_count,
        count(case when units.y{{ i }} > caps.y{{ i }}_cap then 1 end) as y{{ i }}_capped,
        count(case when units.x{{ i }} > caps.x{{ i }}_cap then 1 end) as x{{ i }}_capped
        {{- ',' if not loop.last }}
        {%- endfor %}
    from units
    {%- if group_by %}
    inner join caps
        on {{ feedlift._keys_match(group_by, 'units', 'caps') }}
    group by {{ feedlift._key_columns(group_by, 'units') }}
    {%- else %}
    cross join caps
    {%- endif %}

),

final as (

    {%- for name in metrics %}
    {%- set i = loop.index0 %}
    {{ 'union all' if not loop.first }}
    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {{ feedlift.literals([name]) }} as metric,
        y{{ i }}_cap as cap,
        x{{ i }}_cap as covariate_cap,
        y{{ i }}_count as unit_count,
        y{{ i }}_capped as capped_unit_count,
        x{{ i }}_capped as capped_covariate_unit_count
    from counts
    {%- endfor %}

)

select * from final
{% endmacro %}
