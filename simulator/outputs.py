"""Write a simulated world: CSV seeds with a manifest of their dirt, or Parquet files chunk by chunk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulator.definitions import write_definitions
from simulator.engine import CHUNK_TABLES, WORLD_TABLES, Engine, for_each_chunk
from simulator.world import World, WorldError

MANIFEST = "seeds_manifest.json"


def write_seeds(world: World, seeds: Path, threads: int | None = None) -> dict[str, Any]:
    """Write feed/*.csv and experiments/*.csv below a folder and return the manifest."""
    engine = Engine(world, threads)
    engine.simulate(0, world.population)
    feed = seeds / "feed"
    feed.mkdir(parents=True, exist_ok=True)
    tables: dict[str, Any] = {}
    for table in CHUNK_TABLES + WORLD_TABLES:
        relation = f"raw_rows_{table}"
        engine.connection.execute(f"create temp table {relation} as {engine.render(table, text=True)}")
        columns = [row[0] for row in engine.connection.execute(f"describe {relation}").fetchall() if row[0] != "dirt"]
        kept = f"select * from {relation} where dirt is distinct from 'lost'"
        # In the order a collector would have written them; every column takes part, so the order is total.
        first = "received_at, " if "received_at" in columns else ""
        order = first + ", ".join(f"{column}::varchar nulls last" for column in columns)
        engine.connection.execute(
            f"copy (select {', '.join(columns)} from ({kept}) order by {order}) "
            f"to '{feed / table}.csv' (header, delimiter ',')"
        )
        rows = engine.connection.execute(f"select count(*) from ({kept})").fetchone()[0]
        dirt = engine.connection.execute(
            f"select dirt, count(*) from {relation} where dirt is not null group by dirt order by dirt"
        ).fetchall()
        tables[table] = {"rows": rows, "dirt": dict(dirt)}
    write_definitions(world, seeds / "experiments")
    users = engine.connection.execute(
        """
        select
            list('u' || user_index order by user_index) filter (where machine_kind = 'bot'),
            list('u' || user_index order by user_index) filter (where machine_kind = 'crawler'),
            count(*) filter (where machine_kind is null and aa_test_second is null),
        from user_arms
        """
    ).fetchone()
    impressions = engine.connection.execute(
        "select count(*), count(*) filter (where viewport_percent is null) from impressions"
    ).fetchone()
    engagements = engine.connection.execute(
        "select count(*) filter (where not is_impression_known) from engagements"
    ).fetchone()
    return {
        "seed": world.seed,
        "users": world.people,
        "days": world.days,
        "sound": {
            "impressions": impressions[0],
            "impressions_never_rendered": impressions[1],
            "engagements_without_impression_event_id": engagements[0],
            "people_never_assigned": users[2],
            "bots": users[0] or [],
            "crawlers": users[1] or [],
        },
        "tables": tables,
    }


def write_manifest(manifest: dict[str, Any], path: Path) -> None:
    """Write the manifest so that a change shows as a readable diff."""
    path.write_text(json.dumps(manifest, indent=2) + "\n")


def write_parquet(
    world: World,
    output: Path,
    *,
    chunk_users: int,
    report: Callable[[str], None],
    workers: int | None = None,
) -> int:
    """Write every raw table as Parquet files, one per chunk of users, and return the number of impressions."""
    for table in CHUNK_TABLES + WORLD_TABLES:
        folder = output / table
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise WorldError(f"{folder} is not empty; rows of two worlds would mix. Name another folder or empty it.")
    write_definitions(world, output / "experiments")

    def write(engine: Engine, table: str, name: str) -> int:
        sql = f"select * exclude (dirt) from ({engine.render(table)}) where dirt is distinct from 'lost'"
        # A dictionary of ids that never repeat is built in vain; the items still fit.
        options = "format parquet, dictionary_size_limit 2000"
        return engine.connection.execute(f"copy ({sql}) to '{output / table / name}.parquet' ({options})").fetchone()[0]

    def write_chunk(engine: Engine, first: int, last: int) -> int:
        engine.simulate(first, last)
        if first == 0:
            for table in WORLD_TABLES:
                write(engine, table, table)
        rows = {table: write(engine, table, f"users-{first:09d}") for table in CHUNK_TABLES}
        return rows["raw_impressions"]

    impressions = 0
    for users, rows in for_each_chunk(world, write_chunk, chunk_users=chunk_users, workers=workers):
        impressions += rows
        report(f"{users:,} of {world.population:,} users, {impressions:,} impressions")
    return impressions
