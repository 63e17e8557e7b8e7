"""The tables of the practice questions: what they look like, and databases that hold them.

A world is a handful of rows that trap one kind of mistake, in memory. The demo is a copy of the built project's tables
in files of its own, so that nobody who practises holds a lock on the database that dbt writes.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import yaml

from practice import sandbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
SHARED_WORLDS = HERE / "worlds"
GENERATORS = HERE / "demo_tables"
DEMO = "demo"

# Everything is kept in two orders, because the order of rows must not matter: that of the log, and another one.
ROW_ORDERS = {"as_written": "rowid", "reordered": "hash(rowid)"}

Row = dict[str, Any]


class PracticeError(Exception):
    """Something that keeps the command from working, in a sentence that says what to do."""


@dataclass(frozen=True)
class Table:
    """A table as questions know it.

    Attributes:
        name: Its plain name.
        description: One row per what.
        source: The relation of the built database that it is copied from, or None if `demo_tables/<name>.sql` makes it.
        where: Which of its rows are copied, or None for all.
        key: The column that identifies a row, or None.
        prefix: What the numbered keys of a world begin with.
        columns: By name, `type`, `description` and perhaps `default` and `references` (a table, by its key).
    """

    name: str
    description: str
    columns: dict[str, dict[str, Any]]
    source: str | None = None
    where: str | None = None
    key: str | None = None
    prefix: str = ""

    @cached_property
    def references(self) -> dict[str, str]:
        """The tables that columns refer to, by column."""
        return {name: column["references"] for name, column in self.columns.items() if "references" in column}

    def create(self) -> str:
        """The statement that makes it, empty."""
        columns = ", ".join(f"{name} {column['type']}" for name, column in self.columns.items())
        return f"create table {self.name} ({columns})"

    def insert(self, rows: Iterable[Row]) -> str:
        """The statement that fills it with at least one row."""
        values = ", ".join("(" + ", ".join(_literal(row[name]) for name in self.columns) + ")" for row in rows)
        return f"insert into {self.name} values {values}"


@cache
def schema() -> dict[str, Table]:
    """All tables, by name."""
    definitions = yaml.safe_load((HERE / "tables.yml").read_text(encoding="utf-8"))
    return {name: Table(name=name, **definition) for name, definition in definitions.items()}


@dataclass(frozen=True)
class World:
    """Rows of the practice tables.

    Attributes:
        name: Its file's name.
        description: What it traps.
        rows: The rows of every table that has some, complete, in the order in which they stand.
    """

    name: str
    description: str
    rows: Mapping[str, list[Row]] = field(default_factory=dict)

    def only(self, tables: Iterable[str]) -> World:
        """The same world with the rows of some tables only."""
        return World(self.name, self.description, {name: self.rows[name] for name in tables if self.rows.get(name)})

    def reversed(self) -> World:
        """The same rows in the opposite order, which must not matter."""
        return World(self.name, self.description, {name: rows[::-1] for name, rows in self.rows.items()})

    @property
    def size(self) -> int:
        """Its number of rows."""
        return sum(map(len, self.rows.values()))

    @cached_property
    def fingerprint(self) -> str:
        """The same for worlds with the same rows."""
        return json.dumps(self.rows, default=str, sort_keys=True)


def load_world(file: Path) -> World:
    """Read a world, filling in what its author left out.

    Columns that are not written take the world's `defaults`, else the schema's; keys are numbered. A row that others
    refer to and nobody wrote is made from the defaults, unless the column stands under `orphans` (`table.column`).

    Raises:
        PracticeError: It names a table or column that does not exist.
    """
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    unknown = written.keys() - {"description", "defaults", "orphans", "tables"}
    if unknown:
        raise PracticeError(f"{file.name} has unknown keys: {', '.join(sorted(unknown))}.")
    defaults = written.get("defaults") or {}
    rows: dict[str, list[Row]] = {}
    for name, partial in (written.get("tables") or {}).items():
        if name not in schema():
            raise PracticeError(f"{file.name} has rows of {name!r}, which tables.yml does not describe.")
        rows[name] = [
            completed_row(schema()[name], number, defaults.get(name, {}) | (row or {}), file.name)
            for number, row in enumerate(partial or [], start=1)
        ]
    # In the order of the schema reversed parents could come before their own parents; twice is deep enough.
    for _ in range(2):
        for name in list(rows):
            _add_parents(rows, schema()[name], defaults, set(written.get("orphans") or ()), file.name)
    ordered = {name: rows[name] for name in schema() if rows.get(name)}
    return World(file.stem, written["description"], ordered)


@cache
def shared_worlds() -> tuple[World, ...]:
    """The worlds that every question runs in."""
    return tuple(load_world(file) for file in sorted(SHARED_WORLDS.glob("*.yml")))


def open_world(world: World) -> duckdb.DuckDBPyConnection:
    """A sandboxed database in memory that has all tables, those without rows too."""
    connection = sandbox.connect()
    for table in schema().values():
        connection.execute(table.create())
    fill(connection, world)
    return connection


def fill(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Insert a world's rows into tables that are empty."""
    for name, rows in world.rows.items():
        connection.execute(schema()[name].insert(rows))


