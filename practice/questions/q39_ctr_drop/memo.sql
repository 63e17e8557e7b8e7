with days as (

    select
        *,
        day >= date '2026-02-09' as is_after
    from feed_days
    where day between date '2026-02-02' and date '2026-02-15'

),

-- The decomposition for two kinds of cell: with all versions together, and with each version a cell of its own.
keyed as (

    select 'surfaces' as kind, platform || ' ' || surface as cell, * from days
    union all
    select 'versions' as kind, platform || ' ' || surface || ' ' || app_version as cell, * from days

),

cells as (

    select
        kind,
        cell,
        platform,
        sum(case when is_after then 0 else impression_count end) as n0,
        sum(case when is_after then 0 else click_count end) as k0,
        sum(case when is_after then impression_count else 0 end) as n1,
        sum(case when is_after then click_count else 0 end) as k1
    from keyed
    group by kind, cell, platform

),

rates as (

    select
        kind,
        cell,
        platform,
        n0 / sum(n0) over kinds as s0,
        n1 / sum(n1) over kinds as s1,
        coalesce(k0 / nullif(n0, 0), k1 / nullif(n1, 0)) as r0,
        coalesce(k1 / nullif(n1, 0), k0 / nullif(n0, 0)) as r1,
        sum(k0) over kinds / sum(n0) over kinds as whole0,
        sum(k1) over kinds / sum(n1) over kinds as whole1
    from cells
    window kinds as (partition by kind)

),

parts as (

    select
        kind,
        min(whole1 - whole0) as change,
        min(whole0) as whole_before,
        avg(r1) - avg(r0) as change_of_means,
        sum((s1 - s0) * ((r0 + r1) / 2 - (whole0 + whole1) / 2)) as mix,
        sum((s1 - s0) * r0) as mix_at_before,
        sum((s1 - s0) * r1) as mix_at_after,
        sum((r1 - r0) * (s0 + s1) / 2) filter (where platform = 'ios') as ios_rate,
        sum((r1 - r0) * s0) filter (where platform = 'ios') as ios_rate_at_before,
        sum((r1 - r0) * s1) filter (where platform = 'ios') as ios_rate_at_after
    from rates
    group by kind

),

-- What the new version has against the old one of the same platform, in the same week, on each surface.
versions as (

    select
        platform,
        surface,
        sum(impression_count) filter (where app_version = '8.1') as new_n,
        sum(click_count) filter (where app_version = '8.1') as new_k,
        sum(impression_count) filter (where app_version = '8.0') as old_n,
        sum(click_count) filter (where app_version = '8.0') as old_k
    from days
    where is_after
    group by platform, surface

),

losses as (

    select
        platform,
        min(1 - new_k / new_n / (old_k / old_n)) as least_loss,
        max(1 - new_k / new_n / (old_k / old_n)) as greatest_loss,
        1 - sum(new_k) / sum(new_n * old_k / old_n) as loss,
        sum(new_k) / sum(new_n) as new_ctr,
        sum(old_k) / sum(old_n) as old_ctr
    from versions
    where new_n is not null
    group by platform
    order by loss desc
    limit 1

),

ios as (

    select
        sum(k1) / sum(n1) / (sum(k0) / sum(n0)) as ratio,
        sum(k0) / sum(n0) as ctr_before
    from cells
    where platform = 'ios' and kind = 'surfaces'

),

search as (

    select
        platform,
        sum(click_count) filter (where is_after) as k1,
        sum(impression_count) filter (where is_after) as n1,
        sum(click_count) filter (where not is_after) as k0,
        sum(impression_count) filter (where not is_after) as n0
    from days
    where surface = 'search'
    group by platform

),

searched as (

    select
        sum(k1) / sum(n1) / (sum(k0) / sum(n0)) - 1 as all_change,
        sum(k1) filter (where platform <> 'ios') / sum(n1) filter (where platform <> 'ios') as others_after,
        sum(k0) filter (where platform <> 'ios') / sum(n0) filter (where platform <> 'ios') as others_before,
        max(k1 / n1) filter (where platform = 'ios') as ios_after,
        max(k0 / n0) filter (where platform = 'ios') as ios_before,
        max(k1 / n1) filter (where platform = 'android') as android_after,
        max(k0 / n0) filter (where platform = 'android') as android_before
    from search

)

select
    case
        when l.least_loss > 0.10 and l.greatest_loss - l.least_loss < 0.03 then 'fix_logging'
        when l.greatest_loss > 0.10 then 'roll_back_release'
        when s.mix < s.change / 2 then 'show_less_related'
        else 'change_nothing'
    end as decision,
    100 * s.change as ctr_change,
    -100 * s.change as ctr_change__sign_turned,
    s.change as ctr_change__as_fraction,
    100 * s.change / s.whole_before as ctr_change__in_percent,
    100 * s.change_of_means as ctr_change__mean_of_cells,
    100 * s.mix as mix_contribution,
    s.mix as mix_contribution__as_fraction,
    100 * (s.change - s.mix) as mix_contribution__all_rates,
    round(100 * s.mix / s.change, 1) as mix_contribution__share_of_the_change,
    -round(100 * s.mix / s.change, 1) as mix_contribution__share_with_a_minus,
    100 * s.mix_at_before as mix_contribution__weights_of_one_week,
    100 * v.mix as mix_contribution__versions_as_cells,
    100 * s.ios_rate as ios_rate_contribution,
    s.ios_rate as ios_rate_contribution__as_fraction,
    100 * (s.change - s.mix) as ios_rate_contribution__all_rates,
    round(100 * s.ios_rate / s.change, 1) as ios_rate_contribution__share_of_the_change,
    -round(100 * s.ios_rate / s.change, 1) as ios_rate_contribution__share_with_a_minus,
    100 * s.ios_rate_at_before as ios_rate_contribution__weights_of_one_week,
    100 * v.ios_rate as ios_rate_contribution__versions_as_cells,
    l.platform || ' 8.1' as broken_version,
    l.platform || ' 8.0' as broken_version__the_old_version,
    case l.platform when 'ios' then 'android' else 'ios' end || ' 8.1' as broken_version__the_other_platform,
    100 * l.loss as lost_clicks_percent,
    100 * (1 / (1 - l.loss) - 1) as lost_clicks_percent__of_what_is_left,
    100 * (1 - i.ratio) as lost_clicks_percent__all_versions_before_and_after,
    100 * (1 - l.new_ctr / i.ctr_before) as lost_clicks_percent__against_the_week_before,
    100 * (1 - d.ios_after / d.ios_before) as lost_clicks_percent__search_of_all_versions,
    100 * (l.old_ctr - l.new_ctr) as lost_clicks_percent__in_points,
    100 * (d.others_after / d.others_before - 1) as search_change_percent,
    100 * (d.others_after - d.others_before) as search_change_percent__in_points,
    100 * (d.ios_after / d.ios_before - 1) as search_change_percent__the_platform_itself,
    100 * (d.android_after / d.android_before - 1) as search_change_percent__android_alone,
    100 * d.all_change as search_change_percent__with_lost_clicks
from parts as s
cross join parts as v
cross join losses as l
cross join ios as i
cross join searched as d
where s.kind = 'surfaces' and v.kind = 'versions'
