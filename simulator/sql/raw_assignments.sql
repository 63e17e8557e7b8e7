{% from 'random.jinja' import random_key, uniform %}
{% from 'raw_output.jinja' import instant, dirt_kind, quoted, broken with context %}
{%- set kinds = world.dirt.assignments -%}
with

assigned as (
{%- for experiment_id, experiment in world.experiments.items() %}
    {{ 'union all ' if not loop.first }}select
        '{{ experiment_id }}' as experiment_id,
        user_index,
        activity_z,
        {{ experiment_id }}_arm as arm,
        {{ experiment_id }}_second as assigned_second,
        -- The arm a crossover is seen in later.
        case
{%- for arm in experiment.arms %}
            when {{ experiment_id }}_arm = '{{ arm }}' then '{{ (experiment.arms | list)[(loop.index) % (experiment.arms | length)] }}'
{%- endfor %}
        end as other_arm,
        {{ random_key('user_index * 64 + ' ~ loop.index, 'assignment.log') }} as log_key,
    from user_arms
    where {{ experiment_id }}_second is not null
{%- endfor %}
),

logged as (
    select
        experiment_id,
        'u' || user_index as user_id,
        arm,
        other_arm,
        assigned_second,
        {{ uniform('log_key', 'dirt.size') }} as dirt_size,
{%- if clean %}
        null::varchar as dirt,
{%- else %}
        case
{%- for experiment_id, experiment in world.experiments.items() if 'logging_loss' in experiment %}
            when
                experiment_id = '{{ experiment_id }}' and arm = '{{ experiment.logging_loss.arm }}'
                and {{ uniform('log_key', 'loss') }} < case
                    when activity_z > {{ heavy_z[experiment_id] }}::double then {{ experiment.logging_loss.heavy_probability }}::double
                    else {{ experiment.logging_loss.other_probability }}::double
                end
                then 'lost'
{%- endfor %}
            else {{ dirt_kind(uniform('log_key', 'dirt'), merge(kinds.in_place, kinds.copies)) }}
        end as dirt,
{%- endif %}
    from assigned
),
{%- if not clean %}

originals as (
    select
        * replace (
            case when dirt = 'padded_id' then ' ' || user_id || ' ' else user_id end as user_id,
            case when dirt in ('lost', {{ quoted(kinds.in_place) }}) then dirt end as dirt
        ),
    from logged
),

copies as (
    select
        * replace (
            case dirt when 'null_user_id' then null else user_id end as user_id,
            case dirt
                when 'crossover' then other_arm
                when 'unknown_arm' then 'treatmnt'
                when 'null_arm' then null
                else arm
            end as arm,
            case dirt
                when 'retry' then assigned_second + 1 + floor(86400 * dirt_size)::bigint
                when 'crossover' then assigned_second + 3600 + floor({{ 6 * 86400 }} * dirt_size)::bigint
                -- A broken row comes before the sound one and must not become the user's first assignment.
                when 'unknown_arm' then assigned_second - 60
                else assigned_second
            end as assigned_second
        ),
    from logged
    where dirt in ({{ quoted(kinds.copies) }})
),

-- People held out of every experiment: nothing that happens to their rows can move an outcome.
held_out as (
    select
        'u' || user_index as user_id,
        {{ window_start }} + floor(86400 * {{ uniform('user_key', 'extra.at') }})::bigint as assigned_second,
        {{ dirt_kind(uniform('user_key', 'extra'), kinds.extra) }} as dirt,
    from user_arms
    where not is_eligible and machine_kind is null
),

extras as (
    select
        case dirt when 'unknown_experiment' then 'retired_test' else 'aa_test' end as experiment_id,
        user_id,
        unnest(case dirt
            when 'tied_arms' then ['control', 'treatment']
            when 'unknown_arm_only' then ['variant_b']
            else ['treatment']
        end) as arm,
        null as other_arm,
        assigned_second,
        null as dirt_size,
        dirt,
    from held_out
    where dirt is not null
),

everything as (
    select * from originals
    union all
    select * from copies
    union all
    select * from extras
),
{%- else %}

everything as (
    select * from logged
),
{%- endif %}

final as (
    select
        experiment_id,
        user_id,
        arm,
        {{ broken(instant('assigned_second'), 'unparseable_assigned_at', 'n/a') }} as assigned_at,
        dirt,
    from everything
)

select * from final
