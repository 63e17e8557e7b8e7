{% from 'random.jinja' import uniform %}
{% from 'raw_output.jinja' import instant, dirt_kind, broken with context %}
with

logged as (
    select
        'u' || user_index as user_id,
        signed_up_second,
        country,
        platform,
        is_creator,
        {% if clean %}null::varchar{% else %}{{ dirt_kind(uniform('user_key', 'dirt'), world.dirt.users) }}{% endif %} as dirt,
    from users
),

everything as (
    select * replace (null::varchar as dirt),
    from logged
    union all
    select
        * replace (
            case dirt when 'null_user_id' then null when 'padded_copy' then '  ' || user_id else user_id end as user_id
        ),
    from logged
    where dirt is not null
),

final as (
    select
        user_id,
        {{ broken(instant('signed_up_second'), 'unparseable_signed_up_at', 'unknown') }} as signed_up_at,
        country,
        platform,
        is_creator,
        dirt,
    from everything
)

select * from final
