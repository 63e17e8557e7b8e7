{%- set bases = {
    'experiments': ref('base_experiments__experiments'),
    'experiment_arms': ref('base_experiments__arms'),
    'experiment_arm_shares': ref('base_experiments__arm_shares'),
    'experiment_metrics': ref('base_experiments__metrics'),
} -%}
{%- set keys = {
    'experiments': ['experiment_id'],
    'experiment_arms': ['experiment_id', 'arm'],
    'experiment_arm_shares': ['experiment_id', 'arm', 'cast(starts_at as ' ~ feedlift.data_type('text') ~ ')'],
    'experiment_metrics': ['experiment_id', 'metric'],
} -%}
with experiments as (

    select * from {{ bases['experiments'] }}

),

arms as (

    select * from {{ bases['experiment_arms'] }}

),

arm_shares as (

    select * from {{ bases['experiment_arm_shares'] }}

),

metrics as (

    select * from {{ bases['experiment_metrics'] }}

),

column_problems as (

    {{ feedlift.column_problems(bases, keys) }}

),

reversed_dates as (

    select
        'Experiment ''' || experiment_id || ''' ends (' || ends_at_as_written || ') before it starts ('
        || starts_at_as_written || '); correct starts_at or ends_at in experiments.' as problem
    from experiments
    where ends_at <= starts_at

),

unknown_deciding_population as (

    select
        'Experiment ''' || experiment_id || ''' has deciding_population ''' || deciding_population
        || '''; write assigned or exposed.' as problem
    from experiments
    where deciding_population not in ('assigned', 'exposed')

),

planned_user_counts_out_of_range as (

    select
        'Experiment ''' || experiment_id || ''' has planned_user_count ' || planned_user_count_as_written
        || '; write how many users it will have when it is decided, or leave it empty.' as problem
    from experiments
    where planned_user_count < 1

),

unknown_randomisation_units as (

    select
        'Experiment ''' || experiment_id || ''' has randomisation_unit ''' || randomisation_unit
        || '''; write {{ feedlift.randomisation_units() | join(", ") }}, or leave it empty.' as problem
    from experiments
    where randomisation_unit not in ({{ feedlift.literals(feedlift.randomisation_units() | list) }})

),

-- A country is in its arm before and after a change of shares: no phase is its own, and nothing would be alike in it.
ramped_clusters as (

    select
        'Experiment ''' || experiments.experiment_id || ''' is randomised by ' || experiments.randomisation_unit
        || ' and changes its shares; only users can be compared within phases, so give it one set of shares, or '
        || 'make an experiment of each phase.' as problem
    from experiments
    inner join arm_shares on experiments.experiment_id = arm_shares.experiment_id
    where experiments.randomisation_unit <> 'user'
    group by experiments.experiment_id, experiments.randomisation_unit
    having count(distinct arm_shares.starts_at) > 1

),

-- Without an experiment of that name the sentence above has said it already.
number_of_controls as (

    select
        'Experiment ''' || experiments.experiment_id || ''' has '
        || cast(count(distinct case when arms.is_control then arms.arm end) as {{ feedlift.data_type('text') }})
        || ' control arms; mark exactly one arm with is_control in experiment_arms.' as problem
    from experiments
    left join arms on experiments.experiment_id = arms.experiment_id
    group by experiments.experiment_id
    having count(distinct case when arms.is_control then arms.arm end) <> 1

),

number_of_arms as (

    select 'Experiment ''' || experiment_id || ''' has only one arm; add the other to experiment_arms.' as problem
    from arms
    group by experiment_id
    having count(*) = 1

),

shares_of_unknown_arms as (

    select distinct
        'Experiment ''' || arm_shares.experiment_id || ''' gives a share to the arm ''' || arm_shares.arm
        || ''', which experiment_arms does not define; add the arm or correct its name.' as problem
    from arm_shares
    left join arms
        on arm_shares.experiment_id = arms.experiment_id and arm_shares.arm = arms.arm
    where
        arms.arm is null
        and arm_shares.experiment_id in (select experiments.experiment_id from experiments)

),

-- An experiment without any shares is allowed: its sample ratio cannot be judged, and the health check says so.
arms_without_share as (

    select
        'Experiment ''' || arms.experiment_id || ''' never gives a share to the arm ''' || arms.arm
        || '''; add it to experiment_arm_shares.' as problem
    from arms
    left join arm_shares
        on arms.experiment_id = arm_shares.experiment_id and arms.arm = arm_shares.arm
    where
        arm_shares.arm is null
        and arms.experiment_id in (select planned.experiment_id from arm_shares as planned)

),

shares_out_of_range as (

    select
        'Experiment ''' || experiment_id || ''' gives the arm ''' || arm || ''' the share ' || share_as_written
        || '; a share is above 0 and below 1 (leave an arm that is not open yet out of that phase).' as problem
    from arm_shares
    where share <= 0 or share >= 1

),

-- By the instant and not by what is written: one phase may be spelt in two ways.
share_totals as (

    select
        'Experiment ''' || experiment_id || ''' has arm shares from ' || min(starts_at_as_written) || ' that add up to '
        || cast(round(sum(share), 12) as {{ feedlift.data_type('text') }})
        || ', not 1; correct them in experiment_arm_shares.' as problem
    from arm_shares
    group by experiment_id, starts_at
    having abs(sum(share) - 1) > 1e-9

),

late_first_shares as (

    select
        'Experiment ''' || experiments.experiment_id || ''' starts at ' || experiments.starts_at_as_written
        || ' but its first shares hold only later; let a set of shares start with the experiment.' as problem
    from experiments
    inner join arm_shares on experiments.experiment_id = arm_shares.experiment_id
    group by experiments.experiment_id, experiments.starts_at, experiments.starts_at_as_written
    having min(arm_shares.starts_at) > experiments.starts_at

),

several_primary_metrics as (

    select
        'Experiment ''' || experiment_id || ''' has '
        || cast(count(*) as {{ feedlift.data_type('text') }})
        || ' primary metrics; let one decide and make the others diagnostic in experiment_metrics.' as problem
    from metrics
    where role = 'primary'
    group by experiment_id
    having count(*) > 1

),

unknown_metrics as (

    select
        'Experiment ''' || experiment_id || ''' is judged by the metric ''' || metric
        || case metric
            when 'ctr_{{ feedlift.impression_definition() }}'
                then
                    ''', which is ctr where impression_definition is {{ feedlift.impression_definition() }}; write ctr.'
            else ''', which is not defined; known metrics: {{ feedlift.metrics() | join(", ") }}.'
        end as problem
    from metrics
    where metric not in ({{ feedlift.literals(feedlift.metrics() | list) }})

),