class Demo:
    """The demo's tables in files of their own, made again whenever the project has been built again."""

    def __init__(self, database: Path | None = None, folder: Path = HERE / ".cache") -> None:
        """Name the built database and the folder of the copies."""
        self.database = database or PROJECT / os.environ.get("FEEDLIFT_DATABASE", "feedlift.duckdb")
        self.folder = folder
        self._origin = ""
        self._copies: dict[str, Path] = {}

    def open(self, order: str) -> duckdb.DuckDBPyConnection:
        """A sandboxed connection to the copy whose rows stand in this order."""
        return _open_copy(self.copies()[order])

    def copies(self) -> dict[str, Path]:
        """The files of the copies by the order of their rows, made first if need be.

        Raises:
            PracticeError: Nothing is built, or the database is locked or lacks a table.
        """
        if not self.database.exists():
            raise PracticeError(f"{self.database.name} is not there: run `make build` first.")
        status = self.database.stat()
        origin = f"{self.database} {status.st_mtime_ns} {status.st_size} {_definitions()}"
        if origin == self._origin:
            return self._copies
        stamp = sha256(origin.encode()).hexdigest()[:16]
        copies = {order: self.folder / f"demo_{stamp}_{order}.duckdb" for order in ROW_ORDERS}
        if not all(copy.exists() for copy in copies.values()):
            try:
                self._make(copies)
            except PracticeError:
                # While the project is built again, practice goes on with what it has.
                if self._copies:
                    return self._copies
                raise
        self._origin, self._copies = origin, copies
        return copies

    def _make(self, copies: dict[str, Path]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = {order: self.folder / f"unfinished_{order}_{os.getpid()}" for order in copies}
        try:
            with duckdb.connect() as connection:
                self._fill(connection, unfinished)
            for order, copy in copies.items():
                unfinished[order].replace(copy)
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise PracticeError(f"{self.database.name} cannot be read; run `make build` again. {error}") from error
            raise PracticeError(f"{self.database.name} cannot be read while dbt writes to it: try again.") from error
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise PracticeError(f"{self.database.name} lacks tables of the project: run `make build`.") from error
        finally:
            for file in unfinished.values():
                file.unlink(missing_ok=True)
        for old in set(self.folder.glob("demo_*.duckdb")) - set(copies.values()):
            old.unlink(missing_ok=True)

    def _fill(self, connection: duckdb.DuckDBPyConnection, files: dict[str, Path]) -> None:
        # dbt's views name the database by its file, so it cannot be attached by another name.
        built = self.database.resolve().stem
        connection.execute(f'attach {_literal(self.database)} as "{built}" (read_only)')
        for order, file in files.items():
            connection.execute(f"attach {_literal(file)} as {order}")
        # Generators read the tables before them by their plain names.
        connection.execute(f"use {next(iter(files))}")
        for table in schema().values():
            columns = ", ".join(f"{name}::{column['type']} as {name}" for name, column in table.columns.items())
            relation = f'"{built}".{table.source}' if table.source else f"({_generator(table.name)})"
            connection.execute(
                f"create temp table copied as select {columns} from {relation} where {table.where or 'true'}"
            )
            for order in files:
                rows = f"select * from copied order by {ROW_ORDERS[order]}"
                connection.execute(f"create table {order}.main.{table.name} as {rows}")
            connection.execute("drop table copied")


@cache
def _definitions() -> str:
    """What a copy is made by; another version of it makes another copy."""
    files = [HERE / "tables.yml", Path(__file__), *sorted(GENERATORS.glob("*.sql"))]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _generator(name: str) -> str:
    return (GENERATORS / f"{name}.sql").read_text(encoding="utf-8")


@cache
def _open_copy(copy: Path) -> duckdb.DuckDBPyConnection:
    return sandbox.connect(copy)


def completed_row(table: Table, number: int, written: Row, file: str) -> Row:
    """A row of a world with what its author left out.

    Args:
        table: The table it belongs to.
        number: Its place in the table, from 1, which numbers its key.
        written: The columns that are given.
        file: The world's file, for the error.

    Raises:
        PracticeError: The table has no such column.
    """
    unknown = written.keys() - table.columns.keys()
    if unknown:
        raise PracticeError(f"{file} has unknown columns of {table.name}: {', '.join(sorted(unknown))}.")
    defaults = {name: column.get("default") for name, column in table.columns.items()}
    if table.key:
        defaults[table.key] = f"{table.prefix}{number}"
    return defaults | written


def _add_parents(
    rows: dict[str, list[Row]], table: Table, defaults: dict[str, Row], orphans: set[str], file: str
) -> None:
    for column, parent_name in table.references.items():
        if f"{table.name}.{column}" in orphans:
            continue
        parent = schema()[parent_name]
        parents = rows.setdefault(parent_name, [])
        known = {row[parent.key] for row in parents}
        for value in dict.fromkeys(row[column] for row in rows[table.name]):
            if value is not None and value not in known:
                given = defaults.get(parent_name, {}) | {parent.key: value}
                parents.append(completed_row(parent, len(parents) + 1, given, file))


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"
