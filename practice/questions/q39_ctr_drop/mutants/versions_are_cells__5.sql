with cells as (

    select
        platform,
        surface,
        app_version,
        sum(impression_count) filter (where day < date '2026-02-09') as impressions_before,
        sum(click_count) filter (where day < date '2026-02-09') as clicks_before,
        sum(impression_count) filter (where day >= date '2026-02-09') as impressions_after,
        sum(click_count) filter (where day >= date '2026-02-09') as clicks_after
    from feed_days
    where day between date '2026-02-02' and date '2026-02-15'
    group by platform, surface, app_version

),

rates as (

    select
        platform,
        surface,
        impressions_before / sum(impressions_before) over () as share_before,
        impressions_after / sum(impressions_after) over () as share_after,
        clicks_before / impressions_before as ctr_before,
        clicks_after / impressions_after as ctr_after,
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
    (share_after - share_before) * ((ctr_before + ctr_after) / 2 - (whole_before + whole_after) / 2) as mix_contribution,
    (ctr_after - ctr_before) * (share_before + share_after) / 2 as rate_contribution
from rates
