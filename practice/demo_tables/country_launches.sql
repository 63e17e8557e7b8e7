-- IN got the feature later than the others: before that it can be compared with, after that it cannot.
select *
from (
    values
    ('collages', 'BR', date '2026-02-02'),
    ('collages', 'GB', date '2026-02-02'),
    ('collages', 'IN', date '2026-02-16'),
    ('collages', 'DE', null),
    ('collages', 'JP', null),
    ('collages', 'US', null)
) as launches (feature, country, launched_on)
