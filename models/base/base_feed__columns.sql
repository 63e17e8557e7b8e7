{{ feedlift.base_feed_columns() }}
