{#-
  How a test behaved over many replications of an A/A test, in which every rejection is false: how often it rejects, in
  all and towards either side, whether its estimates are right on average, and whether its standard error is as large as
  the estimates spread.
-#}
{% macro false_positive_rates(contrasts, keys) %}
  {%- set double = feedlift.data_type('double') -%}
  {%- set shares = {
    'false_positive_rate': 'false_positive_count',
    'upper_false_positive_rate': 'upper_false_positive_count',
    'lower_false_positive_rate': 'lower_false_positive_count',
  } -%}
with contrasts as (

    select
        {{ keys | join(', ') }},
        confidence_level,
        estimate,
        estimate_se,
        p_value,
        estimate_lower,
        estimate_upper,
        relative_lift_lower,
        relative_lift_upper,
        approximation_quality,
        -- An end that the alternative leaves open is null, and holds whatever lies beyond.
        alternative = 'less' as is_open_below,
        alternative = 'greater' as is_open_above,
        -- 1 - 0.95 is a little above 0.05 in doubles, by which p = 0.05 would be below alpha.
        p_value < round((1 - confidence_level) * 1e12) / 1e12 as is_false_positive
    from {{ contrasts }}

),

means as (

    select
        {{ keys | join(', ') }},
        avg(estimate) as mean_estimate
    from contrasts
    where p_value is not null
    group by {{ keys | join(', ') }}

),

deviations as (

    select
        contrasts.*,
        contrasts.estimate - means.mean_estimate as deviation
    from contrasts
    left join means
        on {{ feedlift._keys_match(keys, 'contrasts', 'means') }}

),

counts as (

    select
        {{ keys | join(', ') }},
        max(confidence_level) as confidence_level,
        {{ feedlift.normal_quantile('9.75e-1') }} as z,
        count(*) as replication_count,
        count(p_value) as computed_count,
        count(case when is_false_positive then 1 end) as false_positive_count,
        count(case when is_false_positive and estimate > 0 then 1 end) as upper_false_positive_count,
        count(case when is_false_positive and estimate < 0 then 1 end) as lower_false_positive_count,
        count(
            case
                when
                    p_value is not null
                    and (is_open_below or estimate_lower <= 0)
                    and (is_open_above or estimate_upper >= 0)
                    then 1
            end
        ) as covering_count,
        count(
            case
                when
                    p_value is not null
                    and (is_open_below or relative_lift_lower is not null)
                    and (is_open_above or relative_lift_upper is not null)
                    then 1
            end
        ) as bounded_lift_count,
        count(
            case
                when
                    p_value is not null
                    and (is_open_below or relative_lift_lower <= 0)
                    and (is_open_above or relative_lift_upper >= 0)
                    then 1
            end
        ) as covering_lift_count,
        count(case when p_value is not null and approximation_quality <> 'good' then 1 end) as doubtful_count,
        count(case when p_value is not null and approximation_quality = 'good' then 1 end) as trusted_count,
        count(case when is_false_positive and approximation_quality = 'good' then 1 end)
            as trusted_false_positive_count,
        avg(case when p_value is not null then estimate end) as mean_estimate,
        avg(case when p_value is not null then estimate_se end) as mean_estimate_se,
        sqrt(var_samp(case when p_value is not null then deviation end)) as estimate_sd,
        avg(case when p_value is not null then deviation * deviation * deviation * deviation end) as fourth_moment
    from deviations
    group by {{ keys | join(', ') }}

),

final as (

    select
        {{ keys | join(', ') }},
        confidence_level,
        replication_count,
        1 - cast(computed_count as {{ double }}) / replication_count as null_share,
        {%- for share, hits in shares.items() %}
        cast({{ hits }} as {{ double }}) / nullif(computed_count, 0) as {{ share }},
        {%- for end in ['lower', 'upper'] %}
        {{ feedlift.wilson_interval(end, hits, 'computed_count', 'z') }} as {{ share }}_{{ end }},
        {%- endfor %}
        {%- endfor %}
        cast(covering_count as {{ double }}) / nullif(computed_count, 0) as coverage_rate,
        cast(covering_lift_count as {{ double }}) / nullif(bounded_lift_count, 0) as lift_coverage_rate,
        mean_estimate,
        estimate_sd / sqrt(nullif(computed_count, 0)) as mean_estimate_monte_carlo_se,
        mean_estimate / nullif(estimate_sd, 0) as standardised_bias,
        1 / sqrt(cast(nullif(computed_count, 0) as {{ double }})) as standardised_bias_monte_carlo_se,
        estimate_sd,
        mean_estimate_se,
        mean_estimate_se / nullif(estimate_sd, 0) as se_ratio,
        mean_estimate_se / nullif(estimate_sd, 0) * sqrt(
            greatest(fourth_moment / nullif(estimate_sd * estimate_sd * estimate_sd * estimate_sd, 0) - 1, 0e0)
            / (4 * nullif(computed_count, 0))
        ) as se_ratio_monte_carlo_se,
        cast(doubtful_count as {{ double }}) / nullif(doubtful_count + trusted_count, 0) as doubtful_share,
        cast(trusted_false_positive_count as {{ double }}) / nullif(trusted_count, 0) as trusted_false_positive_rate
    from counts

)

select * from final
{% endmacro %}
