with first_assignments as (

    select
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by user_id order by assigned_at, arm) as place
    from assignments
    where experiment_id = 'fresh_carousel'

),

users_of_arms as (

    select a.user_id, a.arm, a.assigned_at, x.starts_at, x.ends_at
    from first_assignments as a
    cross join (select starts_at, ends_at from experiments where experiment_id = 'fresh_carousel') as x
    where a.place = 1

),

clicks as (

    select
        u.user_id,
        u.arm,
        e.event_id,
        e.surface,
        i.module_id is not distinct from 'fresh_carousel' and i.event_id is not null as is_inside,
        date_diff('day', cast(u.starts_at as date), cast(e.event_at as date)) // 7 as week
    from users_of_arms as u
    join engagements as e
        on u.user_id = e.user_id
        and e.event_at >= u.assigned_at
        and e.event_at < u.ends_at
    left join impressions as i on e.impression_event_id = i.event_id
    where e.engagement_type = 'click'

),

user_totals as (

    select
        u.user_id,
        u.arm,
        u.user_id in (select s.user_id from impressions as s where s.module_id = 'fresh_carousel') as saw_it,
        count(c.event_id) as clicks,
        count(c.event_id) filter (where c.is_inside) as inside,
        count(c.event_id) filter (where c.surface = 'home_feed') as home_feed,
        count(c.event_id) filter (where c.week = 0) as first_week,
        count(c.event_id) filter (where c.week = 3) as last_week,
        count(c.event_id) filter (where c.week = 0 and c.is_inside) as first_week_inside,
        count(c.event_id) filter (where c.week = 3 and c.is_inside) as last_week_inside
    from users_of_arms as u
    left join clicks as c on u.user_id = c.user_id
    group by u.user_id, u.arm

),

arms as (

    select
        arm,
        count(*) as users,
        avg(clicks) as clicks,
        var_samp(clicks) / count(*) as clicks_var,
        avg(clicks) filter (where saw_it) as clicks_of_viewers,
        avg(inside) as inside,
        avg(home_feed) as home_feed,
        avg(first_week) as first_week,
        avg(last_week) as last_week,
        var_samp(last_week) / count(*) as last_week_var,
        avg(last_week) filter (where last_week > 0) as last_week_of_active,
        avg(first_week_inside) as first_week_inside,
        avg(last_week_inside) as last_week_inside
    from user_totals
    group by arm

),

shown as (

    select
        u.arm,
        i.surface,
        i.module_id is not distinct from 'fresh_carousel' as is_inside,
        i.surface = 'home_feed' and i.position between 3 and 8 as is_slot,
        date_diff('day', cast(u.starts_at as date), cast(i.event_at as date)) // 7 as week,
        p.creator_id,
        i.event_id in (
            select e.impression_event_id
            from engagements as e
            where e.engagement_type = 'click' and e.impression_event_id is not null
        ) as is_clicked
    from users_of_arms as u
    join impressions as i
        on u.user_id = i.user_id
        and i.event_at >= u.assigned_at
        and i.event_at < u.ends_at
    left join items as p on i.item_id = p.item_id

),

rates as (

    select
        avg(cast(is_clicked as int)) filter (where arm = 'treatment' and is_slot) as slots,
        avg(cast(is_clicked as int)) filter (where arm = 'control' and is_slot) as slots_of_control,
        avg(cast(is_clicked as int)) filter (where arm = 'control' and surface = 'home_feed') as feed_of_control,
        avg(cast(is_clicked as int)) filter (where arm = 'treatment' and surface = 'home_feed') as feed_of_treatment,
        avg(cast(is_clicked as int)) filter (where arm = 'treatment' and surface = 'home_feed' and not is_slot)
            as rest_of_the_feed,
        count(*) filter (where arm = 'control' and is_slot and is_clicked) as slot_clicks_of_control,
        avg(cast(is_clicked as int)) filter (where is_inside and week = 0) as first_week_inside,
        avg(cast(is_clicked as int)) filter (where is_inside and week = 3) as last_week_inside
    from shown

),

creators as (

    select
        arm,
        surface,
        creator_id,
        count(*) as impressions,
        row_number() over (partition by arm, surface order by count(*) desc, creator_id) as place
    from shown
    where surface = 'home_feed' and creator_id is not null
    group by arm, surface, creator_id
    union all
    select
        arm,
        'anywhere' as surface,
        creator_id,
        count(*) as impressions,
        row_number() over (partition by arm order by count(*) desc, creator_id) as place
    from shown
    where creator_id is not null
    group by arm, creator_id
    union all
    select
        'carousel' as arm,
        'home_feed' as surface,
        creator_id,
        count(*) as impressions,
        row_number() over (order by count(*) desc, creator_id) as place
    from shown
    where is_inside and creator_id is not null
    group by creator_id

),

