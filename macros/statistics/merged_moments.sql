{#-
  Merges rows of a table of moments, for instance segment values into a stratum, as if the moments had been taken of all
  their units at once: nothing is approximated, and no user is read again.
-#}
{% macro merged_moments(moments, keys, covariate_count=1) %}
  {%- do feedlift._check_keys('merged_moments', keys) -%}
  {%- if 'metric' not in keys | map('lower') | list -%}
    {{ exceptions.raise_compiler_error(
      "merged_moments: the keys lack 'metric', so that the moments of several metrics would be merged into one; add it."
    ) }}
  {%- endif -%}
  {%- set parts = feedlift._moment_parts(covariate_count) | list -%}
with moments as (

    select
        {{ keys | join(', ') }},
        is_ratio,
        unit_count,
        nonzero_unit_count,
        {%- for part in parts %}
        case when unit_count > 0 then unit_count * {{ part }}_mean end as {{ part }}_total,
        case when unit_count > 0 then {{ part }}_mean end as {{ part }}_centred_mean,
        {%- endfor %}
        {%- for column in feedlift._second_moments(parts) %}
        {{ column }},
        {%- endfor %}
        numerator_third_moment
    from {{ moments }}

),

final as (

    {{ feedlift._merged_moments('moments', keys, parts) | indent(4) }}

)

select * from final
{% endmacro %}
