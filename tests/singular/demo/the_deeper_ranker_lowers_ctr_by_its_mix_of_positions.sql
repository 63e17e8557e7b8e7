{#-
  `ranker_depth` plants depth alone: by position, CTR falls by the mix (p < .001) and not by rates (p >= .001), and at
  control's positions it does not fall. `clickbait_titles` plants the click rate alone: the other way round. `aa_test`
  has neither.
-#}
{{ config(enabled=feedlift.is_demo()) }}
with decomposition as (

    select * from {{ ref('experiment_ctr_decomposition') }}

),

final as (

    select
        experiment_id,
        component,
        estimate,
        p_value,
        case
            when experiment_id = 'ranker_depth' and component in ('mix', 'total') then -1
            when experiment_id = 'clickbait_titles' and component in ('rate', 'standardised', 'total') then 1
            else 0
        end as planted_direction
    from decomposition
    where
        experiment_id in ('ranker_depth', 'clickbait_titles', 'aa_test')
        and population = 'assigned'
        and dimension = 'position'
        and is_over_all

)

select *
from final
where
    p_value is null
    or (p_value < 1e-3) <> (planted_direction <> 0)
    or estimate * planted_direction < 0
