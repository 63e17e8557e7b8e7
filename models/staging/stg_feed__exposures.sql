{{ feedlift.accepted_rows('exposures', ref('stg_feed__exposures_screened')) }}
