{%- set keys = [
    'experiment_id', 'population', 'metric', 'segment', 'segment_value', 'arm', 'control_arm', 'method',
] -%}
with contrasts as (

    select * from {{ ref('int_experiments__contrasts') }}

),

metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}

),

-- Methods are answers to the same question and not questions: each has the family to itself. The arms of an experiment
-- are in one family, because any of them could be picked.
families as (

    select
        contrasts.experiment_id,
        contrasts.population,
        contrasts.metric,
        contrasts.segment,
        contrasts.segment_value,
        contrasts.arm,
        contrasts.control_arm,
        contrasts.method,
        contrasts.p_value,
        contrasts.experiment_id || ', ' || contrasts.population || ': '
        || case
            when contrasts.segment = 'all' then metric_roles.metric_role || ' metrics'
            else contrasts.metric || ' by ' || contrasts.segment
        end || ', ' || contrasts.method as test_family
    from contrasts
    inner join metric_roles
        on contrasts.experiment_id = metric_roles.experiment_id and contrasts.metric = metric_roles.metric

),

adjusted as (

    {{ feedlift.adjusted_p_values('families', ['test_family']) | indent(4) }}

),

final as (

    select
        {{ keys | join(', ') }},
        test_family,
        p_value_holm,
        p_value_bonferroni,
        p_value_benjamini_hochberg,
        cast(family_size as {{ feedlift.data_type('integer') }}) as family_size
    from adjusted

)

select * from final
