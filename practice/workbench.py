"""Runs queries in every place that grades a question, and remembers what the question's own queries return."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from practice import sandbox
from practice.comparison import Shape, are_equal
from practice.tables import DEMO, ROW_ORDERS, Demo, World, open_world

if TYPE_CHECKING:
    import duckdb

    from practice.catalogue import Question
    from practice.sandbox import Result

ORDERS = tuple(ROW_ORDERS)

MAX_CONNECTIONS = 64
# All remembered results together: some 100 bytes a row and column.
MAX_REMEMBERED_ROWS = 1_000_000


@dataclass(frozen=True)
class Place:
    """The demo, or one world.

    Attributes:
        name: `demo`, or the world's name.
        world: The world, or None for the demo.
    """

    name: str
    world: World | None = None


class Workbench:
    """Databases and remembered results, shared by everything that is graded in one process."""

    def __init__(self, demo: Demo) -> None:
        """Start without any open database."""
        self.demo = demo
        self._connections: OrderedDict[tuple[str, str], duckdb.DuckDBPyConnection] = OrderedDict()
        self._results: OrderedDict[tuple[str, str, str], Result] = OrderedDict()
        self._row_count = 0

    def places(self, question: Question) -> list[Place]:
        """Where a question is graded: in its worlds, the smallest first, and on the demo."""
        return [*(Place(world.name, world) for world in question.worlds), Place(DEMO)]

    def run(self, sql: str, place: Place, order: str = ORDERS[0]) -> Result:
        """Run a query that others wrote.

        Raises:
            sandbox.AnswerError: It cannot be run.
        """
        return self._execute(sql, place, order)

    def known(self, sql: str, place: Place, order: str = ORDERS[0]) -> Result:
        """Run a query of the question's own, or remember what it returned."""
        data = place.world.fingerprint if place.world else str(self.demo.copies()[order])
        key = (sql, data, order)
        if key in self._results:
            self._results.move_to_end(key)
            return self._results[key]
        result = self._execute(sql, place, order)
        self._results[key] = result
        self._row_count += len(result.rows)
        while self._row_count > MAX_REMEMBERED_ROWS and len(self._results) > 1:
            self._row_count -= len(self._results.popitem(last=False)[1].rows)
        return result

    def warm_up(self, question: Question) -> None:
        """Run and remember all that grading an answer may need."""
        for sql in (question.solution, *(mutant.sql for mutant in question.mutants)):
            for place in self.places(question):
                self.known(sql, place)

    def agree(self, one: str, other: str, place: Place, shape: Shape) -> bool:
        """Whether two queries of the question's own return the same in both orders."""
        return all(are_equal(self.known(one, place, order), self.known(other, place, order), shape) for order in ORDERS)

    def _execute(self, sql: str, place: Place, order: str) -> Result:
        return sandbox.run(self._connection(place, order), sql)

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
