{{ feedlift.refused_rows('eligibility', ref('stg_feed__eligibility_screened')) }}
