{#-
  Means of a sample that does not represent its population: respondents are weighted so that every stratum has the
  share it has in the population, w = W_h / n_h for each of the n_h in stratum h (post-stratification). The variance is
  that of
  a stratified sample with the n_h as they turned out (Holt and Smith 1979): what they could have been tells nothing of
  this one. A stratum nobody answered for leaves the mean unknown; leaving it out would answer for another population.
-#}
{% macro weighted_means(
  relation, stratum, values, population, population_stratum, population_size, group_by=[], confidence_level=none
) %}
  {%- do feedlift._check_keys('weighted_means', group_by) -%}
  {%- do feedlift._check_values('weighted_means', values) -%}
  {%- set confidence = feedlift._confidence('weighted_means', confidence_level) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set keys = group_by + ['metric'] -%}
  {%- set metrics = {} -%}
  {%- for name, expression in values.items() -%}
    {%- do metrics.update({name: {'numerator': expression}}) -%}
  {%- endfor -%}
with respondents as (

    select
        {{ feedlift.all_columns_but(['weighting_stratum']) }},
        {{ stratum }} as weighting_stratum
    from {{ relation }}

),

moments as (

    {{ feedlift.unit_moments(
        'respondents', group_by + ['weighting_stratum'], metrics, center_by=group_by
    ) | indent(4) }}

),

population_strata as (

    select
        {{ population_stratum }} as weighting_stratum,
        cast({{ population_size }} as {{ double }}) as stratum_size
    from {{ population }}

),

-- A negative, infinite or unknown size makes no shares at all: the others would add up to more than there is.
population_shares as (

    select
        weighting_stratum,
        case
            when
                count(*) over () = count(stratum_size) over ()
                and min(stratum_size) over () >= 0
                and max(stratum_size) over () <= 1e70
                then stratum_size / nullif(sum(stratum_size) over (), 0)
        end as share
    from population_strata

),

shares as (

    select
        weighting_stratum,
        sum(share) as share
    from population_shares
    where share > 0
    group by weighting_stratum

),

means as (

    select distinct {{ keys | join(', ') }}
    from moments

),

cells as (

    select
        {{ feedlift._key_columns(keys, 'means') }},
        shares.share,
        cast(coalesce(moments.unit_count, 0) as {{ double }}) as unit_count,
        moments.nonzero_unit_count,
        moments.numerator_mean,
        shares.share * shares.share * moments.numerator_variance / nullif(moments.unit_count, 0) as variance_of_mean
    from means
    cross join shares
    left join moments
        on
            {{ feedlift._keys_match(keys, 'means', 'moments') }}
            and {{ feedlift.is_same('shares.weighting_stratum', 'moments.weighting_stratum') }}

),

out_of_population as (

    select
        {{ feedlift._key_columns(keys, 'moments') }},
        sum(case when shares.share is null then moments.unit_count else 0 end) as out_of_population_count,
        sum(moments.unit_count) as known_count,
        {{ feedlift._known_sum(
            'case when moments.unit_count = 0 then 0e0 else moments.unit_count * moments.numerator_mean end'
        ) }} as total
    from moments
    left join shares
        on {{ feedlift.is_same('moments.weighting_stratum', 'shares.weighting_stratum') }}
    group by {{ feedlift._key_columns(keys, 'moments') }}

),

sums as (

    select
        {{ keys | join(', ') }},
        min(unit_count) as smallest_stratum_count,
        sum(unit_count) as unit_count,
        sum(nonzero_unit_count) as nonzero_unit_count,
        {{ feedlift._known_sum('share * numerator_mean') }} as weighted_mean,
        {{ feedlift._known_sum('variance_of_mean') }} as variance_of_mean,
        sum(variance_of_mean * variance_of_mean / nullif(unit_count - 1, 0)) as degrees_of_freedom_part,
        sum(share * share / nullif(unit_count, 0)) as sum_of_squared_weights
    from cells
    group by {{ keys | join(', ') }}

),

judged as (

    select
        {{ feedlift._key_columns(keys, 'out_of_population') }},
        out_of_population.known_count,
        {{ feedlift._in_range('(out_of_population.total / nullif(out_of_population.known_count, 0))') }}
            as unweighted_mean,
        sums.unit_count,
        {{ feedlift._in_range('sums.weighted_mean') }} as weighted_mean,
        sums.variance_of_mean,
        sums.degrees_of_freedom_part,
        sums.sum_of_squared_weights,
        case
            when sums.unit_count is null then 'population_unknown'
            when out_of_population.out_of_population_count > 0 then 'stratum_not_in_population'
            when sums.smallest_stratum_count = 0 then 'empty_stratum'
            when sums.smallest_stratum_count = 1 then 'one_respondent_in_stratum'
            when
                sums.variance_of_mean = 0
                and not (sums.nonzero_unit_count > 0 and abs(sums.weighted_mean) < 1e-70)
                then 'zero_variance'
            when
                not {{ feedlift._is_value_in_range('sums.weighted_mean') }}
                or not {{ feedlift._is_variance_in_range('sums.variance_of_mean') }}
                then 'out_of_range'
        end as null_reason
    from out_of_population
    left join sums on {{ feedlift._keys_match(keys, 'out_of_population', 'sums') }}

),

weighted as (

    select
        *,
        coalesce(null_reason, 'zero_variance') in ('zero_variance', 'one_respondent_in_stratum') as is_weighted
    from judged

),

standard_errors as (

    select
        {{ keys | join(', ') }},
        known_count as unit_count,
        unweighted_mean,
        case when is_weighted then weighted_mean end as weighted_mean,
        case when null_reason is null or null_reason = 'zero_variance' then sqrt(variance_of_mean) end
            as weighted_mean_se,
        case
            when null_reason is null
                then variance_of_mean * variance_of_mean / nullif(degrees_of_freedom_part, 0)
        end as degrees_of_freedom,
        case when is_weighted then unit_count * sum_of_squared_weights end as design_effect,
        case when is_weighted then 1 / sum_of_squared_weights end as effective_unit_count,
        null_reason,
        cast({{ (1 - confidence) / 2 }} as {{ double }}) as upper_tail_probability
    from weighted

),

critical_values as (

    {{ feedlift.student_t_quantile(
        'standard_errors', 'upper_tail_probability', 'degrees_of_freedom', 't_critical'
    ) | indent(4) }}

),

final as (

    select
        {{ keys | join(', ') }},
        unit_count,
        unweighted_mean,
        weighted_mean,
        weighted_mean_se,
        degrees_of_freedom,
        weighted_mean - t_critical * weighted_mean_se as weighted_mean_lower,
        weighted_mean + t_critical * weighted_mean_se as weighted_mean_upper,
        cast({{ confidence }} as {{ double }}) as confidence_level,
        design_effect,
        effective_unit_count,
        null_reason
    from critical_values

)

select * from final
{% endmacro %}
