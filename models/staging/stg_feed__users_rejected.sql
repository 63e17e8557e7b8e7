{{ feedlift.refused_rows('users', ref('stg_feed__users_screened')) }}
