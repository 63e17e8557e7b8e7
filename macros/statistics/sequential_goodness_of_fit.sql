{#-
  Anytime-valid test of counts against planned shares: the sample ratio mismatch test that may be looked at every day
  (Lindon and Malek 2022, "Anytime-Valid Inference for Multinomial Count Data"). At every look the counts so far are
  weighed under shares drawn from a Dirichlet distribution about the planned ones against the planned shares
  themselves; one over the largest of these Bayes factors so far is a p-value at whatever look one stops.
  Strata with shares of their own (ramp phases) multiply: a product of such factors is one too.
-#}
{% macro sequential_goodness_of_fit(relation, keys, look, observed, share, concentration, stratum=none) %}
  {%- do feedlift._check_keys('sequential_goodness_of_fit', keys) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set look_keys = keys + ['look'] -%}
with categories as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        {{ look }} as look,
        {{ stratum or "'all'" }} as stratum,
        {{ feedlift._in_range('cast(' ~ observed ~ ' as ' ~ double ~ ')') }} as observed,
        {{ feedlift._in_range('cast(' ~ share ~ ' as ' ~ double ~ ')') }} as share,
        {{ feedlift._in_range('cast(' ~ concentration ~ ' as ' ~ double ~ ')') }} as concentration
    from {{ relation }}

),

-- A share of zero is no term: users who arrive there are proof enough, and nobody is no news.
terms as (

    select
        *,
        concentration * share as prior_count,
        concentration * share + observed as posterior_count
    from categories

),

-- From here on a null is what log_gamma makes of a count that is not positive.
log_terms as (

    select
        *,
        case
            when observed > 0
                then
                    {{ feedlift.log_gamma('posterior_count') }} - ({{ feedlift.log_gamma('prior_count') }})
                    - observed * ln(case when share > 0 then share end)
            when observed = 0 then 0e0
        end as log_term
    from terms

),

strata as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        look,
        stratum,
        max(concentration) as concentration,
        sum(observed) + max(concentration) as total_count,
        sum(observed) as observed,
        sum(log_term) as log_term,
        sum(share) as share,
        max(case when observed > 0 and share <= 0 then 1 else 0 end) as has_impossible_count,
        max(case when observed is null or share is null or observed < 0 or share < 0 then 1 else 0 end)
            as has_unknown_count
    from log_terms
    group by {{ (look_keys + ['stratum']) | join(', ') }}

),

log_bayes_factors as (

    select
        *,
        case
            when observed > 0
                then {{ feedlift.log_gamma('concentration') }} - ({{ feedlift.log_gamma('total_count') }}) + log_term
            when observed = 0 then 0e0
        end as log_bayes_factor
    from strata

),

looks as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        look,
        sum(observed) as observed,
        sum(log_bayes_factor) as log_bayes_factor,
        case
            when max(has_unknown_count) = 1 then 'unknown_count'
            when max(has_impossible_count) = 1 then 'count_without_share'
            when max(case when observed > 0 and abs(share - 1e0) > 1e-9 then 1 else 0 end) = 1
                then 'shares_do_not_add_up'
            when count(log_bayes_factor) < count(*) then 'no_concentration'
        end as null_reason
    from log_bayes_factors
    group by {{ look_keys | join(', ') }}

),

judged as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        look,
        case when null_reason is null then log_bayes_factor end as log_bayes_factor,
        null_reason
    from looks

),

-- One over the largest factor so far: an earlier look that has spoken is not unsaid by a later one.
running as (

    select
        *,
        max(log_bayes_factor) over (
            {{ 'partition by ' ~ (keys | join(', ')) if keys }} order by look
            rows between unbounded preceding and current row
        ) as largest_log_bayes_factor
    from judged

),

final as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        look,
        log_bayes_factor,
        case
            when null_reason is not null then null
            when largest_log_bayes_factor > 6.9e2 then 1e-300
            when largest_log_bayes_factor > 0e0 then exp(-largest_log_bayes_factor)
            else 1e0
        end as p_value,
        null_reason
    from running

)

select * from final
{% endmacro %}
