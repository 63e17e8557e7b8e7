{% from 'random.jinja' import uniform %}
-- One row per user, two columns per experiment: the instant of assignment (null: never assigned) and the arm.
-- `forced` puts everybody assigned to an experiment into one arm: the potential outcomes behind the planted truth.
create or replace temp table user_arms as
with

first_visits as (
    select
        user_index,
        min(session_second) as first_visit_second,
    from sessions
    where session_second >= {{ window_start }}
    group by user_index
),

drawn as (
    select
        *,
{%- for experiment_id in world.experiments %}
        {{ uniform('user_key', experiment_id ~ '.rollout') }} as {{ experiment_id }}_rollout_draw,
        {{ uniform('user_key', experiment_id ~ '.arm') }} as {{ experiment_id }}_arm_draw,
{%- endfor %}
    from users
),

invited as (
    select
        drawn.*,
{%- for experiment_id, experiment in world.experiments.items() %}
{%- if experiment.get('enrolled_by') == 'first_visit' %}
        -- A few seconds before the visit, as an assignment service does it.
        case
            when first_visits.first_visit_second is not null
                then greatest(
                    {{ window_start }},
                    first_visits.first_visit_second
                    - floor(5 + 30 * {{ experiment_id }}_rollout_draw)::bigint
                )
        end as {{ experiment_id }}_invited,
{%- else %}
        -- At any instant of the rollout, but not before the user has signed up.
        greatest(
            {{ window_start }}
            + floor({{ experiment.rollout_days * 86400 }} * {{ experiment_id }}_rollout_draw)::bigint,
            drawn.signed_up_second + floor(21600 * {{ experiment_id }}_rollout_draw)::bigint
        ) as {{ experiment_id }}_invited,
{%- endif %}
{%- endfor %}
    from drawn
    left join first_visits on drawn.user_index = first_visits.user_index
),

final as (
    select
        user_index,
        user_key,
        machine_kind,
        activity_z,
        platform,
        is_eligible,
        has_shopping_intent,
        click_taste,
        save_taste,
{%- for experiment_id, experiment in world.experiments.items() %}
        case
            when is_eligible and {{ experiment_id }}_invited < {{ window_end }} then {{ experiment_id }}_invited
        end as {{ experiment_id }}_second,
{%- if forced and forced.experiment_id == experiment_id %}
        '{{ forced.arm }}' as {{ experiment_id }}_arm,
{%- else %}
        case
{%- for regime in shares[experiment_id] | reverse %}
            when {{ experiment_id }}_invited >= {{ regime.second }} then
                case
{%- set ns = namespace(total=0.0) %}
{%- for arm, share in regime.shares.items() %}
{%- set ns.total = ns.total + share %}
{%- if loop.last %}
                    else '{{ arm }}'
{%- else %}
                    when {{ experiment_id }}_arm_draw < {{ ns.total }} then '{{ arm }}'
{%- endif %}
{%- endfor %}
                end
{%- endfor %}
        end as {{ experiment_id }}_arm,
{%- endif %}
{%- endfor %}
    from invited
)

select * from final;
