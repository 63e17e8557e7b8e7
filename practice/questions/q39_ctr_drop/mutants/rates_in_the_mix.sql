with cells as (

    select
        platform,
        surface,
        sum(case when day < date '2026-02-09' then impression_count else 0 end) as impressions_before,
        sum(case when day < date '2026-02-09' then click_count else 0 end) as clicks_before,
        sum(case when day >= date '2026-02-09' then impression_count else 0 end) as impressions_after,
        sum(case when day >= date '2026-02-09' then click_count else 0 end) as clicks_after
    from feed_days
    where day between date '2026-02-02' and date '2026-02-15'
    group by platform, surface

),

rates as (

    select
        platform,
        surface,
        impressions_before / sum(impressions_before) over () as share_before,
        impressions_after / sum(impressions_after) over () as share_after,
        clicks_before / nullif(impressions_before, 0) as ctr_before,
        clicks_after / nullif(impressions_after, 0) as ctr_after,
        sum(clicks_before) over () / sum(impressions_before) over () as whole_before,
        sum(clicks_after) over () / sum(impressions_after) over () as whole_after
    from cells

)

select
    platform,
    surface,
    share_before,
    share_after,
    ctr_before,
    ctr_after,
    share_after * coalesce(ctr_after, 0) - share_before * coalesce(ctr_before, 0) as mix_contribution,
    coalesce(ctr_after - ctr_before, 0) * (share_before + share_after) / 2 as rate_contribution
from rates
