"""Slow studies of the whole project, each a command with a committed report under docs/studies/."""
