"""Runs answers in every place that grades a question, and remembers what the question's own answers return."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from practice import pandas_sandbox, sandbox
from practice.comparison import Shape, are_equal
from practice.sandbox import AnswerError, OverLimitError
from practice.tables import DEMO, ROW_ORDERS, Demo, World, fill, open_world, schema

if TYPE_CHECKING:
    import duckdb

    from practice.catalogue import Question
    from practice.pandas_sandbox import Call, TableRows
    from practice.sandbox import Result

ORDERS = tuple(ROW_ORDERS)

MAX_CONNECTIONS = 64
# All remembered results together: some 100 bytes a row and column.
MAX_REMEMBERED_ROWS = 1_000_000


@dataclass(frozen=True)
class Place:
    """The demo, or one world; a question has no two of the same name.

    Attributes:
        name: `demo`, or the world's name.
        world: The world, or None for the demo.
    """

    name: str
    world: World | None = field(default=None, compare=False)


class Workbench:
    """Databases and remembered results, shared by everything that is graded in one process."""

    def __init__(self, demo: Demo) -> None:
        """Start without any open database."""
        self.demo = demo
        self._connections: OrderedDict[tuple[str, str], duckdb.DuckDBPyConnection] = OrderedDict()
        self._results: OrderedDict[tuple[str, Call | None, str, str], Result | OverLimitError] = OrderedDict()
        self._row_count = 0

    def places(self, question: Question) -> list[Place]:
        """Where a question is graded: in its worlds, the smallest first, and on the demo."""
        return [*(Place(world.name, world) for world in question.worlds), Place(DEMO)]

    def run(self, text: str, place: Place, order: str = ORDERS[0], call: Call | None = None) -> Result:
        """Run an answer that others wrote.

        Args:
            text: The answer.
            place: Where to run it.
            order: In which order the rows stand.
            call: How it is called if it is in pandas; None if it is SQL.

        Raises:
            sandbox.AnswerError: It cannot be run.
        """
        return self._execute(text, place, order, call, is_own=False)

    def tried(self, text: str, place: Place, question: Question, order: str = ORDERS[0]) -> Result:
        """Run an answer to a question; it may fail where the right result has no rows.

        In pandas, many right ways to group trip over a table that is empty, which says nothing about the answer.

        Raises:
            sandbox.AnswerError: It cannot be run.
        """
        try:
            return self.run(text, place, order, question.call)
        except OverLimitError:
            raise
        except AnswerError:
            right = self.known(question.solution, place, order, question.call)
            if right.rows:
                raise
            return right

    def known(self, text: str, place: Place, order: str = ORDERS[0], call: Call | None = None) -> Result:
        """Run an answer of the question's own, or remember what it returned.

        Raises:
            sandbox.OverLimitError: It is, or was, over a limit.
        """
        key = (text, call, self._data(place, order), order)
        if key not in self._results:
            try:
                result = self._execute(text, place, order, call, is_own=True)
            except OverLimitError as error:
                self._results[key] = error
                raise
            self._results[key] = result
            self._row_count += len(result.rows)
            while self._row_count > MAX_REMEMBERED_ROWS and len(self._results) > 1:
                forgotten = self._results.popitem(last=False)[1]
                self._row_count -= 0 if isinstance(forgotten, OverLimitError) else len(forgotten.rows)
            return result
        self._results.move_to_end(key)
        remembered = self._results[key]
        if isinstance(remembered, OverLimitError):
            raise remembered
        return remembered

    def warm_up(self, question: Question) -> None:
        """Run and remember all that grading an answer may need."""
        for text in (question.solution, *(mutant.sql for mutant in question.mutants)):
            for place in self.places(question):
                with suppress(OverLimitError):
                    self.known(text, place, call=question.call)

    def returns(self, text: str, result: Result, place: Place, question: Question) -> bool:
        """Whether an answer of the question's own returns this; one that fails returns nothing."""
        try:
            return are_equal(self.known(text, place, call=question.call), result, question.shape)
        except AnswerError:
            return False

    def agree(self, one: str, other: str, place: Place, shape: Shape, call: Call | None = None) -> bool:
        """Whether two answers of the question's own return the same in both orders."""
        try:
            return all(
                are_equal(self.known(one, place, order, call), self.known(other, place, order, call), shape)
                for order in ORDERS
            )
        except OverLimitError:
            return False

    def _execute(self, text: str, place: Place, order: str, call: Call | None, *, is_own: bool) -> Result:
        connection = self._connection(place, order)
        if call is None:
            return sandbox.run(connection, text)
        key = (self._data(place, order), order, call.tables)
        return pandas_sandbox.server.run(text, call, lambda: table_rows(connection, call.tables), key, is_own=is_own)

    def _data(self, place: Place, order: str) -> str:
        return place.world.fingerprint if place.world else str(self.demo.copies()[order])

    def _connection(self, place: Place, order: str) -> duckdb.DuckDBPyConnection:
        if place.world is None:
            return self.demo.open(order)
        key = (place.world.fingerprint, order)
        if key not in self._connections:
            self._connections[key] = open_world(place.world if order == ORDERS[0] else place.world.reversed())
            if len(self._connections) > MAX_CONNECTIONS:
                self._connections.popitem(last=False)[1].close()
        self._connections.move_to_end(key)
        return self._connections[key]


class Scratch:
    """Runs answers on one small world after another."""

    def __init__(self, call: Call | None, answer: str = "") -> None:
        """Start with empty tables; every text but the answer is the question's own."""
        self._call = call
        self._answer = answer
        self._connection = open_world(World("none", ""))
        self._world = World("none", "")

    def run(self, text: str, world: World) -> Result:
        """Run an answer on a world.

        Raises:
            sandbox.AnswerError: It cannot be run.
        """
        if world is not self._world:
            for name in self._world.rows:
                self._connection.execute(f"delete from {name}")
            fill(self._connection, world)
            self._world = world
        if self._call is None:
            return sandbox.run(self._connection, text)
        tables = self._call.tables
        return pandas_sandbox.server.run(
            text, self._call, lambda: table_rows(self._connection, tables), is_own=text != self._answer
        )

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


def table_rows(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> list[TableRows]:
    """Whole tables, as an answer in pandas gets them."""
    tables = []
    for name in names:
        types = [(column, definition["type"]) for column, definition in schema()[name].columns.items()]
        columns = ", ".join(column for column, _ in types)
        tables.append((name, types, connection.execute(f"select {columns} from {name}").fetchall()))
    return tables
