"""Render the SQL of the world and run it on DuckDB, one chunk of users at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
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


def as_sql(value: Any) -> Any:
    """Write a number with decimals as a double: DuckDB would read 0.05 as an exact decimal."""
    if not isinstance(value, float):
        return value
    written = repr(value)
    return written if "e" in written else f"{written}e0"


class Engine:
    """A DuckDB connection that holds one chunk of one world in temporary tables."""

    def __init__(self, world: World, threads: int | None = None) -> None:
        """Open a database in memory; it spills to disk by itself when a chunk is too large."""
        self.world = world
        self.templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            autoescape=False,
            finalize=as_sql,
        )
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


def for_each_chunk(
    world: World,
    task: Callable[[Engine, int, int], Any],
    *,
    chunk_users: int,
    workers: int | None = None,
) -> Iterator[tuple[int, Any]]:
    """Run a task on every range of users and yield, in order, where each range ends and what the task returned.

    Each worker has a database of its own with one thread: a chunk is too narrow for DuckDB to split, and memory stays
    at one chunk per worker, whatever the size of the world.
    """
    workers = workers or os.cpu_count() or 1
    engines: SimpleQueue[Engine] = SimpleQueue()
    for _ in range(workers):
        engines.put(Engine(world, threads=1))

    def run(chunk: tuple[int, int]) -> Any:
        engine = engines.get()
        try:
            return task(engine, *chunk)
        finally:
            engines.put(engine)

    chunks = [(first, min(first + chunk_users, world.population)) for first in range(0, world.population, chunk_users)]
    with ThreadPoolExecutor(workers) as pool:
        for (_, last), result in zip(chunks, pool.map(run, chunks), strict=True):
            yield last, result
