with cell_days as (

    select
        day,
        platform,
        surface,
        sum(impression_count) as n,
        sum(click_count) as k
    from feed_days
    where day between date '2026-02-02' and date '2026-02-15'
    group by day, platform, surface

),

daily as (

    select
        *,
        n / sum(n) over (partition by day) as cell_share,
        k / n as cell_ctr,
        sum(k) over (partition by day) / sum(n) over (partition by day) as whole_ctr
    from cell_days

),

rates as (

    select
        platform,
        surface,
        coalesce(avg(case when day < date '2026-02-09' then cell_share end), 0) as share_before,
        coalesce(avg(case when day >= date '2026-02-09' then cell_share end), 0) as share_after,
        avg(case when day < date '2026-02-09' then cell_ctr end) as ctr_before,
        avg(case when day >= date '2026-02-09' then cell_ctr end) as ctr_after,
        (
            (select avg(whole_ctr) from daily where day < date '2026-02-09')
            + (select avg(whole_ctr) from daily where day >= date '2026-02-09')
        ) / 2 as middle
    from daily
    group by platform, surface

)

select
    platform,
    surface,
    share_before,
    share_after,
    ctr_before,
    ctr_after,
    (share_after - share_before)
    * ((coalesce(ctr_before, ctr_after) + coalesce(ctr_after, ctr_before)) / 2 - middle) as mix_contribution,
    coalesce(ctr_after - ctr_before, 0) * (share_before + share_after) / 2 as rate_contribution
from rates
