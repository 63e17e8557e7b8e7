{{ feedlift.refused_rows('board_items', ref('stg_feed__board_items_screened')) }}