tops as (

    select
        arm,
        surface,
        100 * sum(impressions) filter (where place <= 10) / sum(impressions) as share
    from creators
    group by arm, surface

),

top_ten as (

    select
        max(share) filter (where arm = 'treatment' and surface = 'home_feed') as treated,
        max(share) filter (where arm = 'control' and surface = 'home_feed') as control,
        max(share) filter (where arm = 'treatment' and surface = 'anywhere') as treated_anywhere,
        max(share) filter (where arm = 'control' and surface = 'anywhere') as control_anywhere,
        max(share) filter (where arm = 'carousel') as carousel
    from tops

)

select
    -- Gains of the four weeks and of the last one, and the smallest gain per week that is worth the place.
    case
        when t.clicks - c.clicks - 1.96 * sqrt(t.clicks_var + c.clicks_var) > 0
            and t.last_week - c.last_week - 1.96 * sqrt(t.last_week_var + c.last_week_var) > 0 then 'launch'
        when t.last_week - c.last_week + 1.96 * sqrt(t.last_week_var + c.last_week_var) < 0.025 then 'remove'
        else 'run_on'
    end as decision,
    t.clicks - c.clicks as clicks_gained_per_user,
    t.inside as clicks_gained_per_user__clicks_in_the_carousel,
    t.home_feed - c.home_feed as clicks_gained_per_user__home_feed_only,
    t.clicks_of_viewers - c.clicks as clicks_gained_per_user__users_who_saw_it,
    100 * (t.clicks / c.clicks - 1) as clicks_gained_per_user__percent_of_control,
    100 * (t.inside - (t.clicks - c.clicks)) / t.inside as moved_share_percent,
    100 * (t.inside - (t.home_feed - c.home_feed)) / t.inside as moved_share_percent__home_feed_only,
    100 * rates.slot_clicks_of_control / c.users / t.inside as moved_share_percent__clicks_of_the_slots,
    (t.inside - (t.clicks - c.clicks)) / t.inside as moved_share_percent__as_fraction,
    100 * (t.clicks - c.clicks) / t.inside as moved_share_percent__the_other_part,
    rates.slots / rates.slots_of_control as slot_ctr_ratio,
    rates.slots / rates.feed_of_control as slot_ctr_ratio__other_positions,
    rates.slots / rates.rest_of_the_feed as slot_ctr_ratio__rest_of_the_feed,
    rates.feed_of_treatment / rates.feed_of_control as slot_ctr_ratio__whole_feed,
    t.last_week - c.last_week as last_week_gain_per_user,
    (t.clicks - c.clicks) / 4 as last_week_gain_per_user__mean_of_the_weeks,
    t.last_week_inside as last_week_gain_per_user__clicks_in_the_carousel,
    t.last_week_of_active - c.last_week_of_active as last_week_gain_per_user__active_users,
    100 * (t.last_week / c.last_week - 1) as last_week_gain_per_user__percent_of_control,
    100 * (t.last_week - c.last_week) / (t.first_week - c.first_week) as remaining_gain_percent,
    100 * t.last_week_inside / t.first_week_inside as remaining_gain_percent__clicks_in_the_carousel,
    100 * rates.last_week_inside / rates.first_week_inside as remaining_gain_percent__ctr_of_the_carousel,
    (t.last_week - c.last_week) / (t.first_week - c.first_week) as remaining_gain_percent__as_fraction,
    100 - 100 * (t.last_week - c.last_week) / (t.first_week - c.first_week) as remaining_gain_percent__the_other_part,
    100 * (t.last_week - c.last_week) / (t.first_week - c.first_week) - 100 as remaining_gain_percent__change_for_rest,
    top_ten.treated - top_ten.control as top_ten_creators_change_points,
    100 * (top_ten.treated / top_ten.control - 1) as top_ten_creators_change_points__in_percent,
    top_ten.treated_anywhere - top_ten.control_anywhere as top_ten_creators_change_points__all_surfaces,
    top_ten.carousel - top_ten.control as top_ten_creators_change_points__carousel_only,
    top_ten.control - top_ten.treated as top_ten_creators_change_points__wrong_sign
from arms as t
cross join arms as c
cross join rates
cross join top_ten
where t.arm = 'treatment' and c.arm = 'control'
