{{ feedlift.accepted_rows('impressions', ref('stg_feed__impressions_screened')) }}
