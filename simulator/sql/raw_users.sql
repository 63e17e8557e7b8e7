{% from 'random.jinja' import uniform %}
{% from 'raw_output.jinja' import instant, dirt_kind, copies, broken with context %}
with

drawn as (
    select
        *,
        {{ uniform('user_key', 'user.dirt') }} as dirt_draw,
    from users
),

marked as (
    select
        *,
        {{ dirt_kind('dirt_draw', world.dirt.users) }} as dirt,
    from drawn
),

repeated as (
    select
        *,
        {{ 'false' if clean else copies(world.dirt.users) }} as is_copy,
    from marked
),

final as (
    select
        case
            when not is_copy then 'u' || user_index
            when dirt = 'padded_copy' then '  u' || user_index
            when dirt != 'null_user_id' then 'u' || user_index
        end as user_id,
        {{ broken(instant('signed_up_second'), "is_copy and dirt = 'unparseable_signed_up_at'", 'unknown') }}
            as signed_up_at,
        country,
        platform,
        is_creator,
        case when is_copy then dirt end as dirt,
    from repeated
)

select * from final
