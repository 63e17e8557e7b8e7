{{ feedlift.base_feed('users') }}
