{% from 'random.jinja' import random_key, uniform, normal, lognormal_factor, choice %}
-- The people of one chunk with their latent traits. Indices from {{ people }} up are machines.
create or replace temp table users as
with

numbered as (
    select
        user_index::bigint as user_index,
        {{ random_key('user_index', 'user') }} as user_key,
        case
            when user_index >= {{ people + bots }} then 'crawler'
            when user_index >= {{ people }} then 'bot'
        end as machine_kind,
    from range({{ first_user }}, {{ last_user }}) as counter(user_index)
),

drawn as (
    select
        *,
        {{ normal('user_key', 'activity') }} as activity_z,
        {{ uniform('user_key', 'signup') }} as signup_draw,
        {{ uniform('user_key', 'signup_at') }} as signup_at_draw,
        {{ uniform('user_key', 'intent') }} < {{ world.users.shopping_intent_share }} as has_shopping_intent,
    from numbered
),

final as (
    select
        user_index,
        user_key,
        machine_kind,
        activity_z,
        case
            when machine_kind is not null then 0e0
            else
                least(
                    {{ world.users.most_sessions_per_day }},
                    {{ sessions_per_day }} * exp(
                        {{ world.users.activity_sigma }} * activity_z
                        - {{ world.users.activity_sigma ** 2 / 2 }}
                    ) * case
                        when has_shopping_intent then {{ world.users.shopper_activity_factor }}
                        else 1e0
                    end
                )
        end as sessions_per_day,
        {{ choice(uniform('user_key', 'country'), world.users.countries) }} as country,
        case
            when machine_kind = 'crawler' then 'crawler'
            else {{ choice(uniform('user_key', 'platform'), world.users.platforms) }}
        end as platform,
        {{ uniform('user_key', 'creator') }} < {{ world.users.creator_share }} as is_creator,
        case
            when machine_kind is null and signup_draw < {{ world.users.signup_during_share }}
                then floor(signup_at_draw * {{ days * 86400 }})::bigint
            else -floor(signup_at_draw * {{ 730 * 86400 }})::bigint
        end as signed_up_second,
        has_shopping_intent,
        {{ uniform('user_key', 'holdout') }} >= {{ world.users.holdout_share }} as is_eligible,
        {{ lognormal_factor('user_key', 'click_taste', world.users.click_taste_sigma) }} as click_taste,
        {{ lognormal_factor('user_key', 'save_taste', world.users.save_taste_sigma) }} as save_taste,
    from drawn
)

select * from final;
