{#-
  Always-valid interval and p-value of every row of a table of contrasts such as contrast_tests makes: all of its
  columns and the figures of the sequence. The interval excludes zero exactly when the p-value is below 1 - confidence
  level, and so does the interval of the lift, because one multiplier makes all three.
-#}
{% macro sequential_tests(contrasts, planned_unit_count, confidence_level=none) %}
  {%- set confidence = feedlift._confidence('sequential_tests', confidence_level) -%}
with contrasts as (

    select
        {{ feedlift.all_columns_but(feedlift._made_columns('sequential_tests')) }},
        cast({{ planned_unit_count }} as {{ feedlift.data_type('double') }}) as planned_unit_count_of_sequence
    from {{ contrasts }}

),

-- The theorem is about large samples: before, the estimated variance is too noisy to stand for the true one. A share p
-- has the squared skewness 1 / p for small p and 1 / (1 - p) for large: n >= 20 skewness^2 is 20 of the rarer units,
-- and as much for what is no share. Without it, a share of .998 in a tenth of 6,000 users is rejected in a third of the
-- worlds in which nothing differs.
reasons as (

    select
        *,
        case
            when null_reason is not null then null_reason
            when coalesce(estimate_se, 0) <= 0 then 'no_standard_error'
            when unit_count < 100 or control_unit_count < 100 then 'fewer_than_100_units'
            when coalesce(nonzero_unit_count, 0) < 20 or coalesce(control_nonzero_unit_count, 0) < 20
                then 'fewer_than_20_nonzero_units'
            when
                not coalesce(is_ratio, false)
                and (
                    unit_count < 20 * skewness * skewness
                    or control_unit_count < 20 * control_skewness * control_skewness
                )
                then 'too_skewed'
            when not coalesce(planned_unit_count_of_sequence > 0 and planned_unit_count_of_sequence <= 1e15, false)
                then 'no_planned_unit_count'
        end as sequential_null_reason
    from contrasts

),

judged as (

    select
        *,
        case when sequential_null_reason is null then estimate / estimate_se end as sequential_z,
        case when sequential_null_reason is null then unit_count + control_unit_count end as sequential_unit_count
    from reasons

),

multipliers as (

    select
        *,
        {{ feedlift.confidence_sequence_multiplier(
            'sequential_unit_count', 'planned_unit_count_of_sequence', confidence
        ) }} as sequential_multiplier
    from judged

),

final as (

    select
        *,
        estimate - sequential_multiplier * estimate_se as sequential_lower,
        estimate + sequential_multiplier * estimate_se as sequential_upper,
        {{ feedlift.always_valid_p_value(
            'sequential_z', 'sequential_unit_count', 'planned_unit_count_of_sequence', confidence
        ) }} as sequential_p_value,
        {%- for end in ['lower', 'upper'] %}
        {{ feedlift.fieller_interval(
            end, 'arm_value', 'arm_value_variance', 'control_value', 'control_value_variance', 'sequential_multiplier',
            'covariance_of_values'
        ) }} as sequential_relative_lift_{{ end }}{{ ',' if not loop.last }}
        {%- endfor %}
    from multipliers

)

select * from final
{% endmacro %}
