"""Compares an answer's result with the right one: columns by name, rows as a bag, by key, or in the declared order.

Integers, decimals and doubles are alike within a tolerance; a date is the midnight that begins it; NULL equals only
NULL; duplicates count. Two results without rows are equal, whatever their columns.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from practice.sandbox import Result

EXAMPLES = 5
# Beyond this many, rows that could be each other's are paired in sorted order instead of one by one.
MAX_PAIRINGS = 1_000_000


@dataclass(frozen=True)
class Shape:
    """What makes two results of a question equal.

    Attributes:
        columns: The columns, in the order in which they are shown.
        key: The columns that identify a row; empty if rows are compared as a bag.
        order_by: The columns whose order is asked for, each perhaps followed by ` desc`; empty if order is free.
        tolerance: How far numbers may be apart, relative to the larger or absolute.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    tolerance: float = 1e-9


@dataclass(frozen=True)
class Difference:
    """How a result differs from the right one.

    Attributes:
        kind: `columns`, `rows` (their number), `values` or `order`.
        missing_columns: Right columns that the answer lacks.
        extra_columns: Columns of the answer that nobody asked for.
        renamed: Columns of the answer that hold a right column under another name, with that column.
        in_index: Right columns that the answer has in a DataFrame's index.
        expected_count: Number of right rows.
        actual_count: Number of the answer's rows.
        is_fan_out: Whether the answer has rows, or keys, more often than they belong there.
        pairs: At most five differences: the right row and the answer's, or None where there is none.
    """

    kind: str
    missing_columns: tuple[str, ...] = ()
    extra_columns: tuple[str, ...] = ()
    renamed: dict[str, str] = field(default_factory=dict)
    in_index: tuple[str, ...] = ()
    expected_count: int = 0
    actual_count: int = 0
    is_fan_out: bool = False
    pairs: tuple[tuple[tuple[Any, ...] | None, tuple[Any, ...] | None], ...] = ()


def compare(expected: Result, actual: Result, shape: Shape) -> Difference | None:
    """Say how `actual` differs from `expected`; None if it does not."""
    if not (expected.rows or actual.rows):
        return None
    difference = _compare_columns(expected, actual, shape)
    if difference:
        return difference
    pairs = _differing_pairs(expected, actual, shape)
    if pairs:
        return Difference(
            kind="values" if len(expected.rows) == len(actual.rows) else "rows",
            expected_count=len(expected.rows),
            actual_count=len(actual.rows),
            is_fan_out=len(actual.rows) > len(expected.rows) and _is_fan_out(expected, actual, shape),
            pairs=tuple(pairs[:EXAMPLES]),
        )
    misplaced = _misplaced(expected, actual, shape)
    if not misplaced:
        return None
    return Difference(
        kind="order",
        expected_count=len(expected.rows),
        actual_count=len(actual.rows),
        pairs=tuple(misplaced[:EXAMPLES]),
    )


def are_equal(one: Result, other: Result, shape: Shape) -> bool:
    """Whether two results are the same to this question, without looking for all that differs."""
    if not (one.rows or other.rows):
        return True
    if len(one.rows) != len(other.rows) or _compare_columns(one, other, shape):
        return False
    left, right = _unlike_rows(one.only(shape.columns), other.only(shape.columns))
    if left and not any(_rows_agree(left[0], row, shape.tolerance) for row in right):
        return False
    return not (left and _differing_pairs(one, other, shape)) and not _misplaced(one, other, shape)


def rows_of(result: Result, shape: Shape) -> list[tuple[Any, ...]]:
    """The rows with the columns in the question's order."""
    return _plain_rows(result.only(shape.columns).rows)


def _plain_rows(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(map(_plain, row)) for row in rows]


def _misplaced(expected: Result, actual: Result, shape: Shape) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Rows that stand where rows with other values of the declared keys belong; rows with the same values are peers."""
    if not shape.order_by:
        return []
    right, given = rows_of(expected, shape), rows_of(actual, shape)
    places = [shape.columns.index(column.split()[0]) for column in shape.order_by]
    return [
        (one, other)
        for one, other in zip(right, given, strict=True)
        if any(_exact(one[place]) != _exact(other[place]) for place in places)
    ]


def _compare_columns(expected: Result, actual: Result, shape: Shape) -> Difference | None:
    wanted = [column.lower() for column in shape.columns]
    given = [column.lower() for column in actual.columns]
    missing = [column for column in shape.columns if column.lower() not in given]
    counts = Counter(given)
    extra = [
        column for column, name in zip(actual.columns, given, strict=True) if name not in wanted or counts[name] > 1
    ]
    if not (missing or extra):
        return None
    renamed: dict[str, str] = {}
    if len(missing) == len(extra) and max(counts.values()) == 1:
        renames = dict(zip(extra, missing, strict=True))
        columns = tuple(renames.get(column, column) for column in actual.columns)
        if not _differing_pairs(expected, replace(actual, columns=columns), shape):
            renamed = renames
    index = {name.lower() for name in actual.index}
    in_index = tuple(column for column in missing if column.lower() in index)
    return Difference("columns", tuple(missing), tuple(extra), renamed, in_index, len(expected.rows), len(actual.rows))


def _plain(value: Any) -> Any:
    """A value of the few types that are compared."""
    match value:
        case None | bool() | str() | int() | float() | dt.time() | dt.timedelta():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dt.datetime():
            return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
        case dt.date():
            return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 every timestamp here is UTC
        case tuple():
            return tuple(map(_plain, value))
        case _:
            return str(value)


def _exact(value: Any) -> Any:
    """What stands for a value in a key: numbers are rounded, so that 3, 3.0 and 3.0000000001 are one."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, float):
        return value if math.isinf(value) else "NaN" if math.isnan(value) else float(f"{value:.9g}")
    if isinstance(value, tuple):
        return tuple(map(_exact, value))
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def values_agree(one: Any, other: Any, tolerance: float) -> bool:
    """Whether two values are the same, numbers within a tolerance."""
    if _is_number(one) and _is_number(other):
        if isinstance(one, int) and isinstance(other, int):
            return one == other
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(
            values_agree(left, right, tolerance) for left, right in zip(one, other, strict=True)
        )
    return type(one) is type(other) and one == other


