"""Runs a person's SQL: one statement that only reads, on tables it cannot change, with no way out of the process.

Files, the network, extensions and settings are switched off by DuckDB itself, when a connection is opened; time is
limited by interrupting the statement.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_ROWS = 200_000
ADVICE = "look for a join without its condition, which multiplies rows, or a recursion without end"
NESTED_TYPES = {"array", "list", "map", "struct", "union"}
SECONDS = 10.0

# An answer's result must not depend on the machine: one thread, so that rows keep the order in which they stand.
LIMITS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "max_temp_directory_size": "0B",
    "memory_limit": "1GB",
    # Otherwise `from x` would read the variable x of this program.
    "python_enable_replacements": "false",
    "threads": "1",
}


class AnswerError(Exception):
    """An answer that cannot be run, in a sentence.

    Attributes:
        line: The line of the answer, counted from 1, or None if it is about all of it.
        column: The place in that line, counted from 1, or None.
        printed: What the answer had printed.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None, printed: str = "") -> None:
        """Keep the position beside the sentence."""
        super().__init__(message)
        self.line = line
        self.column = column
        self.printed = printed


class OverLimitError(AnswerError):
    """An answer that takes too long, or too much memory, or has too many rows."""


@dataclass(frozen=True)
class Result:
    """What a query returned.

    Attributes:
        columns: The names of its columns.
        rows: Its rows, in order; values of nested types are tuples.
        booleans: The places of the columns that are true or false, which Python would take for 1 and 0.
        index: The names in the index of a DataFrame, which is not part of the result.
        printed: What the answer printed.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    booleans: frozenset[int] = frozenset()
    index: tuple[str, ...] = ()
    printed: str = ""

    @cached_property
    def counts(self) -> dict[tuple[Any, ...], int]:
        """How often each row is there."""
        # A Counter compares and subtracts in Python, which takes ten times as long.
        return dict(Counter(self.rows))

    @cached_property
    def _projections(self) -> dict[tuple[str, ...], Result]:
        return {}

    def only(self, columns: tuple[str, ...]) -> Result:
        """The same with these columns in this order, whatever the case of their names."""
        if columns == self.columns:
            return self
        if columns not in self._projections:
            names = [name.lower() for name in self.columns]
            places = [names.index(column.lower()) for column in columns]
            rows = [tuple(row[place] for place in places) for row in self.rows]
            booleans = frozenset(number for number, place in enumerate(places) if place in self.booleans)
            self._projections[columns] = Result(columns, rows, booleans)
        return self._projections[columns]


class _Watchdog:
    """Interrupts statements at their deadline: one thread for all, as a timer takes longer than most statements."""

    PAUSE = 0.05
    IDLE_ROUNDS = 100

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deadlines: dict[duckdb.DuckDBPyConnection, float] = {}
        self._is_running = False

    def watch(self, connection: duckdb.DuckDBPyConnection, deadline: float) -> None:
        with self._lock:
            self._deadlines[connection] = deadline
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._guard, daemon=True).start()

    def leave(self, connection: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            del self._deadlines[connection]

    def _guard(self) -> None:
        idle = 0
        while True:
            sleep(self.PAUSE)
            with self._lock:
                idle = 0 if self._deadlines else idle + 1
                for connection, deadline in self._deadlines.items():
                    if monotonic() > deadline:
                        connection.interrupt()
                if idle > self.IDLE_ROUNDS:
                    self._is_running = False
                    return


_watchdog = _Watchdog()


def connect(database: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Open a file for reading, or an empty database in memory if there is none, that SQL cannot leave.

    A file can be opened once in a process: connections to one file share their settings, which are locked here.
    """
    connection = duckdb.connect(str(database or ":memory:"), read_only=database is not None, config=dict(LIMITS))
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set lock_configuration = true")
    return connection


def resolve_refs(sql: str, tables: Iterable[str]) -> str:
    """Replace dbt's `{{ ref('…') }}` by the plain name, padded so that every other position in the text stays."""
    known = {name: table for table in tables for name in (table, f"stg_feed__{table}", f"stg_experiments__{table}")}

    def plain(match: re.Match[str]) -> str:
        if match["name"] not in known:
            line, column = _position(sql, match.start("name"))
            raise AnswerError(f"There is no table {match['name']!r} to refer to in this question.", line, column)
        return known[match["name"]].ljust(len(match[0]))

    return re.sub(r"""{{-?\s*ref\(\s*['"](?P<name>[^'"]*)['"]\s*\)\s*-?}}""", plain, sql)


