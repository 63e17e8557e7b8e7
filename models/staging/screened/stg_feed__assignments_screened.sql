{%- set known_experiments -%}
select experiments.experiment_id from {{ ref('stg_experiments__experiments') }} as experiments
{%- endset -%}
{%- set known_arms -%}
select 1
from {{ ref('stg_experiments__arms') }} as arms
where arms.experiment_id = typed.experiment_id and arms.arm = typed.arm
{%- endset -%}
{{ feedlift.screen(
    entity='assignments',
    relation=ref('base_feed__assignments'),
    key=['experiment_id', 'user_id', 'arm'],
    keep_first=['assigned_at'],
    rules=[
        {'reason': 'unknown_experiment', 'where': 'experiment_id not in (' ~ known_experiments ~ ')'},
        {'reason': 'unknown_arm', 'where': 'not exists (' ~ known_arms ~ ')'},
        {'reason': 'bot', 'where': feedlift.is_bot(ref('stg_feed__bots'))},
    ],
) }}
