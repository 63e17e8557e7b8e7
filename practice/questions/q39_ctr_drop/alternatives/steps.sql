-- The mean of both ways to go: the mix first and then the rates, or the rates first and then the mix.
with sums as (

    select
        platform,
        surface,
        day >= date '2026-02-09' as is_after,
        sum(impression_count) as n,
        sum(click_count) as k
    from feed_days
    where day >= date '2026-02-02' and day <= date '2026-02-15'
    group by platform, surface, is_after

),

weeks as (

    select is_after, sum(n) as week_n, sum(k) / sum(n) as week_ctr
    from sums
    group by is_after

),

wide as (

    select
        c.platform,
        c.surface,
        max(case when not w.is_after then coalesce(s.n, 0) / w.week_n end) as s0,
        max(case when w.is_after then coalesce(s.n, 0) / w.week_n end) as s1,
        max(case when not w.is_after then s.k / s.n end) as r0,
        max(case when w.is_after then s.k / s.n end) as r1,
        max(case when not w.is_after then w.week_ctr end) as whole0,
        max(case when w.is_after then w.week_ctr end) as whole1
    from (select distinct platform, surface from sums) as c
    cross join weeks as w
    left join sums as s on c.platform = s.platform and c.surface = s.surface and w.is_after = s.is_after
    group by c.platform, c.surface

),

filled as (

    select *, ifnull(r0, r1) as rate0, ifnull(r1, r0) as rate1
    from wide

)

select
    platform,
    surface,
    s0 as share_before,
    s1 as share_after,
    r0 as ctr_before,
    r1 as ctr_after,
    0.5 * ((s1 - s0) * (rate0 - whole0) + (s1 - s0) * (rate1 - whole1)) as mix_contribution,
    0.5 * (s0 * (rate1 - rate0) + s1 * (rate1 - rate0)) as rate_contribution
from filled
