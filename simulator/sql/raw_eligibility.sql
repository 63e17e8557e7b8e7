{% from 'raw_output.jinja' import instant with context %}
-- Who was eligible, and when: whole even where the assignment log lost rows.
{%- for experiment_id, experiment in world.experiments.items() if experiment.get('logs_eligibility') %}
{{ 'union all' if not loop.first }}
select
    '{{ experiment_id }}' as experiment_id,
    'u' || user_index as user_id,
    {{ instant(experiment_id ~ '_second') }} as eligible_at,
    null::varchar as dirt,
from user_arms
where {{ experiment_id }}_second is not null
{%- endfor %}
