{#-
  unit_moments of values cut off at the caps that winsorisation_caps finds. Without a cap, a value is unknown; what is
  no number is not cut off to look like one.
-#}
{% macro winsorised_moments(relation, caps, group_by, metrics, cap_by=[]) %}
  {%- do feedlift._check_keys('winsorised_moments', group_by) -%}
  {%- do feedlift._check_keys('winsorised_moments', cap_by) -%}
  {%- do feedlift._check_metrics('winsorised_moments', metrics, ['numerator', 'numerator_covariate']) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set capped = {} -%}
  {%- set made = [] -%}
  {%- for name, metric in metrics.items() -%}
    {%- set metric_number = loop.index0 -%}
    {%- do capped.update({name: {}}) -%}
    {%- do made.extend(['cap_' ~ metric_number, 'covariate_cap_' ~ metric_number]) -%}
    {%- for part, cap in [('numerator', 'cap'), ('numerator_covariate', 'covariate_cap')]
        if metric.get(part) is not none -%}
      {%- set value = 'cast(' ~ metric[part] ~ ' as ' ~ double ~ ')' -%}
      {%- set column = cap ~ '_' ~ metric_number -%}
      {%- do capped[name].update({
        part: 'case when not abs(' ~ value ~ ') <= 1e70 then ' ~ value ~ ' when ' ~ value ~ ' > ' ~ column ~ ' then '
          ~ column ~ ' when ' ~ value ~ ' <= ' ~ column ~ ' then ' ~ value ~ ' end',
      }) -%}
    {%- endfor -%}
  {%- endfor -%}
with units as (

    select {{ feedlift.all_columns_but(made) }} from {{ relation }}

),

-- A quantile of known values is unknown where one of them is out of range. It stays in, so that the moments are, too.
-- Of several caps for the same units none is theirs: the largest would cap nothing.
wide_caps as (

    select
        {%- for column in cap_by %}
        {{ column }},
        {%- endfor %}
        {%- for name in metrics %}
        {%- set literal = feedlift.literals([name]) %}
        {%- set metric_number = loop.index0 %}
        {%- for cap in ['cap', 'covariate_cap'] %}
        case
            when count(case when metric = {{ literal }} then 1 end) = 1
                then
                    max(
                        case
                            when metric = {{ literal }}
                                then coalesce({{ cap }}, case when unit_count > 0 then 1e140 end)
                        end
                    )
        end as {{ cap }}_{{ metric_number }}{{ ',' if not loop.last }}
        {%- endfor %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ caps }}
    {%- if cap_by %}
    group by {{ cap_by | join(', ') }}
    {%- endif %}

),

capped_units as (

    select
        units.*,
        {%- for name in metrics %}
        wide_caps.cap_{{ loop.index0 }},
        wide_caps.covariate_cap_{{ loop.index0 }}{{ ',' if not loop.last }}
        {%- endfor %}
    from units
    {%- if cap_by %}
    inner join wide_caps
        on {{ feedlift._keys_match(cap_by, 'units', 'wide_caps') }}
    {%- else %}
    cross join wide_caps
    {%- endif %}

),

final as (

    {{ feedlift.unit_moments('capped_units', group_by, capped, center_by=cap_by) | indent(4) }}

)

select * from final
{% endmacro %}
