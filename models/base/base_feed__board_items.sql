{{ feedlift.base_feed('board_items') }}
