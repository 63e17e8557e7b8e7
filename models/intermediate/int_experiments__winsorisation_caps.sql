{#- Means only: see the macro winsorisation_caps for why neither ratios nor shares are capped. -#}
{{ feedlift.winsorisation_caps(
    ref('int_experiments__unit_measures'), ['experiment_id', 'population'], feedlift.mean_expressions()
) }}
