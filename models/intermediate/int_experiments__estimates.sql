{%- set columns = [
    'experiment_id', 'population', 'metric', 'segment', 'segment_value', 'arm', 'control_arm', 'method',
] + feedlift.estimate_columns() -%}
{%- set sources = [
    ref('int_experiments__moment_estimates'),
    ref('int_experiments__cluster_estimates'),
    ref('int_experiments__multivariate_estimates'),
    ref('int_experiments__post_stratified_estimates'),
    ref('int_experiments__winsorised_estimates'),
    ref('int_experiments__quantile_estimates'),
    ref('int_experiments__concentration_metrics'),
] -%}
with final as (

    {%- for source in sources %}
    {{ 'union all' if not loop.first }}
    select {{ columns | join(', ') }} from {{ source }}
    {%- endfor %}

)

select * from final
