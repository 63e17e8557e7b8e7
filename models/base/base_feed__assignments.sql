{{ feedlift.base_feed('assignments') }}
