{% from 'raw_output.jinja' import instant with context %}
-- Every opening of the trigger surface while assigned, in every arm alike.
{%- for experiment_id, experiment in world.experiments.items() if experiment.get('logs_exposures') %}
{{ 'union all' if not loop.first }}
select
    '{{ experiment_id }}' as experiment_id,
    'u' || sessions.user_index as user_id,
    {{ instant('sessions.session_second') }} as exposed_at,
    null::varchar as dirt,
from sessions
inner join user_arms on sessions.user_index = user_arms.user_index
where
    sessions.surface = '{{ experiment.trigger_surface }}'
    and sessions.session_second >= user_arms.{{ experiment_id }}_second
    and sessions.session_second < {{ window_end }}
{%- endfor %}
