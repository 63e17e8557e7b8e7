{{ feedlift.accepted_rows('users', ref('stg_feed__users_screened')) }}