def _rows_agree(one: tuple[Any, ...], other: tuple[Any, ...], tolerance: float) -> bool:
    return all(values_agree(left, right, tolerance) for left, right in zip(one, other, strict=True))


def _differing_pairs(
    expected: Result, actual: Result, shape: Shape
) -> list[tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]]:
    """Rows that are not matched, the right one and the answer's side by side."""
    right, given = _unlike_rows(expected.only(shape.columns), actual.only(shape.columns))
    places = [shape.columns.index(column) for column in shape.key] or _exact_places(right, given, shape)
    groups: dict[Any, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((right, given)):
        for row in rows:
            groups[tuple(_exact(row[place]) for place in places)][side].append(row)
    pairs: list[tuple[Any, Any]] = []
    for ours, theirs in groups.values():
        if len(ours) == len(theirs) == 1:
            if not _rows_agree(ours[0], theirs[0], shape.tolerance):
                pairs.append((ours[0], theirs[0]))
            continue
        pairs += _unmatched(ours, theirs, shape.tolerance)
    if shape.key:
        return sorted(pairs, key=lambda pair: _rank(tuple((pair[0] or pair[1])[place] for place in places)))
    # In a bag, rows that nothing matches are shown beside each other as far as there are some on both sides.
    lost = [one for one, _ in pairs if one is not None]
    added = [other for _, other in pairs if other is not None]
    return list(zip_longest(lost, added))


def _unlike_rows(expected: Result, actual: Result) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The rows of both that are not the same to the last digit, which hardly ever are many."""
    if expected.booleans != actual.booleans:
        return _plain_rows(expected.rows), _plain_rows(actual.rows)
    if expected.counts == actual.counts:
        return [], []
    return _surplus(expected.counts, actual.counts), _surplus(actual.counts, expected.counts)


def _surplus(counts: dict[tuple[Any, ...], int], others: dict[tuple[Any, ...], int]) -> list[tuple[Any, ...]]:
    rows = ([row] * (count - others.get(row, 0)) for row, count in counts.items() - others.items())
    return _plain_rows(row for repeated in rows for row in repeated)


def _unmatched(
    ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]], tolerance: float
) -> list[tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]]:
    ours, theirs = sorted(ours, key=_rank), sorted(theirs, key=_rank)
    if len(ours) == len(theirs) and all(map(lambda one, other: _rows_agree(one, other, tolerance), ours, theirs)):
        return []
    if len(ours) * len(theirs) > MAX_PAIRINGS:
        return [pair for pair in zip_longest(ours, theirs) if None in pair or not _rows_agree(*pair, tolerance)]
    left = list(theirs)
    lost = []
    for row in ours:
        match = next((other for other in left if _rows_agree(row, other, tolerance)), None)
        if match is None:
            lost.append(row)
        else:
            left.remove(match)
    return list(zip_longest(lost, left))


def _rank(row: tuple[Any, ...]) -> tuple[tuple[str, Any], ...]:
    return tuple(("number", float(value)) if _is_number(value) else (type(value).__name__, str(value)) for value in row)


def _exact_places(right: Sequence[tuple[Any, ...]], given: Sequence[tuple[Any, ...]], shape: Shape) -> list[int]:
    """The columns in which equal rows are the same to the last digit: those without fractions."""
    return [
        place
        for place in range(len(shape.columns))
        if not any(isinstance(row[place], (float, tuple)) for rows in (right, given) for row in rows)
    ]


def _is_fan_out(expected: Result, actual: Result, shape: Shape) -> bool:
    """Whether the answer repeats what the right result has once."""
    right, given = (
        Counter(tuple(map(_exact, row)) for row in _plain_rows(result.only(shape.key or shape.columns).rows))
        for result in (expected, actual)
    )
    return any(count > right[row] > 0 for row, count in given.items())