unknown_roles as (

    select
        'Experiment ''' || experiment_id || ''' gives the metric ''' || metric || ''' the role ''' || role
        || '''; write primary, guardrail, diagnostic, placebo or manipulation.' as problem
    from metrics
    where role not in ('primary', 'guardrail', 'diagnostic', 'placebo', 'manipulation')

),

unknown_directions as (

    select
        'Experiment ''' || experiment_id || ''' desires of the metric ''' || metric || ''' the direction '''
        || desired_direction || '''; write increase or decrease.' as problem
    from metrics
    where desired_direction not in ('increase', 'decrease')

),

guardrails_without_margin as (

    select
        'Experiment ''' || experiment_id || ''' has the guardrail ''' || metric
        || ''' without a positive non_inferiority_margin; say how much harm is tolerable.' as problem
    from metrics
    where
        (role = 'guardrail' and non_inferiority_margin_as_written is null)
        or non_inferiority_margin <= 0

),

-- All there is, and a number of per cent that was meant.
relative_margins_not_below_one as (

    select
        'Experiment ''' || experiment_id || ''' has a relative margin of ' || non_inferiority_margin_as_written
        || ' for the metric ''' || metric
        || '''; write a fraction below 1 (0.05 for 5 %), or an absolute margin in the metric''s own unit.' as problem
    from metrics
    where margin_scale = 'relative' and non_inferiority_margin >= 1

),

margins_without_scale as (

    select
        'Experiment ''' || experiment_id || ''' has a margin for the metric ''' || metric
        || ''' whose margin_scale is ''' || coalesce(margin_scale, '(none)')
        || '''; write absolute or relative.' as problem
    from metrics
    where
        non_inferiority_margin is not null
        and coalesce(margin_scale, '(none)') not in ('absolute', 'relative')

),

-- Of a guardrail the sentence above has said that the margin is missing.
scales_without_margin as (

    select
        'Experiment ''' || experiment_id || ''' has the margin_scale ''' || margin_scale || ''' for the metric '''
        || metric || ''' and no non_inferiority_margin; leave margin_scale empty '
        || '(smallest_effect_of_interest is in the metric''s own unit).' as problem
    from metrics
    where margin_scale is not null and non_inferiority_margin_as_written is null and role <> 'guardrail'

),

-- A share of users cannot change by more than all of them.
smallest_effects_above_one as (

    select
        'Experiment ''' || experiment_id || ''' has the smallest_effect_of_interest '
        || cast(smallest_effect_of_interest as {{ feedlift.data_type('text') }}) || ' for the metric ''' || metric
        || ''', a share of users; write a fraction (0.05 for 5 percentage points).' as problem
    from metrics
    where
        smallest_effect_of_interest > 1
        and metric in (
            {{ feedlift.literals(
                (feedlift.metrics_of_type('proportion') | list) + (feedlift.metrics_of_type('retention') | list)
            ) }}
        )

),

final as (

    select problem from column_problems
    union all
    select problem from reversed_dates
    union all
    select problem from unknown_deciding_population
    union all
    select problem from planned_user_counts_out_of_range
    union all
    select problem from unknown_randomisation_units
    union all
    select problem from ramped_clusters
    union all
    select problem from number_of_controls
    union all
    select problem from number_of_arms
    union all
    select problem from shares_of_unknown_arms
    union all
    select problem from arms_without_share
    union all
    select problem from shares_out_of_range
    union all
    select problem from share_totals
    union all
    select problem from late_first_shares
    union all
    select problem from several_primary_metrics
    union all
    select problem from unknown_metrics
    union all
    select problem from unknown_roles
    union all
    select problem from unknown_directions
    union all
    select problem from guardrails_without_margin
    union all
    select problem from relative_margins_not_below_one
    union all
    select problem from margins_without_scale
    union all
    select problem from scales_without_margin
    union all
    select problem from smallest_effects_above_one

)

select distinct problem
from final
where problem is not null
