{%- set units = ref('int_experiments__novelty_units') -%}
{%- set cells = ['experiment_id', 'population', 'arm', 'is_control', 'phase'] -%}
{%- set slopes, trends, levels = {}, {}, {} -%}
{%- for metric, expressions in feedlift.daily_metric_expressions().items() -%}
{%- do slopes.update({metric: {'numerator': metric ~ '_slope'}}) -%}
{%- do levels.update({metric: {'numerator': metric ~ '_daily_mean'}}) -%}
{%- if 'denominator' in expressions -%}
{%- do levels[metric].update({'denominator': metric ~ '_denominator_daily_mean'}) -%}
{%- endif -%}
{%- endfor -%}
{%- for metric in feedlift.daily_metric_expressions(['mean']) -%}
{%- do trends.update({metric: {'numerator': metric ~ '_slope', 'denominator': metric ~ '_daily_mean'}}) -%}
{%- endfor -%}
{%- set keys = ['experiment_id', 'population', 'metric', 'scale'] -%}
{%- set ratios = feedlift.literals(feedlift.metrics_of_type('ratio') | list) -%}
{%- set is_small = {} -%}
{%- for grade, active_units, units_of_ratio in [('poor', 20, 300), ('doubtful', 100, 5000)] -%}
{%- set condition -%}
{{ feedlift._quality_is('contrasts.approximation_quality', grade) }}
            or of_arm.active_unit_count < {{ active_units }}
            or of_control.active_unit_count < {{ active_units }}
            or (
                contrasts.metric in ({{ ratios }})
                and (
                    contrasts.unit_count < {{ units_of_ratio }} or contrasts.control_unit_count < {{ units_of_ratio }}
                )
            )
{%- endset -%}
{%- do is_small.update({grade: condition}) -%}
{%- endfor -%}
with effects as (

    select * from {{ ref('int_experiments__effects_by_day_since_start') }}

),

metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}

),

absolute_moments as (

    {{ feedlift.unit_moments(units, cells, slopes, center_by=['experiment_id', 'population']) | indent(4) }}

),

{% if trends -%}
relative_moments as (

    {{ feedlift.unit_moments(units, cells, trends, center_by=['experiment_id', 'population']) | indent(4) }}

),

{% endif -%}
moments as (

    select
        *,
        'absolute' as scale
    from absolute_moments
    {%- if trends %}

    union all

    select
        *,
        'relative' as scale
    from relative_moments
    {%- endif %}

),

levels as (

    {{ feedlift.unit_moments(units, cells, levels, center_by=['experiment_id', 'population']) | indent(4) }}

),

active_users as (

    select
        experiment_id,
        population,
        metric,
        arm,
        sum(nonzero_unit_count) as active_unit_count
    from levels
    group by experiment_id, population, metric, arm

),

contrasts as (

    {{ feedlift.arm_contrasts(
        'moments', keys, 'is_control', "cast(phase as " ~ feedlift.data_type('text') ~ ")"
    ) | indent(4) }}

),

-- Of a mean per user this tests mean_daily_effect itself, and of a ratio the effect on all of the days together.
level_contrasts as (

    {{ feedlift.arm_contrasts(
        'levels', keys[:-1], 'is_control', "cast(phase as " ~ feedlift.data_type('text') ~ ")"
    ) | indent(4) }}

),

-- The mean of the days' effects of a mean per user is the effect on the mean day, of the same users.
average_effects as (

    select
        experiment_id,
        population,
        metric,
        arm,
        avg(estimate) as mean_daily_effect,
        max(case when null_reason = 'not_logged' then 1 else 0 end) as not_logged_indicator
    from effects
    where day_since_start > 0
    group by experiment_id, population, metric, arm

),

