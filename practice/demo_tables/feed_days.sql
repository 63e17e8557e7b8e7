-- Planted: from 9 February on, related (whose CTR is low) is shown to more people on android, which lowers the CTR of
-- the whole by its mix alone; the app 8.1 of ios, which most users get on that day, loses every third click on its way;
-- and the CTR of search falls a little everywhere. Impressions grow by 1 % a day.
with
cells as (
    select
        cast(day as date) as day,
        platform,
        surface,
        app_version
    from generate_series(timestamp '2026-01-26', timestamp '2026-02-22', interval 1 day) as series (day)
    cross join (values ('ios'), ('android'), ('web')) as platforms (platform)
    cross join (values ('home_feed'), ('related'), ('search'), ('shopping')) as surfaces (surface)
    cross join (values ('8.0'), ('8.1')) as app_versions (app_version)
),
sized as (
    select
        *,
        day >= date '2026-02-09' as is_after,
        md5_number_lower('shown ' || day || platform || surface || app_version) / 18446744073709551616.0 - 0.5
            as shown_noise,
        md5_number_lower('clicked ' || day || platform || surface || app_version) / 18446744073709551616.0 - 0.5
            as clicked_noise,
        pow(1.01, date_diff('day', date '2026-01-26', day))
        * case platform when 'ios' then 30000 when 'android' then 40000 else 12000 end
        * case surface when 'home_feed' then 0.5 when 'related' then 0.2 when 'search' then 0.2 else 0.1 end
            as base_impression_count
    from cells
    where (app_version = '8.0' or day >= date '2026-02-09') and (app_version = '8.0' or platform <> 'web')
),
shown as (
    select
        *,
        cast(round(
            base_impression_count
            * (1 + 0.05 * shown_noise)
            * case when is_after and platform = 'android' and surface = 'related' then 2.8 else 1.0 end
            * case
                when not is_after or platform = 'web' then 1.0
                when app_version = '8.1' then 0.7
                else 0.3
            end
        ) as bigint) as impression_count
    from sized
)
select
    day,
    platform,
    app_version,
    surface,
    impression_count,
    cast(round(
        impression_count
        * case surface when 'home_feed' then 0.110 when 'related' then 0.045 when 'search' then 0.160 else 0.080 end
        * case platform when 'web' then 0.9 else 1.0 end
        * case when is_after and surface = 'search' then 0.97 else 1.0 end
        * case when platform = 'ios' and app_version = '8.1' then 0.667 else 1.0 end
        * (1 + 0.04 * clicked_noise)
    ) as bigint) as click_count
from shown
order by day, platform, app_version, surface
