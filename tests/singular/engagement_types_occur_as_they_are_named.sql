{#- The log of a build counts the rows of a test and does not show them. -#}
{{ config(severity='warn') }}
{%- set types = ref('engagement_types') -%}
{%- if execute and flags.WHICH in ['build', 'test'] and load_relation(types) is not none -%}
  {%- set unknown -%}
    select 'the engagement type ' || engagement_type || ', named by ' || named_by || ': ' || sentence as problem
    from {{ types }}
    where status = 'unknown'
    order by engagement_type
  {%- endset -%}
  {%- for problem in run_query(unknown).columns[0].values() -%}
    {%- do log('feedlift: ' ~ problem, info=true) -%}
  {%- endfor -%}
{%- endif %}
select
    engagement_type,
    named_by,
    sentence
from {{ ref('engagement_types') }}
where status = 'unknown'
