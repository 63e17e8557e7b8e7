with platforms as (

    select
        u.platform,
        count(*) as user_count,
        count(s.score) as respondent_count,
        avg(s.score) as mean_score
    from users as u
    left join survey_responses as s using (user_id)
    group by u.platform

)

select
    sum(respondent_count * mean_score) / sum(respondent_count) as mean_score,
    sum(user_count * mean_score) / sum(user_count) as weighted_mean_score
from platforms
