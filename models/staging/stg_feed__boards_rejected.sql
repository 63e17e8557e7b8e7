{{ feedlift.refused_rows('boards', ref('stg_feed__boards_screened')) }}
