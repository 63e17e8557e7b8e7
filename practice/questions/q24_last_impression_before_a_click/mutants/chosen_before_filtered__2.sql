with candidates as (

    select
        c.event_id as click_event_id,
        c.event_at as clicked_at,
        i.event_at as shown_at,
        row_number() over (partition by c.event_id order by i.event_at desc) as place
    from engagements as c
    left join impressions as i on c.user_id = i.user_id and c.item_id = i.item_id
    where c.engagement_type = 'click'

)

select
    click_event_id,
    clicked_at,
    case
        when shown_at <= clicked_at and shown_at > clicked_at - interval 24 hour then shown_at
    end as shown_at
from candidates
where place = 1
