with shown as (

    select
        surface,
        position,
        exists (
            select 1
            from engagements as e
            where e.impression_event_id = i.event_id
                and e.engagement_type in ('click', 'product_click', 'outbound_click')
        )::int as is_clicked
    from impressions as i

),

common as (

    select
        position,
        count(*) / sum(count(*)) over () as weight
    from shown
    group by position
    having count(distinct surface) = (select count(distinct surface) from shown)

),

rates as (

    select surface, position, avg(is_clicked) as ctr
    from shown
    group by surface, position

),

standardised as (

    select r.surface, sum(r.ctr * c.weight) as standardised_ctr
    from rates as r
    join common as c on r.position = c.position
    group by r.surface

)

select
    s.surface,
    count(*) as impression_count,
    avg(s.is_clicked) as ctr,
    max(d.standardised_ctr) as standardised_ctr
from shown as s
left join standardised as d on s.surface = d.surface
group by s.surface
