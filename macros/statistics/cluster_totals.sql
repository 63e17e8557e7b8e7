{#-
  Values summed to the unit that was randomised, where the rows are finer: sessions of users, users of countries.
  A mean over rows becomes a ratio of two totals, its sum over the number of rows that know it, and a ratio stays one;
  cluster_metrics names the totals for unit_moments, whose linearised variance between clusters is then robust to
  whatever holds within them.
-#}
{% macro cluster_totals(relation, arm, cluster, metrics, group_by=[]) %}
  {%- do feedlift._check_keys('cluster_totals', group_by) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set parts = ['numerator', 'denominator', 'numerator_covariate', 'denominator_covariate'] -%}
  {%- do feedlift._check_metrics('cluster_totals', metrics, parts) -%}
with units as (

    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        {{ arm }} as arm,
        {{ cluster }} as cluster_id
        {%- for name, metric in metrics.items() %}
        {%- set i = loop.index0 %}
        {%- for part in parts if metric.get(part) is not none %},
        cast({{ metric[part] }} as {{ double }}) as {{ part }}_{{ i }}
        {%- endfor %}
        {%- endfor %}
    from {{ relation }}

),

totals as (

    select
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        arm,
        cluster_id,
        count(*) as row_count
        {%- for name, metric in metrics.items() %}
        {%- set i = loop.index0 %}
        {%- set is_ratio = metric.get('denominator') is not none %}
        {%- set is_known = 'numerator_' ~ i ~ ' is not null' ~ (' and denominator_' ~ i ~ ' is not null' if is_ratio) %}
        {%- set known_count = 'cast(nullif(count(case when ' ~ is_known ~ ' then 1 end), 0) as ' ~ double ~ ')' %},
        sum(case when {{ is_known }} then numerator_{{ i }} end) as numerator_{{ i }},
        {%- if is_ratio %}
        sum(case when {{ is_known }} then denominator_{{ i }} end) as denominator_{{ i }}
        {%- else %}
        {{ known_count }} as denominator_{{ i }}
        {%- endif %}
        {%- if metric.get('numerator_covariate') is not none %},
        sum(case when {{ is_known }} then numerator_covariate_{{ i }} end) as numerator_covariate_{{ i }},
        {%- if metric.get('denominator_covariate') is not none %}
        sum(case when {{ is_known }} then denominator_covariate_{{ i }} end) as denominator_covariate_{{ i }}
        {%- else %}
        {{ known_count }} as denominator_covariate_{{ i }}
        {%- endif %}
        {%- endif %}
        {%- endfor %}
    from units
    group by
        {%- for column in group_by %}
        {{ column }},
        {%- endfor %}
        arm,
        cluster_id

),

-- What two arms share is no unit of randomisation: both arms then move with it, and no variance between clusters knows.
final as (

    select
        *,
        case
            when cluster_id is null then 'unknown_cluster'
            when
                min(arm) over (partition by {{ (group_by + ['cluster_id']) | join(', ') }})
                <> max(arm) over (partition by {{ (group_by + ['cluster_id']) | join(', ') }})
                then 'cluster_in_several_arms'
        end as cluster_problem
    from totals

)

select * from final
{% endmacro %}
