-- Each respondent stands for as many users as there are users per respondent on their platform.
with latest as (

    select distinct on (user_id) user_id, score
    from survey_responses
    where score is not null
    order by user_id, answered_at desc, response_id desc

),

weighted as (

    select
        l.score,
        (select count(*) from users as o where o.platform = u.platform)
            / count(*) over (partition by u.platform) as weight
    from latest as l
    join users as u using (user_id)

)

select
    avg(score) as mean_score,
    sum(weight * score) / sum(weight) as weighted_mean_score
from weighted
