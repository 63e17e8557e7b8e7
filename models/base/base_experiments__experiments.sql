{{ feedlift.base_experiments('experiments') }}
