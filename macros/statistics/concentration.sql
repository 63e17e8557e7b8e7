{#-
  How unequally a total is spread over entities, one row per key, from a table with one row per entity (several rows of
  one entity are added up). An entity that has nothing is in the table with zero or not in it; `entity_count` says how
  many there are with those, and without it only the entities of the table count.
-#}
{% macro concentration(relation, keys, entity, amount, entity_count=none, top_share=none) %}
  {%- do feedlift._check_keys('concentration', keys) -%}
  {%- set top_share = feedlift._top_share('concentration', top_share) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set columns = feedlift._leading_columns(keys) -%}
  {%- set partition = 'partition by ' ~ keys | join(', ') if keys else '' -%}
with given as (

    select
        {{ columns }}{{ entity }} as entity_of_amount,
        cast({{ amount }} as {{ double }}) as given_amount
        {%- if entity_count is not none %},
        cast({{ entity_count }} as {{ double }}) as given_entity_count
        {%- endif %}
    from {{ relation }}

),

-- Shares of a total make no sense with debts in it.
amounts as (

    select
        {{ columns }}entity_of_amount,
        case
            when min(given_amount) >= 0 and max(given_amount) <= 1e70 and count(given_amount) = count(*)
                then sum(given_amount)
        end as entity_amount,
        {{ 'max(given_entity_count)' if entity_count is not none else 'cast(null as ' ~ double ~ ')' }}
            as given_entity_count
    from given
    where entity_of_amount is not null
    group by {{ columns }}entity_of_amount

),

ranked as (

    select
        *,
        sum(entity_amount) over ({{ partition }}) as total_amount,
        greatest(
            count(*) over ({{ partition }}), coalesce(max(given_entity_count) over ({{ partition }}), 0)
        ) as entity_count,
        rank() over ({{ partition }} order by entity_amount desc) as rank_from_top,
        count(*) over (partition by {{ columns }}entity_amount) as tied_count
    from amounts

),

scored as (

    select
        *,
        entity_amount / nullif(total_amount, 0) as amount_share,
        {{ feedlift._gini_score('rank_from_top', 'tied_count', 'entity_count') }} as gini_score,
        {{ feedlift._top_score('rank_from_top', 'tied_count', 'entity_count', top_share) }} as top_score
    from ranked

),

totals as (

    select
        {{ columns }}cast(max(entity_count) as {{ feedlift.data_type('integer') }}) as entity_count,
        cast(count(case when entity_amount > 0 then 1 end) as {{ feedlift.data_type('integer') }})
            as nonzero_entity_count,
        case when count(entity_amount) = count(*) then max(total_amount) end as total_amount,
        sum(amount_share * gini_score) as gini,
        sum(amount_share * amount_share) as herfindahl_hirschman_index,
        sum(amount_share * top_score) as top_share,
        sum(entity_amount * (entity_amount - 1)) as pair_count
    from scored
    {%- if keys %}
    group by {{ keys | join(', ') }}
    {%- endif %}

),

final as (

    select
        {{ columns }}entity_count,
        nonzero_entity_count,
        total_amount,
        {%- for measure in ['gini', 'herfindahl_hirschman_index', 'top_share'] %}
        case when total_amount > 0 then {{ measure }} end as {{ measure }},
        {%- endfor %}
        case when total_amount > 1 then pair_count / (total_amount * (total_amount - 1)) end
            as unbiased_herfindahl_hirschman_index,
        case
            when entity_count is null or entity_count = 0 then 'no_entities'
            when total_amount is null then 'unusable_amount'
            when total_amount = 0 then 'zero_total'
        end as null_reason
    from totals

)

select * from final
{% endmacro %}


{#-
  By what the entity's share of the total is multiplied, so that the sum over entities is Gini's coefficient:
  (2 r - k - 1) / k for the r-th of k entities from the least; those that are tied share the mean of their ranks.
-#}
{% macro _gini_score(rank_from_top, tied_count, entity_count) %}
  {{ return(
    "(" ~ entity_count ~ " + 2e0 - 2e0 * " ~ rank_from_top ~ " - " ~ tied_count ~ ") / " ~ entity_count
  ) }}
{% endmacro %}


{#- The part of an entity that belongs to the top: of those that are tied at its edge, each the same part. -#}
{% macro _top_score(rank_from_top, tied_count, entity_count, top_share) %}
  {{ return(
    "greatest(0e0, least(1e0, (ceil(" ~ entity_count ~ " * cast(" ~ top_share ~ " as "
    ~ feedlift.data_type('double') ~ ") - 1e-9) - " ~ rank_from_top ~ " + 1) / " ~ tied_count ~ "))"
  ) }}
{% endmacro %}


{#- The share of entities that are the top, one in a hundred where the call does not say. -#}
{% macro _top_share(macro_name, top_share) %}
  {%- if top_share is none -%}
    {{ return(feedlift.setting('concentration_top_share')) }}
  {%- endif -%}
  {{ return(feedlift._probability(macro_name, 'top_share', top_share)) }}
{% endmacro %}
