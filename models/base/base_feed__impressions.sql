{{ feedlift.base_feed('impressions') }}
