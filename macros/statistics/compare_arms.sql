{#-
  Every arm against control on anybody's table with one row per user: unit_moments, arm_estimates and contrast_tests,
  one result per group, metric, arm and method. With `cluster`, the rows are first summed to what was randomised.
-#}
{% macro compare_arms(
  relation, arm, control, metrics, group_by=[], confidence_level=none, alternative='two-sided', cluster=none
) %}
  {%- do feedlift._check_keys('compare_arms', group_by) -%}
  {%- if cluster == '' -%}
    {{ exceptions.raise_compiler_error("compare_arms: the cluster is empty; write a column, or leave it out.") }}
  {%- elif cluster is none -%}
    {%- do feedlift._check_metrics('compare_arms', metrics) -%}
  {%- else -%}
    {%- do feedlift._check_metrics(
      'compare_arms with a cluster', metrics,
      ['numerator', 'denominator', 'numerator_covariate', 'denominator_covariate']
    ) -%}
  {%- endif -%}
  {%- set confidence = feedlift._confidence('compare_arms', confidence_level) -%}
  {%- set keys = group_by + ['metric'] -%}
  {%- set columns = feedlift.estimate_columns() -%}
  {%- set kept = [
    'is_ratio', 'unit_count', 'control_unit_count', 'nonzero_unit_count', 'control_nonzero_unit_count',
  ] -%}
with units as (

    select
        {{ feedlift.all_columns_but(['compared_arm']) }},
        {{ arm }} as compared_arm
    from {{ relation }}

),

{% if cluster is not none -%}
clusters as (

    select
        *,
        arm as compared_arm
    from (
        {{ feedlift.cluster_totals('units', 'compared_arm', cluster, metrics, group_by) | indent(8) }}
    ) as totals

),

cluster_problems as (

    select
        {{ (group_by + ['compared_arm']) | join(', ') }},
        min(cluster_problem) as cluster_problem
    from clusters
    where cluster_problem is not null
    group by {{ (group_by + ['compared_arm']) | join(', ') }}

),

{% endif -%}
moments as (

    {{ feedlift.unit_moments(
        'units' if cluster is none else 'clusters',
        group_by + ['compared_arm'],
        metrics if cluster is none else feedlift.cluster_metrics(metrics),
        center_by=group_by,
    ) | indent(4) }}

),

arms as (

    select
        *,
        compared_arm as arm,
        compared_arm = {{ feedlift.literals([control]) }} as is_control_arm
    from moments

),

estimates_of_pairs as (

    {{ feedlift.arm_estimates(
        'arms', keys, 'is_control_arm', covariate_count=feedlift._covariate_count(metrics if cluster is none else {})
    ) | indent(4) }}

),

estimates as (

    {% if cluster is none -%}
    select
        {{ (keys + ['arm', 'method']) | join(', ') }},
        coalesce(control_arm, {{ feedlift.literals([control]) }}) as control_arm,
        {{ columns | join(', ') }}
    from estimates_of_pairs
    {%- else -%}
    select
        {{ feedlift._key_columns(keys + ['arm', 'method'], 'estimates_of_pairs') }},
        coalesce(estimates_of_pairs.control_arm, {{ feedlift.literals([control]) }}) as control_arm,
        {%- for column in columns if column != 'null_reason' %}
        {% if column in kept -%}
        estimates_of_pairs.{{ column }},
        {%- else -%}
        case
            when arm_problems.cluster_problem is null and control_problems.cluster_problem is null
                then estimates_of_pairs.{{ column }}
        end as {{ column }},
        {%- endif %}
        {%- endfor %}
        case
            when estimates_of_pairs.control_arm is null then estimates_of_pairs.null_reason
            else coalesce(
                arm_problems.cluster_problem, control_problems.cluster_problem, estimates_of_pairs.null_reason
            )
        end as null_reason
    from estimates_of_pairs
    {%- for problems, side in [('arm_problems', 'arm'), ('control_problems', 'control_arm')] %}
    left join cluster_problems as {{ problems }}
        on
            estimates_of_pairs.{{ side }} = {{ problems }}.compared_arm
            {%- for column in group_by %}
            and {{ feedlift.is_same('estimates_of_pairs.' ~ column, problems ~ '.' ~ column) }}
            {%- endfor %}
    {%- endfor %}
    {%- endif %}

),

final as (

    {{ feedlift.contrast_tests('estimates', confidence, alternative) | indent(4) }}

)

select * from final
{% endmacro %}
