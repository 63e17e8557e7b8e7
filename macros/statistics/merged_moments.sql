{#-
  Merges rows of a table of moments, for instance segment values into a stratum, as if the moments had been taken of all
  their units at once: nothing is approximated, and no user is read again. Means are taken off the smallest one first,
  so that merging equal means leaves no variance between them.
-#}
{% macro merged_moments(moments, keys, covariate_count=1) %}
  {%- do feedlift._check_keys('merged_moments', keys) -%}
  {%- if 'metric' not in keys | map('lower') | list -%}
    {{ exceptions.raise_compiler_error(
      "merged_moments: the keys lack 'metric', so that the moments of several metrics would be merged into one; add it."
    ) }}
  {%- endif -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set parts = feedlift._moment_parts(covariate_count) | list -%}
  {%- set partition = 'over (partition by ' ~ (keys | join(', ')) ~ ', is_ratio)' -%}
with moments as (

    select
        {{ keys | join(', ') }},
        is_ratio,
        unit_count,
        nonzero_unit_count,
        cast(unit_count as {{ double }}) as weight,
        {%- for part in parts %}
        case when unit_count > 0 then {{ part }}_mean end as {{ part }}_mean,
        {%- endfor %}
        {%- for column in feedlift._second_moments(parts) %}
        {{ column }},
        {%- endfor %}
        numerator_third_moment
    from {{ moments }}

),

smallest_means as (

    select
        *,
        {%- for part in parts %}
        min({{ part }}_mean) {{ partition }} as {{ part }}_smallest,
        count({{ part }}_mean) {{ partition }} as {{ part }}_known,
        {%- endfor %}
        count(nullif(weight, 0)) {{ partition }} as row_count
    from moments

),

-- What one of the rows does not know, nobody knows of them all.
common_means as (

    select
        *,
        {%- for part in parts %}
        case
            when {{ part }}_known = row_count
                then
                    {{ part }}_smallest
                    + sum(weight * ({{ part }}_mean - {{ part }}_smallest)) {{ partition }}
                    / nullif(sum(weight) {{ partition }}, 0)
        end as {{ part }}_common
        {{- ',' if not loop.last }}
        {%- endfor %}
    from smallest_means

),

deviations as (

    select
        *,
        {%- for part in parts %}
        {{ part }}_mean - {{ part }}_common as {{ part }}_deviation{{ ',' if not loop.last }}
        {%- endfor %}
    from common_means

),

final as (

    select
        {{ keys | join(', ') }},
        is_ratio,
        cast(sum(unit_count) as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(sum(nonzero_unit_count) as {{ feedlift.data_type('integer') }}) as nonzero_unit_count,
        {%- for part in parts %}
        max({{ part }}_common) as {{ part }}_mean,
        {%- endfor %}
        {%- for part in parts %}
        sum(
            coalesce((weight - 1) * {{ part }}_variance, 0e0) + weight * {{ part }}_deviation * {{ part }}_deviation
        ) / nullif(sum(weight) - 1, 0) as {{ part }}_variance,
        {%- endfor %}
        {%- for first, second in feedlift._pairs(parts) %}
        sum(
            coalesce((weight - 1) * {{ first }}_{{ second }}_covariance, 0e0)
            + weight * {{ first }}_deviation * {{ second }}_deviation
        ) / nullif(sum(weight) - 1, 0) as {{ first }}_{{ second }}_covariance,
        {%- endfor %}
        sum(
            weight * numerator_third_moment
            + 3 * coalesce((weight - 1) * numerator_variance, 0e0) * numerator_deviation
            + weight * numerator_deviation * numerator_deviation * numerator_deviation
        ) / nullif(sum(weight), 0) as numerator_third_moment
    from deviations
    group by {{ keys | join(', ') }}, is_ratio

)

select * from final
{% endmacro %}
