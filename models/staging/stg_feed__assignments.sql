{{ feedlift.accepted_rows('assignments', ref('stg_feed__assignments_screened')) }}
