{#-
  Puts strata in which some arm has fewer than two units, and so no variance, together. Leaving them out would compare
  other users than the unadjusted estimate does, and the variance of one unit is not known.
-#}
{% macro collapsed_strata(moments, keys, stratum) %}
  {%- do feedlift._check_keys('collapsed_strata', keys) -%}
  {%- if not keys -%}
    {{ exceptions.raise_compiler_error(
      "collapsed_strata: there are no keys; name the columns that identify a comparison, ['metric'] for one."
    ) }}
  {%- endif -%}
with moments as (

    select
        {{ feedlift.all_columns_but(['stratum', 'collapsed_stratum']) }},
        {{ stratum }} as stratum
    from {{ moments }}

),

sizes as (

    select
        {{ keys | join(', ') }},
        stratum,
        sum(unit_count) as unit_count,
        count(case when unit_count >= 2 then 1 end) as arms_of_two
    from moments
    group by {{ keys | join(', ') }}, stratum

),

-- An arm with fewer than two units under these keys, such as one that opens in a later phase or a stray unit of
-- another, asks for nothing: no stratum could ever hold two of it. Where fewer than two arms are left, all strata are
-- one.
arm_sizes as (

    select
        {{ keys | join(', ') }},
        arm,
        sum(unit_count) as unit_count
    from moments
    group by {{ keys | join(', ') }}, arm

),

arm_counts as (

    select
        {{ keys | join(', ') }},
        count(case when unit_count >= 2 then 1 end) as arm_count
    from arm_sizes
    group by {{ keys | join(', ') }}

),

judged as (

    select
        {{ feedlift._key_columns(keys, 'sizes') }},
        sizes.stratum,
        sizes.arms_of_two < arm_counts.arm_count or arm_counts.arm_count < 2 as is_thin,
        row_number() over (
            partition by
                {{ feedlift._key_columns(keys, 'sizes') }},
                sizes.arms_of_two < arm_counts.arm_count or arm_counts.arm_count < 2
            order by sizes.unit_count desc, sizes.stratum asc
        ) as size_rank,
        arm_counts.arm_count
    from sizes
    inner join arm_counts
        on {{ feedlift._keys_match(keys, 'sizes', 'arm_counts') }}

),

thin_arms as (

    select
        {{ feedlift._key_columns(keys, 'moments') }},
        moments.arm,
        judged.arm_count,
        sum(moments.unit_count) as unit_count
    from moments
    inner join judged
        on {{ feedlift._keys_match(keys + ['stratum'], 'moments', 'judged') }}
    where judged.is_thin
    group by {{ feedlift._key_columns(keys, 'moments') }}, moments.arm, judged.arm_count

),

-- All thin strata together may still be too thin; they then take in the largest of the others.
rests as (

    select
        {{ keys | join(', ') }},
        count(case when unit_count >= 2 then 1 end) < max(arm_count) as is_thin
    from thin_arms
    group by {{ keys | join(', ') }}

),

final as (

    select
        moments.*,
        case
            when judged.is_thin or (rests.is_thin and judged.size_rank = 1) then 'collapsed'
            else 'stratum ' || moments.stratum
        end as collapsed_stratum
    from moments
    inner join judged
        on {{ feedlift._keys_match(keys + ['stratum'], 'moments', 'judged') }}
    left join rests
        on {{ feedlift._keys_match(keys, 'moments', 'rests') }}

)

select * from final
{% endmacro %}
