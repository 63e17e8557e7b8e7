{{ feedlift.base_experiments('experiment_arm_shares') }}
