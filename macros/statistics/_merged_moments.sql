{#-
  Rows of moments put together by keys, as if the moments had been taken of all their units at once. Each row has, per
  variable, its sum `<part>_total` and its mean around any centre that rows of a key share, `<part>_centred_mean`: a
  mean of 1e9 has too few digits left for the squares of the differences between rows. Equal means are their own common
  one, so that no variance is left between them.
-#}
{% macro _merged_moments(moments, keys, parts) %}
  {%- set parts = parts | list -%}
-- A number that is never null, to join by: windows by key cost more than the moments where there are many keys.
with numbered as (

    select
        *,
        cast(unit_count as {{ feedlift.data_type('double') }}) as weight,
        dense_rank() over (order by {{ keys | join(', ') }}, is_ratio) as merged_row
    from {{ moments }}

),

-- What one of the rows does not know, nobody knows of them all.
common_means as (

    select
        merged_row,
        {%- for part in parts %}
        {%- set mean = part ~ '_centred_mean' %}
        case
            when count(case when unit_count > 0 then {{ mean }} end) < count(nullif(unit_count, 0)) then null
            when min({{ mean }}) = max({{ mean }}) then min({{ mean }})
            else sum(weight * {{ mean }}) / nullif(sum(weight), 0)
        end as {{ part }}_common{{ ',' if not loop.last }}
        {%- endfor %}
    from numbered
    group by merged_row

),

deviations as (

    select
        numbered.*,
        {%- for part in parts %}
        numbered.{{ part }}_centred_mean - common_means.{{ part }}_common as {{ part }}_deviation
        {{- ',' if not loop.last }}
        {%- endfor %}
    from numbered
    inner join common_means on numbered.merged_row = common_means.merged_row

),

-- One unit has what its row says: null, or the 0 of a denominator that there is not.
final as (

    select
        {{ keys | join(', ') }},
        is_ratio,
        cast(sum(unit_count) as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(sum(nonzero_unit_count) as {{ feedlift.data_type('integer') }}) as nonzero_unit_count,
        {%- for part in parts %}
        case
            when count(case when unit_count > 0 then {{ part }}_total end) = count(nullif(unit_count, 0))
                then {{ feedlift.precise_sum(part ~ '_total') }} / nullif(sum(weight), 0)
        end as {{ part }}_mean,
        {%- endfor %}
        {%- for part in parts %}
        coalesce(
            sum(
                coalesce((weight - 1) * {{ part }}_variance, 0e0)
                + weight * {{ part }}_deviation * {{ part }}_deviation
            ) / nullif(sum(weight) - 1, 0),
            max(case when weight <= 1 then {{ part }}_variance end)
        ) as {{ part }}_variance,
        {%- endfor %}
        {%- for first, second in feedlift._pairs(parts) %}
        coalesce(
            sum(
                coalesce((weight - 1) * {{ first }}_{{ second }}_covariance, 0e0)
                + weight * {{ first }}_deviation * {{ second }}_deviation
            ) / nullif(sum(weight) - 1, 0),
            max(case when weight <= 1 then {{ first }}_{{ second }}_covariance end)
        ) as {{ first }}_{{ second }}_covariance,
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
{%- endmacro %}
