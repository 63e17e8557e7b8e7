"""Makes neighbours of an answer: the same with one small change each, as a slip of the pen would make it."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMPARISONS = {exp.GT: exp.GTE, exp.GTE: exp.GT, exp.LT: exp.LTE, exp.LTE: exp.LT, exp.EQ: exp.NEQ, exp.NEQ: exp.EQ}
PYTHON_COMPARISONS = {
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
# What may stand for each other in pandas, as a method, as the name of one or as an option.
PYTHON_WORDS = {
    "sum": "mean",
    "mean": "sum",
    "count": "size",
    "nunique": "count",
    "min": "max",
    "max": "min",
    "first": "last",
    "last": "first",
    "head": "tail",
    "tail": "head",
    "nlargest": "nsmallest",
    "nsmallest": "nlargest",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "ceil": "floor",
    "isna": "notna",
    "notna": "isna",
    "ffill": "bfill",
    "bfill": "ffill",
    "lt": "le",
    "le": "lt",
    "gt": "ge",
    "ge": "gt",
    "dense": "min",
    "average": "min",
    "left": "inner",
    "right": "inner",
    "outer": "inner",
    "inner": "left",
}
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


def neighbours_in_pandas(text: str) -> dict[str, str]:
    """The neighbours of an answer in pandas, by what was changed.

    Comparisons with and without equality, methods and options for those that are often taken for them, whole numbers
    one up or down, true and false, an operand of `&` or `and` or a `~` or `not` dropped, a keyword argument, an item of
    a list, a link of a chain of methods or a condition of a comprehension dropped.
    """
    tree = ast.parse(text)
    found: dict[str, str] = {}
    seen: Counter[str] = Counter()
    count = sum(1 for _ in ast.walk(tree))
    for index in range(count):
        number = 0
        while True:
            copy = ast.parse(text)
            parents = {child: parent for parent in ast.walk(copy) for child in ast.iter_child_nodes(parent)}
            node = list(ast.walk(copy))[index]
            changes = list(_changes_in_pandas(node, parents.get(node)))
            if number >= len(changes):
                break
            what, make = changes[number]
            make()
            seen[what] += 1
            found[what if seen[what] == 1 else f"{what} ({seen[what]})"] = ast.unparse(ast.fix_missing_locations(copy))
            number += 1
    return found


def _changes_in_pandas(node: ast.AST, parent: ast.AST | None) -> Iterator[tuple[str, Callable[[], object]]]:
    """The changes at one node, as what is changed and what makes the change."""
    yield from _changed_words(node, parent)
    yield from _changed_constants(node, parent)
    yield from _dropped(node, parent)


def _changed_words(node: ast.AST, parent: ast.AST | None) -> Iterator[tuple[str, Callable[[], object]]]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in PYTHON_COMPARISONS:
            other = PYTHON_COMPARISONS[type(operator)]()
            after = ast.unparse(ast.Compare(left=node.left, ops=[other], comparators=node.comparators))
            yield f"{ast.unparse(node)} -> {after}", lambda: node.ops.__setitem__(0, other)
        case ast.Attribute(attr=name) if name in PYTHON_WORDS and isinstance(parent, ast.Call) and parent.func is node:
            yield f"{_clipped(node)} -> {PYTHON_WORDS[name]}", lambda: setattr(node, "attr", PYTHON_WORDS[name])
        case ast.Constant(value=str(word)) if word in PYTHON_WORDS and not isinstance(parent, ast.Subscript):
            yield f"'{word}' -> '{PYTHON_WORDS[word]}'", lambda: setattr(node, "value", PYTHON_WORDS[word])


def _changed_constants(node: ast.AST, parent: ast.AST | None) -> Iterator[tuple[str, Callable[[], object]]]:
    match node:
        case ast.Constant(value=bool(value)):
            where = parent.arg if isinstance(parent, ast.keyword) else "constant"
            yield f"{where}={value} -> {not value}", lambda: setattr(node, "value", not value)
        case ast.Constant(value=int(value)):
            context = ast.unparse(parent) if parent else ""
            for step in (1, -1):
                yield f"{value} in {context} -> {value + step}", lambda step=step: setattr(node, "value", value + step)


def _dropped(node: ast.AST, parent: ast.AST | None) -> Iterator[tuple[str, Callable[[], object]]]:
    match node:
        case ast.BinOp(op=ast.BitAnd()):
            for gone, kept in ((node.left, node.right), (node.right, node.left)):
                yield f"{ast.unparse(gone)} -> dropped", lambda kept=kept: _replace(parent, node, kept)
        case ast.BoolOp(op=ast.And()):
            for gone in node.values:
                yield f"{ast.unparse(gone)} -> dropped", lambda gone=gone: node.values.remove(gone)
        case ast.UnaryOp(op=ast.Invert() | ast.Not()):
            yield f"{ast.unparse(node)} -> not dropped", lambda: _replace(parent, node, node.operand)
        case ast.Call(func=ast.Attribute(value=(ast.Call() | ast.Subscript() | ast.Name()) as inner)) as call if not (
            isinstance(inner, ast.Name) and inner.id in {"pd", "np"}
        ):
            yield f"{_clipped(call.func)}(…) -> dropped", lambda: _replace(parent, node, inner)
        case ast.List(elts=items) if len(items) > 1:
            for item in items:
                yield f"{ast.unparse(item)} in {ast.unparse(node)} -> dropped", lambda item=item: items.remove(item)
        case ast.comprehension(ifs=[condition]):
            yield f"if {ast.unparse(condition)} -> dropped", node.ifs.clear
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            yield f"{ast.unparse(keyword)} -> dropped", lambda keyword=keyword: node.keywords.remove(keyword)


def _clipped(node: ast.AST) -> str:
    """A chain of methods by its last link."""
    return f".{node.attr}" if isinstance(node, ast.Attribute) else ast.unparse(node)


def _replace(parent: ast.AST | None, node: ast.AST, other: ast.AST) -> None:
    for name, value in ast.iter_fields(parent):
        if value is node:
            setattr(parent, name, other)
        elif isinstance(value, list) and node in value:
            value[value.index(node)] = other
