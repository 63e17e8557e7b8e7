{{ feedlift.base_feed('items') }}
