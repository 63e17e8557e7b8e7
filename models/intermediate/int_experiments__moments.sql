{%- set segments = {} -%}
{%- for name in feedlift.definitions('segments') -%}
    {%- do segments.update({name: 'segment_' ~ name}) -%}
{%- endfor -%}
{{ feedlift.unit_moments(
    ref('int_experiments__unit_measures'),
    group_by=['experiment_id', 'population', 'arm', 'phase'],
    metrics=feedlift.metric_expressions(),
    center_by=['experiment_id', 'population'],
    segments=segments,
) }}
