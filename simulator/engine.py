"""Render the SQL of the world and run it on DuckDB, one chunk of users at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from simulator.world import World

TEMPLATES = Path(__file__).with_name("sql")
CHUNK_TABLES = (
    "raw_impressions",
    "raw_engagements",
    "raw_assignments",
    "raw_users",
    "raw_boards",
    "raw_board_items",
    "raw_exposures",
    "raw_eligibility",
)
WORLD_TABLES = ("raw_items",)


class Engine:
    """A DuckDB connection that holds one chunk of one world in temporary tables."""

    def __init__(self, world: World, threads: int | None = None) -> None:
        """Open a database in memory; it spills to disk by itself when a chunk is too large."""
        self.world = world
        self.templates = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False)
        # Globals, because templates that are imported see nothing else.
        self.templates.globals.update(world.context())
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'")
        # Row order means nothing here, and keeping it costs memory.
        self.connection.execute("set preserve_insertion_order = false")
        if threads is not None:
            self.connection.execute(f"set threads = {threads}")
        self.run("catalogue")

    def render(self, name: str, **options: Any) -> str:
        """Return the SQL of one template."""
        return self.templates.get_template(f"{name}.sql").render(options)

    def run(self, name: str, **options: Any) -> None:
        """Run one template."""
        self.connection.execute(self.render(name, **options))

    def chunks(self, users: int) -> Iterator[tuple[int, int]]:
        """Split the population into ranges of this many users."""
        for first in range(0, self.world.population, users):
            yield first, min(first + users, self.world.population)

    def people(self, first: int, last: int) -> None:
        """Make the users of a chunk, their sessions and their arms."""
        self.run("users", first_user=first, last_user=last)
        self.run("sessions")
        self.run("assignments")

    def behaviour(self, **options: Any) -> None:
        """Make what the chunk's users see and do."""
        self.run("impressions", **options)
        if not self.world.clean:
            self.run("machines")
        self.run("engagements")

    def simulate(self, first: int, last: int) -> None:
        """Make all latent tables of a chunk."""
        self.people(first, last)
        self.behaviour()
        self.run("board_items")
