{{ feedlift.base_experiments('experiment_metrics') }}
