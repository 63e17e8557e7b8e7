{{ feedlift.unit_moments(
    ref('int_experiments__unit_measures'),
    group_by=['experiment_id', 'population', 'arm', 'phase'],
    metrics=feedlift.metric_expressions(),
    center_by=['experiment_id', 'population'],
    segments=feedlift.definitions('segments') | list,
) }}
