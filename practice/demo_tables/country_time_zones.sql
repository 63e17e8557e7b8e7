-- GB is left out: nobody entered it.
select *
from (
    values
    ('BR', 'America/Sao_Paulo'),
    ('DE', 'Europe/Berlin'),
    ('IN', 'Asia/Kolkata'),
    ('JP', 'Asia/Tokyo'),
    ('US', 'America/New_York')
) as time_zones (country, time_zone)
