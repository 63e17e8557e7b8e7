{{ feedlift.base_experiments('experiment_arms') }}
