{{ feedlift.accepted_rows('items', ref('stg_feed__items_screened')) }}
