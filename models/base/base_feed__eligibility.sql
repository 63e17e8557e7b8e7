{{ feedlift.base_feed('eligibility') }}
