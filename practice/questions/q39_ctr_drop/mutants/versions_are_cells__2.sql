with before as (

    select
        platform,
        surface,
        app_version,
        sum(impression_count) as n,
        sum(click_count) as k
    from feed_days
    where day between date '2026-02-02' and date '2026-02-08'
    group by platform, surface, app_version

),

after as (

    select
        platform,
        surface,
        app_version,
        sum(impression_count) as n,
        sum(click_count) as k
    from feed_days
    where day between date '2026-02-09' and date '2026-02-15'
    group by platform, surface, app_version

),

rates as (

    select
        platform,
        surface,
        b.n / (select sum(n) from before) as share_before,
        a.n / (select sum(n) from after) as share_after,
        b.k / b.n as ctr_before,
        a.k / a.n as ctr_after,
        ((select sum(k) / sum(n) from before) + (select sum(k) / sum(n) from after)) / 2 as whole
    from before as b
    join after as a using (platform, surface, app_version)

)

select
    platform,
    surface,
    share_before,
    share_after,
    ctr_before,
    ctr_after,
    (share_after - share_before) * ((ctr_before + ctr_after) / 2 - whole) as mix_contribution,
    (ctr_after - ctr_before) * (share_before + share_after) / 2 as rate_contribution
from rates
