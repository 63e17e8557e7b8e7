-- The demo's visits, spread over the day: the demo itself has them at the hours of Europe.
select
    session_id as visit_id,
    user_id,
    date_trunc('day', min(event_at))
    + interval 1 second
    * cast(floor(86400 * (md5_number_lower('visit ' || session_id) / 18446744073709551616.0)) as bigint) as started_at
from impressions
group by session_id, user_id
order by started_at, visit_id
