{{ feedlift.base_feed('engagements') }}
