"""Practice: interview questions on the demo's tables, graded with the pitfall that an answer fell into."""
