{{ config(severity='warn') }}
select
    engagement_type,
    named_by,
    sentence
from {{ ref('engagement_types') }}
where status = 'unknown'
