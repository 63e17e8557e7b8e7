"""Finds a few input rows on which two results still differ, by leaving out what does not matter (delta debugging)."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from practice.sandbox import AnswerError
from practice.tables import World, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from practice.sandbox import Result

    Run = Callable[[str, World], Result]
    Differ = Callable[[World], "Counterexample | None"]

SECONDS = 0.3
# With fewer rows nothing stands beside the row that goes wrong, to which it could be compared.
MIN_ROWS = 3

Row = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Counterexample:
    """A small world and the two results that differ in it.

    Attributes:
        world: The rows that are left.
        expected: The right result; for an answer that depends on the order of rows, its result in this order.
        actual: The answer's result; for such an answer, its result in the opposite order. None if it fails.
        failure: Why the answer fails on these rows, or None.
    """

    world: World
    expected: Result
    actual: Result | None
    failure: str | None = None


def find(world: World, differ: Differ, seconds: float = SECONDS, enough: int = MIN_ROWS) -> Counterexample | None:
    """The smallest world of at least three rows found in time, made of rows of `world`, in which two results differ.

    Args:
        world: Where they differ.
        differ: Runs both on a world; None if they agree.
        seconds: How long to look.
        enough: The number of rows at which to stop looking for fewer.
    """
    deadline = monotonic() + seconds

    def attempt(rows: list[Row]) -> Counterexample | None:
        return differ(World(world.name, world.description, _by_table(rows)))

    rows = [(name, row) for name, rows in world.rows.items() for row in rows]
    children = _children(rows)
    kept = list(range(len(rows)))
    best = attempt(rows)
    if best is None:
        return None
    size = max(len(kept) // 2, 1)
    while monotonic() < deadline and len(kept) > enough:
        removed_any = False
        # From the end: rows that are written last are those that refer to others.
        for start in range(len(kept) - size, -size, -size):
            dropped = _with_descendants(set(kept[max(start, 0) : start + size]), children)
            rest = [index for index in kept if index not in dropped]
            if len(rest) < MIN_ROWS or len(rest) == len(kept) or monotonic() > deadline:
                continue
            if found := attempt([rows[index] for index in rest]):
                best, kept, removed_any = found, rest, True
            if len(kept) <= enough:
                break
        if size == 1 and not removed_any:
            break
        size = max(size // 2, 1)
    return best


def against_solution(
    run: Run, answer: str, solution: str, alternatives: Iterable[str], is_right: Callable[[Result, Result], bool]
) -> Differ:
    """What `find` needs to compare an answer with the solution; `run` runs a text on a world."""

    def is_ruled_out(world: World, expected: Result) -> bool:
        # Right answers may differ on rows that the statement rules out, such as an experiment without its arms.
        try:
            return not all(is_right(expected, run(other, world)) for other in alternatives)
        except AnswerError:
            return True

    def differ(world: World) -> Counterexample | None:
        expected = run(solution, world)
        try:
            actual, failure = run(answer, world), None
        except AnswerError as error:
            if not expected.rows:
                return None
            actual, failure = None, str(error)
        agrees = actual is not None and is_right(expected, actual)
        if agrees or is_ruled_out(world, expected):
            return None
        return Counterexample(world, expected, actual, failure)

    return differ


def against_itself(run: Run, answer: str, is_same: Callable[[Result, Result], bool]) -> Differ:
    """What `find` needs to compare an answer with itself when the rows stand the other way round."""

    def differ(world: World) -> Counterexample | None:
        try:
            first, second = run(answer, world), run(answer, world.reversed())
        except AnswerError:
            return None
        return None if is_same(first, second) else Counterexample(world, first, second)

    return differ


def _by_table(rows: list[Row]) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, row in rows:
        tables.setdefault(name, []).append(row)
    return tables


def _children(rows: list[Row]) -> dict[int, set[int]]:
    """The rows that refer to a row, by its index: they would become orphans without it."""
    places = {(name, row[key]): index for index, (name, row) in enumerate(rows) if (key := schema()[name].key)}
    children: dict[int, set[int]] = {}
    for index, (name, row) in enumerate(rows):
        for column, parent in schema()[name].references.items():
            if (parent, row[column]) in places:
                children.setdefault(places[parent, row[column]], set()).add(index)
    return children


def _with_descendants(indices: set[int], children: dict[int, set[int]]) -> set[int]:
    found, new = set(indices), set(indices)
    while new:
        new = set().union(*(children.get(index, set()) for index in new)) - found
        found |= new
    return found
