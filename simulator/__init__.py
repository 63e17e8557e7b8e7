"""The simulated feed product: demo seeds, planted truth and Parquet at scale from one set of SQL."""
