with answers as (

    select
        s.user_id,
        u.platform,
        s.score,
        row_number() over (partition by s.user_id order by s.answered_at desc, s.response_id desc) as place
    from survey_responses as s
    join users as u on s.user_id = u.user_id
    where s.score is not null

),

platforms as (

    select platform, count(*) as respondent_count, avg(score) as mean_score
    from answers
    where place = 1
    group by platform

),

sizes as (

    select platform, count(*) as user_count
    from users
    group by platform

)

select
    sum(p.respondent_count * p.mean_score) / sum(p.respondent_count) as mean_score,
    sum(s.user_count * p.mean_score) / sum(s.user_count) as weighted_mean_score
from platforms as p
join sizes as s on p.platform = s.platform
