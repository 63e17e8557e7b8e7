{#-
  p-values corrected for the number of tests in their family. Every count is one of p-values up to or from this one,
  ties included, so that equal p-values get equal answers without a tie-break, and nulls count nowhere, whichever end a
  warehouse sorts them to. What is no probability, NaN among it, is no test either.
-#}
{% macro adjusted_p_values(relation, family, p_value='p_value') %}
  {%- set family_list = [family] if family is string else family -%}
  {%- do feedlift._check_keys('adjusted_p_values', family_list) -%}
  {%- if p_value | lower in feedlift._made_columns('adjusted_p_values') -%}
    {{ exceptions.raise_compiler_error(
      "adjusted_p_values: the column '" ~ p_value ~ "' is one that the macro makes anew; give it another name in the "
      ~ "relation."
    ) }}
  {%- endif -%}
  {%- set p = "(case when " ~ p_value ~ " between 0 and 1 then " ~ p_value ~ " end)" -%}
  {%- set partition = ('partition by ' ~ family_list | join(', ') ~ ' ') if family_list else '' -%}
with multipliers as (

    select
        {{ feedlift.all_columns_but(feedlift._made_columns('adjusted_p_values')) }},
        count({{ p }}) over ({{ partition | trim }}) as family_size,
        count({{ p }}) over ({{ partition }}order by {{ p }} desc) as holm_multiplier,
        cast(count({{ p }}) over ({{ partition | trim }}) as {{ feedlift.data_type('double') }})
        / nullif(count({{ p }}) over ({{ partition }}order by {{ p }}), 0) as benjamini_hochberg_multiplier
    from {{ relation }}

),

-- A smaller p-value is never corrected to more than a larger one.
final as (

    select
        *,
        case
            when {{ p }} is not null then least(family_size * {{ p }}, 1e0)
        end as p_value_bonferroni,
        case
            when {{ p }} is not null
                then least(max(holm_multiplier * {{ p }}) over ({{ partition }}order by {{ p }}), 1e0)
        end as p_value_holm,
        case
            when {{ p }} is not null
                then least(
                    min(benjamini_hochberg_multiplier * {{ p }}) over (
                        {{ partition }}order by {{ p }} desc
                    ), 1e0
                )
        end as p_value_benjamini_hochberg
    from multipliers

)

select * from final
{% endmacro %}
