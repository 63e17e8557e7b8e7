{{ feedlift.base_feed('boards') }}
