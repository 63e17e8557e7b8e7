"""The readout computed a second time, from the raw rows by another path, as a reference for the project's tables.

What the two share is the design: the words, the rules and the formulas. They share no code: rows are screened in
Polars, outcomes are counted by comparing the time of every event with the user's own window (never from daily sums),
and the statistics are computed from the users' values (never from moments).
"""