judged as (

    select
        contrasts.experiment_id,
        contrasts.population,
        contrasts.metric,
        contrasts.scale,
        contrasts.arm,
        contrasts.control_arm,
        metric_roles.metric_role,
        contrasts.unit_count,
        contrasts.control_unit_count,
        of_arm.active_unit_count,
        of_control.active_unit_count as control_active_unit_count,
        contrasts.arm_value,
        contrasts.control_value,
        contrasts.estimate,
        contrasts.estimate_se,
        contrasts.degrees_of_freedom,
        contrasts.estimate_lower,
        contrasts.estimate_upper,
        contrasts.p_value,
        average_effects.mean_daily_effect,
        level_contrasts.p_value as mean_daily_effect_p_value,
        coalesce(
            level_contrasts.p_value < 1 - contrasts.confidence_level
            and level_contrasts.estimate * average_effects.mean_daily_effect > 0,
            false
        ) as is_effect_found,
        contrasts.confidence_level,
        {{ feedlift._approximation_quality(is_small['poor'], is_small['doubtful']) }} as approximation_quality,
        case
            when contrasts.null_reason = 'not_logged' and average_effects.experiment_id is null then 'no_mature_units'
            when contrasts.null_reason = 'not_logged' and average_effects.not_logged_indicator = 0
                then 'fewer_than_two_days'
            else contrasts.null_reason
        end as null_reason,
        contrasts.experiment_id || ', ' || contrasts.population || ': trend of ' || metric_roles.metric_role
        || ' metrics, ' || contrasts.scale as test_family
    from contrasts
    inner join metric_roles
        on contrasts.experiment_id = metric_roles.experiment_id and contrasts.metric = metric_roles.metric
    inner join active_users as of_arm
        on
            contrasts.experiment_id = of_arm.experiment_id
            and contrasts.population = of_arm.population
            and contrasts.metric = of_arm.metric
            and contrasts.arm = of_arm.arm
    inner join active_users as of_control
        on
            contrasts.experiment_id = of_control.experiment_id
            and contrasts.population = of_control.population
            and contrasts.metric = of_control.metric
            and contrasts.control_arm = of_control.arm
    left join level_contrasts
        on
            contrasts.experiment_id = level_contrasts.experiment_id
            and contrasts.population = level_contrasts.population
            and contrasts.metric = level_contrasts.metric
            and contrasts.arm = level_contrasts.arm
            and contrasts.control_arm = level_contrasts.control_arm
    left join average_effects
        on
            contrasts.experiment_id = average_effects.experiment_id
            and contrasts.population = average_effects.population
            and contrasts.metric = average_effects.metric
            and contrasts.arm = average_effects.arm
    where contrasts.control_arm is not null

),

adjusted as (

    {{ feedlift.adjusted_p_values('judged', ['test_family']) | indent(4) }}

),

-- A trend of a handful of users is one of single days that they came on.
final as (

    select
        experiment_id,
        population,
        metric,
        scale,
        arm,
        control_arm,
        metric_role,
        cast({{ feedlift.setting('novelty_days') | int }} as {{ feedlift.data_type('integer') }}) as day_count,
        cast(unit_count as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(control_unit_count as {{ feedlift.data_type('integer') }}) as control_unit_count,
        cast(active_unit_count as {{ feedlift.data_type('integer') }}) as active_unit_count,
        cast(control_active_unit_count as {{ feedlift.data_type('integer') }}) as control_active_unit_count,
        arm_value,
        control_value,
        estimate,
        estimate_se,
        degrees_of_freedom,
        estimate_lower,
        estimate_upper,
        p_value,
        test_family,
        cast(family_size as {{ feedlift.data_type('integer') }}) as family_size,
        p_value_benjamini_hochberg,
        mean_daily_effect,
        mean_daily_effect_p_value,
        case
            when p_value_benjamini_hochberg is null or active_unit_count < 100 or control_active_unit_count < 100
                then null
            when p_value_benjamini_hochberg >= 1 - confidence_level then 'not_found'
            when not is_effect_found then 'changing'
            when estimate * mean_daily_effect < 0 then 'fading'
            when estimate * mean_daily_effect > 0 then 'growing'
        end as trend,
        confidence_level,
        approximation_quality,
        null_reason
    from adjusted

)

select * from final
