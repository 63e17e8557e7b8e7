{% from 'random.jinja' import random_key, uniform %}
-- What bots and crawlers of this chunk request: a burst within one clock hour before any assignment, a smaller one
-- while experiments run (so that leaving them in would move the readout), crawlers evenly. All rendered, all in view.
insert into impressions by name
with

machines as (
    select
        *,
        86400 + 3600 * floor({{ (history_days - 2) * 24 }} * {{ uniform('user_key', 'bot.hour') }})::bigint
            as burst_second,
        {{ window_start + 4 * 86400 }}
        + 3600 * floor({{ (days - history_days - 5) * 24 }} * {{ uniform('user_key', 'bot.later_hour') }})::bigint
            as later_second,
        floor(43200 * {{ uniform('user_key', 'crawler.start') }})::bigint as crawl_second,
    from user_arms
    where machine_kind is not null
),

bursts as (
    select
        *,
        unnest(case
            when machine_kind = 'bot'
                then [
                    {'from_second': burst_second, 'rows': {{ world.dirt.bot_burst_impressions }}, 'pace': 10},
                    {'from_second': later_second, 'rows': {{ world.dirt.bot_later_impressions }}, 'pace': 10}
                ]
            else [
                {
                    'from_second': crawl_second,
                    'rows': {{ world.dirt.crawler_impressions }},
                    'pace': {{ (days - 1) * 86400 // world.dirt.crawler_impressions }}
                }
            ]
        end) as burst,
    from machines
),

requested as (
    select
        *,
        unnest(range(burst.rows)) as request_number,
    from bursts
),

keyed as (
    select
        *,
        -- The number of an impression of that day; a burst runs on into the numbers of the next, which are free.
        (user_index * {{ days }} + burst.from_second // 86400) * 256 + request_number as impression_index,
        burst.from_second + burst.pace * request_number as event_second,
    from requested
),

drawn as (
    select
        *,
        {{ random_key('impression_index', 'machine') }} as machine_key,
    from keyed
),

final as (
    select
        impression_index,
        impression_index // 64 as session_index,
        user_index,
        platform,
        {{ uniform(random_key('impression_index // 64', 'session.log'), 'version') }} as version_draw,
        {{ uniform(random_key('impression_index // 64', 'session.log'), 'latency') }} as latency_draw,
        burst.from_second as session_second,
        event_second,
        'home_feed' as surface,
        item_index,
        content_format,
        is_shoppable,
        1 + request_number % 40 as position,
        10 as seconds_per_item,
        false as is_propensity_known,
        quality,
        100 as viewport_percent,
        5000 as visible_ms,
        {{ uniform('machine_key', 'click') }} < 3e-1 as has_click,
        false as has_save,
        false as has_closeup,
        false as has_hide,
        false as has_report,
        false as has_follow,
        false as has_video_start,
        false as has_product_click,
        {{ uniform('machine_key', 'click') }} < 3e-1 as is_engaged,
        true as is_viewport_impression,
        1e0 as dwell_factor,
    from drawn
    inner join items
        on items.item_index
        = floor({{ evergreen_items }} * {{ uniform('machine_key', 'item') }})::bigint
)

select * from final;
