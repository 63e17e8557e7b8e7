{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import instant, dirt_kind, copies, broken, quoted with context %}
{%- set kinds = world.dirt.assignments -%}
with

assigned as (
{%- for experiment_id, experiment in world.experiments.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ experiment_id }}' as experiment_id,
        user_index,
        activity_z,
        {{ experiment_id }}_arm as arm,
        {{ experiment_id }}_second as assigned_second,
        -- The arm in which a crossover is seen later.
        case {{ experiment_id }}_arm
{%- for arm in experiment.arms %}
            when '{{ arm }}' then '{{ (experiment.arms | list)[loop.index % (experiment.arms | length)] }}'
{%- endfor %}
        end as other_arm,
        user_index * 64 + {{ loop.index }} as assignment_index,
    from user_arms
    where {{ experiment_id }}_second is not null
{%- endfor %}
),

keyed as (
    select
        *,
        {{ random_key('assignment_index', 'assignment.log') }} as log_key,
    from assigned
),

drawn as (
    select
        *,
        {{ uniform('log_key', 'loss') }} as loss_draw,
        {{ uniform('log_key', 'dirt') }} as dirt_draw,
        {{ uniform('log_key', 'dirt.size') }} as dirt_size,
    from keyed
),

marked as (
    select
        *,
{%- if clean %}
        null::varchar as dirt,
{%- else %}
        case
{%- for experiment_id, experiment in world.experiments.items() if 'logging_loss' in experiment %}
            when
                experiment_id = '{{ experiment_id }}' and arm = '{{ experiment.logging_loss.arm }}'
                and loss_draw < case
                    when activity_z > {{ heavy_z[experiment_id] }}
                        then {{ experiment.logging_loss.heavy_probability }}
                    else {{ experiment.logging_loss.other_probability }}
                end
                then 'lost'
{%- endfor %}
            else {{ dirt_kind('dirt_draw', merge(kinds.in_place, kinds.copies)) }}
        end as dirt,
{%- endif %}
    from drawn
),

repeated as (
    select
        experiment_id,
        'u' || user_index as user_id,
        arm,
        other_arm,
        assigned_second,
        dirt_size,
        dirt,
        {{ 'false' if clean else copies(kinds.copies) }} as is_copy,
    from marked
),
{%- if not clean %}

dirtied as (
    select
        * replace (
            case
                when is_copy and dirt = 'null_user_id' then null
                when dirt = 'padded_id' then ' ' || user_id || ' '
                else user_id
            end as user_id,
            case
                when not is_copy then arm
                when dirt = 'crossover' then other_arm
                when dirt = 'unknown_arm' then 'treatmnt'
                when dirt != 'null_arm' then arm
            end as arm,
            case
                when not is_copy then assigned_second
                when dirt = 'retry' then assigned_second + 1 + floor(86400 * dirt_size)::bigint
                when dirt = 'crossover' then assigned_second + 3600 + floor({{ 6 * 86400 }} * dirt_size)::bigint
                -- Before the sound row: who takes the first row before checking it takes the wrong one.
                when dirt = 'unknown_arm' then assigned_second - 60
                else assigned_second
            end as assigned_second
        ),
    from repeated
),

-- People held out of every experiment: whatever is logged about them moves no outcome.
held_out as (
    select
        'u' || user_index as user_id,
        {{ uniform('user_key', 'assignment.extra') }} as dirt_draw,
        {{ window_start }} + floor(86400 * {{ uniform('user_key', 'assignment.extra.at') }})::bigint as assigned_second,
    from user_arms
    where not is_eligible and machine_kind is null
),

marked_extras as (
    select
        *,
        {{ dirt_kind('dirt_draw', kinds.extra) }} as dirt,
    from held_out
),

extras as (
    select
        case dirt when 'unknown_experiment' then 'retired_test' else 'aa_test' end as experiment_id,
        user_id,
        unnest(case dirt
            when 'tied_arms' then ['control', 'treatment']
            when 'unknown_arm_only' then ['variant_b']
            when 'unknown_experiment' then ['treatment']
            else []
        end) as arm,
        assigned_second,
        dirt,
        true as is_copy,
    from marked_extras
),

everything as (
    select experiment_id, user_id, arm, assigned_second, dirt, is_copy,
    from dirtied
    union all
    select experiment_id, user_id, arm, assigned_second, dirt, is_copy,
    from extras
),
{%- endif %}

final as (
    select
        experiment_id,
        user_id,
        arm,
        {{ broken(instant('assigned_second'), "is_copy and dirt = 'unparseable_assigned_at'", 'n/a') }} as assigned_at,
        case when is_copy or dirt in ('lost', {{ quoted(kinds.in_place) }}) then dirt end as dirt,
    from {{ 'repeated' if clean else 'everything' }}
)

select * from final
