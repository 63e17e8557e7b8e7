-- Written by hand by several people: other cases and blanks, one topic is left out, and one is there twice.
select *
from (
    values
    ('art', 'creative'),
    ('DIY', 'creative'),
    ('beauty', 'style'),
    (' fashion', 'style'),
    ('Fitness', 'health'),
    ('food', 'home'),
    ('home', 'home'),
    ('food', 'home'),
    ('gaming', 'leisure')
) as categories (topic, category)
