-- Planted: web users like the feed less and answer more often, so that the mean of the responses is too low. Some
-- answer twice, some without a score, and some responses come from users nobody knows.
with
drawn as (
    select
        user_id,
        platform,
        md5_number_lower('respond ' || user_id) / 18446744073709551616.0 as respond,
        md5_number_lower('score ' || user_id) / 18446744073709551616.0 as score,
        md5_number_lower('again ' || user_id) / 18446744073709551616.0 as again,
        md5_number_lower('when ' || user_id) / 18446744073709551616.0 as moment
    from users
    where platform in ('ios', 'android', 'web')
),
responded as (
    select
        *,
        score - case platform when 'web' then 0.25 when 'android' then 0.05 else 0.0 end as liking
    from drawn
    where respond < case platform when 'web' then 0.30 when 'android' then 0.12 else 0.08 end
),
scored as (
    select
        user_id,
        again,
        moment,
        case
            when again between 0.50 and 0.56 then null
            when liking < 0.0 then 1
            when liking < 0.1 then 2
            when liking < 0.3 then 3
            when liking < 0.6 then 4
            else 5
        end as score
    from responded
)
select
    's' || row_number() over (order by moment, user_id, submission) as response_id,
    case when again > 0.985 then 'x' || user_id else user_id end as user_id,
    timestamp '2026-02-09 08:00:00'
    + interval 1 second * cast(floor(moment * 500000) + 90000 * (submission - 1) as bigint) as answered_at,
    case when submission = 2 and score is not null then least(score + 1, 5) else score end as score
from scored
cross join (values (1), (2)) as submissions (submission)
where submission = 1 or again < 0.12
order by moment, user_id, submission
