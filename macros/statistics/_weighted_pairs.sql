{#-
  The CTE `weighted_pairs`: every treatment arm with control by stratum, weighted by the stratum's share of the pair's
  units. A stratum that lacks one of the two arms, or every known outcome of one (`known_count`), offers no comparison
  and has the weight 0, for both arms. Where no stratum offers any the weight is null. `stratum` names the column.
-#}
{% macro _weighted_pairs(relation, keys, known_count='unit_count', stratum='stratum') %}
  {%- set double = feedlift.data_type('double') -%}
pairs as (

    select
        {{ feedlift._key_columns(keys + ['arm'], 'treated') }},
        control.arm as control_arm,
        treated.{{ stratum }},
        cast(
            case
                when treated.{{ known_count }} > 0 and control.{{ known_count }} > 0
                    then treated.unit_count + control.unit_count
                else 0
            end as {{ double }}
        ) as pair_unit_count
    from {{ relation }} as treated
    inner join {{ relation }} as control
        on {{ feedlift._keys_match(keys + [stratum], 'treated', 'control') }}
    where control.is_control_arm and not treated.is_control_arm

),

weighted_pairs as (

    select
        *,
        pair_unit_count
        / nullif(sum(pair_unit_count) over (partition by {{ (keys + ['arm', 'control_arm']) | join(', ') }}), 0)
            as weight
    from pairs

)
{%- endmacro %}


{#- The join of `weighted_pairs` with the two sides of each. -#}
{% macro _sides_of_pairs(relation, keys, stratum='stratum') %}
from weighted_pairs
    inner join {{ relation }}
        on
            {{ feedlift._keys_match(keys + [stratum], 'weighted_pairs', relation) }}
            and (
                (weighted_pairs.arm = {{ relation }}.arm and not {{ relation }}.is_control_arm)
                or (weighted_pairs.control_arm = {{ relation }}.arm and {{ relation }}.is_control_arm)
            )
    where weighted_pairs.weight is null or weighted_pairs.weight > 0
{%- endmacro %}