def run(connection: duckdb.DuckDBPyConnection, sql: str, seconds: float = SECONDS) -> Result:
    """Run one reading statement and fetch all it returns.

    Raises:
        AnswerError: It is not one reading statement, it fails, or it is over a limit.
    """
    require_one_query(connection, sql)
    deadline = monotonic() + seconds
    _watchdog.watch(connection, deadline)
    try:
        cursor = connection.execute(sql)
        columns = tuple(column[0] for column in cursor.description)
        types = [column[1].id for column in cursor.description]
        is_nested = not set(types).isdisjoint(NESTED_TYPES)
        rows: list[tuple[Any, ...]] = []
        while batch := cursor.fetchmany(10_000):
            rows += [tuple(map(_frozen, row)) for row in batch] if is_nested else batch
            if len(rows) > MAX_ROWS:
                message = f"The answer has more than {MAX_ROWS:,} rows: {ADVICE}."
                raise OverLimitError(message)
            if monotonic() > deadline:
                raise OverLimitError(_too_slow(seconds))
    except duckdb.InterruptException as error:
        raise OverLimitError(_too_slow(seconds)) from error
    except duckdb.OutOfMemoryException as error:
        message = f"The answer needs more than {LIMITS['memory_limit']} of memory: {ADVICE}."
        raise OverLimitError(message) from error
    except duckdb.Error as error:
        raise _located(error, sql) from error
    finally:
        _watchdog.leave(connection)
    return Result(columns, rows, frozenset(place for place, name in enumerate(types) if name == "boolean"))


def require_one_query(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse everything but one SELECT (or WITH … SELECT).

    Raises:
        AnswerError: The text has no statement, several, or one that does not read.
    """
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise _located(error, sql) from error
    if not statements:
        raise AnswerError("Nothing is written yet: the file has no query.")
    if len(statements) > 1:
        first_end = sql.find(";") + 1
        if not first_end:
            raise AnswerError("DuckDB needs two statements for a pivot over unknown values: list them, `on x in (…)`.")
        raise AnswerError(f"An answer is one query; these are {len(statements)}.", *_position(sql, first_end))
    if statements[0].type != duckdb.StatementType.SELECT:
        raise AnswerError(f"An answer only reads: one SELECT, not {statements[0].type.name}.", 1, 1)


def _frozen(value: Any) -> Any:
    """A value that can be counted, also if it is nested."""
    if isinstance(value, dict):
        return tuple((_frozen(name), _frozen(member)) for name, member in value.items())
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _too_slow(seconds: float) -> str:
    return f"The answer took longer than {seconds:g} seconds and was stopped: {ADVICE}."


def _position(sql: str, offset: int) -> tuple[int, int]:
    before = sql[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _located(error: duckdb.Error, sql: str) -> AnswerError:
    """DuckDB's error with the line and column of the answer, which it draws as a caret below a clipped line."""
    text = str(error)
    match = re.search(r"\n+LINE (?P<line>\d+): (?P<snippet>[^\n]*)\n(?P<caret> *)\^", text)
    if not match:
        return AnswerError(text.strip())
    line = int(match["line"])
    column = len(match["caret"]) - len(f"LINE {line}: ")
    snippet = match["snippet"]
    source = (sql.splitlines() or [""])[line - 1] if line <= len(sql.splitlines()) else ""
    if snippet.startswith("..."):
        column += source.find(snippet.removeprefix("...").removesuffix("...")) - 3
    message = text[: match.start()].strip()
    word = re.search(r'syntax error at or near "(\w+)"', message)
    if word and word[1].lower() in _words_that_need_as():
        message += f" If {word[1]} is meant as the name of a column, write `as {word[1]}`."
    return AnswerError(message, line, max(column, 0) + 1)


@cache
def _words_that_need_as() -> frozenset[str]:
    """The words that DuckDB takes for the name of a column only after `as`."""
    with duckdb.connect() as connection:
        words = connection.execute("select keyword_name from duckdb_keywords() where keyword_category = 'unreserved'")
        return frozenset(word for (word,) in words.fetchall())
