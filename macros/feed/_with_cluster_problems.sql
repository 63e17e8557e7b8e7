{#-
  The rows of comparisons of two arms with a column `cluster_problem`: why neither arm of an experiment that randomised
  clusters can be compared, null where nothing is wrong. It is asked of the whole arm: in a segment, a cluster that two
  arms share may happen to have users of one of them only. A query.
-#}
{% macro _with_cluster_problems(comparisons, clusters='clusters') %}
with arm_problems as (

    select
        experiment_id,
        arm,
        min(cluster_problem) as cluster_problem
    from {{ clusters }}
    group by experiment_id, arm

)

select
    comparisons.*,
    coalesce(treated.cluster_problem, control.cluster_problem) as cluster_problem
from {{ comparisons }} as comparisons
left join arm_problems as treated
    on comparisons.experiment_id = treated.experiment_id and comparisons.arm = treated.arm
left join arm_problems as control
    on comparisons.experiment_id = control.experiment_id and comparisons.control_arm = control.arm
where comparisons.control_arm is not null
{% endmacro %}
