{{ feedlift.accepted_rows('engagements', ref('stg_feed__engagements_screened')) }}
