{#-
  p-values corrected for the number of tests in their family. Every count is one of p-values up to or from this one,
  ties included, so that equal p-values get equal answers without a tie-break, and nulls count nowhere, whichever end a
  warehouse sorts them to.
-#}
{% macro adjusted_p_values(relation, family, p_value='p_value') %}
  {%- set family_list = [family] if family is string else family -%}
  {%- set partition = ('partition by ' ~ family_list | join(', ') ~ ' ') if family_list else '' -%}
with multipliers as (

    select
        *,
        count({{ p_value }}) over ({{ partition | trim }}) as family_size,
        count({{ p_value }}) over ({{ partition }}order by {{ p_value }} desc) as holm_multiplier,
        cast(count({{ p_value }}) over ({{ partition | trim }}) as {{ feedlift.data_type('double') }})
        / nullif(count({{ p_value }}) over ({{ partition }}order by {{ p_value }}), 0) as benjamini_hochberg_multiplier
    from {{ relation }}

),

-- A smaller p-value is never corrected to more than a larger one.
final as (

    select
        *,
        case
            when {{ p_value }} is not null then least(family_size * {{ p_value }}, 1e0)
        end as p_value_bonferroni,
        case
            when {{ p_value }} is not null
                then least(max(holm_multiplier * {{ p_value }}) over ({{ partition }}order by {{ p_value }}), 1e0)
        end as p_value_holm,
        case
            when {{ p_value }} is not null
                then least(
                    min(benjamini_hochberg_multiplier * {{ p_value }}) over (
                        {{ partition }}order by {{ p_value }} desc
                    ), 1e0
                )
        end as p_value_benjamini_hochberg
    from multipliers

)

select * from final
{% endmacro %}
