{#-
  How far the reference distribution of a test may be taken at its word, of two conditions: a null condition that could
  change the answer leaves it unknown. An expression.
-#}
{% macro _approximation_quality(is_poor, is_doubtful) -%}
        case
            when {{ is_poor }} then 'poor'
            when not ({{ is_poor }}) and ({{ is_doubtful }}) then 'doubtful'
            when not ({{ is_poor }}) and not ({{ is_doubtful }}) then 'good'
            else 'unknown'
        end
{%- endmacro %}


{#- The condition that an already judged quality adds to further ones; null where it is unknown. An expression. -#}
{% macro _quality_is(quality, grade) -%}
    nullif({{ quality }}, 'unknown') = '{{ grade }}'
{%- endmacro %}


{#-
  Whether an arm has too few units with a non-zero value, too few units of a ratio (whose skewness is not known), or too
  few for the skewness of its values. An expression over the columns of contrast_tests.
-#}
{% macro _sample_is_small(nonzero_units, units_of_ratio, units_per_squared_skewness) -%}
            nonzero_unit_count < {{ nonzero_units }}
            or control_nonzero_unit_count < {{ nonzero_units }}
            or (is_ratio and (unit_count < {{ units_of_ratio }} or control_unit_count < {{ units_of_ratio }}))
            or (not is_ratio and unit_count < {{ units_per_squared_skewness }} * skewness * skewness)
            or (
                not is_ratio
                and control_unit_count < {{ units_per_squared_skewness }} * control_skewness * control_skewness
            )
{%- endmacro %}
