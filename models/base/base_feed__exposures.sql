{{ feedlift.base_feed('exposures') }}
