{#-
  Solves A theta = b per key, A the covariances of the covariates (`covariance_<i>_<j>`, i <= j) and b theirs with the
  outcome (`outcome_covariance_<i>`), as columns `coefficient_<i>`: symmetric elimination in the given order, unrolled
  when SQL is compiled (Goodnight 1979, "A Tutorial on the SWEEP Operator"). A covariate of which the ones before it
  leave less than 1e-8 of its variance, or that is unknown, is passed over with the coefficient 0: dividing by what
  rounding leaves there would make up a coefficient of any size.
-#}
{% macro _least_squares(relation, keys, count) %}
  {%- set rows = range(1, count + 1) | list -%}
with eliminated_0 as (

    select
        {%- for i in rows %}
        coalesce(covariance_{{ i }}_{{ i }}, 0e0) as scale_{{ i }},
        coalesce(outcome_covariance_{{ i }}, 0e0) as outcome_{{ i }},
        {%- for j in rows if j >= i %}
        coalesce(covariance_{{ i }}_{{ j }}, 0e0) as pivot_{{ i }}_{{ j }},
        {%- endfor %}
        {%- endfor %}
        {{ keys | join(', ') }}
    from {{ relation }}

),
{% for k in rows[:-1] %}
{%- set is_usable = 'pivot_' ~ k ~ '_' ~ k ~ ' > 1e-8 * scale_' ~ k %}
eliminated_{{ k }} as (

    select
        {%- for i in rows %}
        scale_{{ i }},
        {%- if i <= k %}
        outcome_{{ i }},
        {%- else %}
        case
            when {{ is_usable }} then outcome_{{ i }} - pivot_{{ k }}_{{ i }} / pivot_{{ k }}_{{ k }} * outcome_{{ k }}
            else outcome_{{ i }}
        end as outcome_{{ i }},
        {%- endif %}
        {%- for j in rows if j >= i %}
        {%- if i <= k %}
        pivot_{{ i }}_{{ j }},
        {%- else %}
        case
            when {{ is_usable }}
                then pivot_{{ i }}_{{ j }} - pivot_{{ k }}_{{ i }} / pivot_{{ k }}_{{ k }} * pivot_{{ k }}_{{ j }}
            else pivot_{{ i }}_{{ j }}
        end as pivot_{{ i }}_{{ j }},
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
        {{ keys | join(', ') }}
    from eliminated_{{ k - 1 }}

),
{% endfor %}
{%- for k in rows | reverse %}
solved_{{ k }} as (

    select
        *,
        case
            when pivot_{{ k }}_{{ k }} > 1e-8 * scale_{{ k }}
                then (
                    outcome_{{ k }}
                    {%- for j in rows if j > k %} - pivot_{{ k }}_{{ j }} * coefficient_{{ j }}{% endfor -%}
                ) / pivot_{{ k }}_{{ k }}
            else 0e0
        end as coefficient_{{ k }}
    from {{ 'eliminated_' ~ (count - 1) if loop.first else 'solved_' ~ (k + 1) }}

),
{% endfor %}
final as (

    select
        {{ keys | join(', ') }},
        {%- for i in rows %}
        coefficient_{{ i }}{{ ',' if not loop.last }}
        {%- endfor %}
    from solved_1

)

select * from final
{% endmacro %}
