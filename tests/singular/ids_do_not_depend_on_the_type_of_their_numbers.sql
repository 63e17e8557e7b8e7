with doubles as (

    select cast(17 as {{ feedlift.data_type('double') }}) as id

),

integers as (

    select cast(17 as {{ feedlift.data_type('integer') }}) as id

),

texts as (

    select cast(' 17 ' as {{ feedlift.data_type('text') }}) as id

),

parsed as (

    select {{ feedlift.parse_value('id', 'text') }} as id from doubles
    union all
    select {{ feedlift.parse_value('id', 'text') }} as id from integers
    union all
    select {{ feedlift.parse_value('id', 'text') }} as id from texts

)

select *
from parsed
where id is null or id <> '17'
