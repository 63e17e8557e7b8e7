with before as (

    select platform, surface, sum(impression_count) as n, sum(click_count) as k
    from feed_days
    where day >= date '2026-02-02' and day < date '2026-02-09'
    group by platform, surface

),

after as (

    select platform, surface, sum(impression_count) as n, sum(click_count) as k
    from feed_days
    where day >= date '2026-02-09' and day < date '2026-02-16'
    group by platform, surface

),

cells as (

    select
        platform,
        surface,
        coalesce(b.n, 0) / (select sum(n) from before) as share_before,
        coalesce(a.n, 0) / (select sum(n) from after) as share_after,
        b.k / b.n as ctr_before,
        a.k / a.n as ctr_after,
        ((select sum(k) / sum(n) from before) + (select sum(k) / sum(n) from after)) / 2 as middle
    from before as b
    full join after as a using (platform, surface)

)

select
    platform,
    surface,
    share_before,
    share_after,
    ctr_before,
    ctr_after,
    case
        when ctr_before is null then share_after * (ctr_after - middle)
        when ctr_after is null then -share_before * (ctr_before - middle)
        else (share_after - share_before) * ((ctr_before + ctr_after) / 2 - middle)
    end as mix_contribution,
    case
        when ctr_before is null or ctr_after is null then 0
        else (share_before + share_after) / 2 * (ctr_after - ctr_before)
    end as rate_contribution
from cells
