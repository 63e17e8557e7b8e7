-- Planted: more ads bring more revenue at once and cost everybody 3 % (15 % ads) or 14 % (20 % ads) of the visits, and
-- some users altogether, most of all those who come seldom. Revenue is skewed; some users never came.
with
drawn as (
    select
        user_id,
        country,
        md5_number_lower('arm ' || user_id) / 18446744073709551616.0 as arm_draw,
        md5_number_lower('before ' || user_id) / 18446744073709551616.0 as before_draw,
        md5_number_lower('during ' || user_id) / 18446744073709551616.0 as during_draw,
        md5_number_lower('price ' || user_id) / 18446744073709551616.0 as price_draw,
        md5_number_lower('active ' || user_id) / 18446744073709551616.0 as active_draw
    from users
),
assigned as (
    select
        *,
        case when arm_draw < 0.5 then 'control' when arm_draw < 0.75 then 'more_ads' else 'most_ads' end as arm,
        cast(floor(-12 * ln(1 - before_draw)) as bigint) as session_count_before
    from drawn
),
visited as (
    select
        *,
        cast(floor(
            (0.85 * session_count_before + 3 * during_draw)
            * case arm when 'control' then 1.0 when 'more_ads' then 0.97 else 0.86 end
            + 0.5
        ) as bigint) as session_count
    from assigned
),
shown as (
    select
        *,
        cast(round(
            session_count * 12 * case arm when 'control' then 0.10 when 'more_ads' then 0.15 else 0.20 end
        ) as bigint) as ad_impression_count,
        session_count * 12 as impression_count
    from visited
)
select
    user_id,
    country,
    arm,
    session_count_before,
    session_count,
    impression_count,
    ad_impression_count,
    cast(round(
        ad_impression_count
        * 0.02
        * case arm when 'control' then 1.0 when 'more_ads' then 0.92 else 0.80 end
        * exp(1.2 * (price_draw - 0.5)),
        4
    ) as decimal(18, 4)) as ad_revenue,
    active_draw < (1 - exp(-0.25 * session_count))
    * case arm when 'control' then 1.0 when 'more_ads' then 0.97 else 0.88 end as is_active_in_last_week
from shown
order by user_id
