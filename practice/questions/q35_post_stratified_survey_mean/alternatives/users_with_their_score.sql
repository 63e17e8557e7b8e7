-- All users, with their score or null: counts and means of both are then of the same rows.
with scored as (

    select
        u.platform,
        (
            select s.score
            from survey_responses as s
            where s.user_id = u.user_id and s.score is not null
            order by s.answered_at desc, s.response_id desc
            limit 1
        ) as score
    from users as u

),

platforms as (

    select platform, count(*) as user_count, count(score) as respondent_count, sum(score) as total
    from scored
    group by platform
    having count(score) > 0

),

weights as (

    select *, user_count / sum(user_count) over () as weight
    from platforms

)

select
    sum(total) / sum(respondent_count) as mean_score,
    sum(weight * total / respondent_count) as weighted_mean_score
from weights
