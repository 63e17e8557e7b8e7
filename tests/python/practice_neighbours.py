"""Makes neighbours of a query: the same with one small change each, as a slip of the pen would make it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPARISONS = {exp.GT: exp.GTE, exp.GTE: exp.GT, exp.LT: exp.LTE, exp.LTE: exp.LT, exp.EQ: exp.NEQ, exp.NEQ: exp.EQ}
AGGREGATES = {exp.Sum: exp.Avg, exp.Avg: exp.Sum, exp.Min: exp.Max, exp.Max: exp.Min}


def neighbours(sql: str) -> dict[str, str]:
    """The neighbours of a query, by what was changed.

    Comparisons with and without equality, sums and averages, minima and maxima, distinct or not, whole numbers one up
    or down, a predicate, a `not` or a member of a list dropped, inner and left joins, the direction of an order and its
    terms.
    """
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    found: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for index, node in enumerate(tree.walk()):
        for number, (before, after) in enumerate(_changes(node)):
            change = f"{before} -> {after}"
            seen[change] += 1
            if seen[change] > 1:
                change += f" ({seen[change]})"
            copy = tree.copy()
            target = next(other for place, other in enumerate(copy.walk()) if place == index)
            for place, _ in enumerate(_changes(target, apply=number)):
                if place == number:
                    break
            found[change] = copy.sql(dialect="duckdb")
    return found


def _sql(node: exp.Expression) -> str:
    return node.sql(dialect="duckdb")


def _changes(node: exp.Expression, apply: int = -1) -> Iterator[tuple[str, str]]:
    """The changes at one node, as text before and after; the one whose number is `apply` is made when it is reached."""
    for number, (before, after, make) in enumerate(_alternatives(node)):
        if number == apply:
            make()
        yield before, after


def _alternatives(node: exp.Expression) -> Iterator[tuple]:  # noqa: PLR0912 one branch per kind of change
    before = _sql(node)
    kind = type(node)
    if kind in COMPARISONS:
        other = COMPARISONS[kind](this=node.this.copy(), expression=node.expression.copy())
        yield before, _sql(other), lambda: node.replace(other)
    if kind in AGGREGATES:
        swapped = AGGREGATES[kind](this=node.this.copy())
        yield before, _sql(swapped), lambda: node.replace(swapped)
    if kind is exp.Count and not isinstance(node.this, exp.Star):
        inside = node.this
        is_distinct = isinstance(inside, exp.Distinct)
        plain = inside.expressions[0].copy() if is_distinct else exp.Distinct(expressions=[inside.copy()])
        counted = exp.Count(this=plain)
        yield before, _sql(counted), lambda: node.replace(counted)
    # The `1` of `exists (select 1 …)` stands in the select itself and means nothing.
    is_whole = kind is exp.Literal and str(node.this).isdigit() and not isinstance(node.parent, exp.Select)
    if is_whole and (node.is_number or isinstance(node.parent, exp.Interval)):
        context = _sql(node.parent)
        for step in (1, -1):
            value = str(int(node.this) + step)
            literal = exp.Literal(this=value, is_string=node.is_string)
            yield f"{node.this} in {context}", value, lambda literal=literal: node.replace(literal)
    if kind is exp.And:
        for dropped, kept in ((node.left, node.right), (node.right, node.left)):
            yield _sql(dropped), "dropped", lambda kept=kept: node.replace(kept.copy())
    if kind is exp.Not:
        yield before, "not dropped", lambda: node.replace(node.this.copy())
    if kind is exp.In and len(node.expressions) > 1:
        for member in node.expressions:
            yield f"{_sql(member)} in {before}", "dropped", member.pop
    if kind in {exp.Where, exp.Having, exp.Qualify} and not isinstance(node.this, exp.And):
        if isinstance(node.parent, exp.Filter):
            yield before, "dropped", lambda: node.parent.replace(node.parent.this.copy())
        else:
            yield before, "dropped", node.pop
    if kind is exp.Join and (node.args.get("on") or node.args.get("using")):
        if node.side:
            yield before, "inner join", lambda: node.set("side", None)
        elif node.kind.upper() in {"", "INNER"}:
            yield before, "left join", lambda: (node.set("kind", None), node.set("side", "LEFT"))
    if kind is exp.Select and node.args.get("distinct"):
        yield "distinct", "dropped", lambda: node.set("distinct", None)
    if kind is exp.Ordered:
        direction = "asc" if node.args.get("desc") else "desc"
        yield before, direction, lambda: node.set("desc", not node.args.get("desc"))
        if len(node.parent.expressions) > 1:
            yield before, "dropped", node.pop
