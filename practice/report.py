"""What the command prints."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.markdown import Markdown
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from practice import diagnosis
from practice.comparison import rows_of, values_agree
from practice.pandas_sandbox import dtype
from practice.tables import DEMO, schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from rich.console import RenderableType

    from practice.catalogue import Question
    from practice.comparison import Difference
    from practice.counterexample import Counterexample
    from practice.diagnosis import Grade
    from practice.memo import Figures, Memo, MemoGrade
    from practice.progress import Progress
    from practice.sandbox import AnswerError

SHOWN_ROWS = 10
SHOWN_CHARACTERS = 70
COMMAND = ".venv/bin/python -m practice"


def question_list(questions: Iterable[Question], progress: Progress) -> RenderableType:
    """One line per question."""
    table = _table("id", "title", "difficulty", "minutes", "tags", "status")
    for question in questions:
        table.add_row(
            question.id,
            question.title,
            "●" * question.difficulty,
            str(question.minutes),
            ", ".join(question.tags),
            progress.of(question.id).status,
        )
    return table


def statement(question: Question, answer_file: Path, memo_file: Path | None = None) -> RenderableType:
    """The question, its tables, and where to answer."""
    tables: list[RenderableType] = []
    for name in question.tables:
        table = _table("column", "type", "", title=f"{name}: {schema()[name].description}")
        for column, definition in schema()[name].columns.items():
            table.add_row(column, (dtype if question.call else str)(definition["type"]), definition["description"])
        tables.append(table)
    result = _table("column", "", title="Return these columns")
    for column, description in question.columns.items():
        result.add_row(column, description)
    order = ", ".join(question.shape.order_by) or "The order of rows is free."
    return Group(
        heading(question),
        Markdown(question.statement),
        Text(),
        *tables,
        result,
        Text(f"Order by {order}." if question.shape.order_by else order),
        Text(f"Write the answer into {answer_file}, then check it: {COMMAND} check {question.id}", style="bold"),
        *_memo_task(question, memo_file),
    )


def heading(question: Question) -> RenderableType:
    """The question's id and title."""
    effort = f"difficulty {question.difficulty}, {question.minutes} minutes"
    return Text.assemble((f"{question.id}  {question.title}", "bold"), (f"  ({effort})", "dim"))


def grade(graded: Grade, answer: str, answer_file: Path, hint_count: int) -> RenderableType:
    """All that is to be said about an answer."""
    question = graded.question
    if graded.status == diagnosis.PASSED:
        words = "the table is right" if question.memo else "passed"
        # What an interviewer asks next may give away what the memo is to find.
        follow_up = [] if question.memo else _follow_up(question)
        headline = Text(f"{question.id} {words}", style="bold green")
        return Group(headline, *_printed(graded), *_right_answers(question), *follow_up)
    if graded.error:
        return Group(
            Text(f"{question.id} could not be run", style="bold red"),
            *_printed(graded),
            _error(graded, answer, answer_file),
            *(_pitfall(graded) if graded.pitfalls else ()),
        )
    parts: list[RenderableType] = [Text(f"{question.id} is not right yet", style="bold red"), *_printed(graded)]
    if graded.difference:
        parts += _difference(graded, graded.difference)
    if graded.is_unstable:
        parts.append(
            Text(
                "The result depends on the order in which the rows happen to stand in the table: the same rows in"
                " another order give another result."
            )
        )
    if not (graded.difference and graded.difference.kind == "columns"):
        parts += _pitfall(graded)
    if graded.failure:
        parts.append(Text(f"\nOn other rows it fails: {graded.failure}"))
    if graded.counterexample:
        parts += _counterexample(graded, graded.counterexample, answer)
    left = len(question.hints) - hint_count
    if left > 0:
        parts.append(Text(f"Next hint ({left} left): {COMMAND} hint {question.id}", style="dim"))
    return Group(*parts)


def verdict(question: Question, status: str, error: AnswerError | None) -> RenderableType:
    """One line that gives nothing away, for a mock interview."""
    words = {diagnosis.PASSED: "passed", diagnosis.WRONG: "is not right yet", diagnosis.ERROR: "could not be run"}
    style = "bold green" if status == diagnosis.PASSED else "bold red"
    line = Text(f"{question.id} {words[status]}", style=style)
    return Group(line, Text(str(error))) if error else line


def memo(question: Question, graded: MemoGrade, memo_file: Path) -> RenderableType:
    """All that is to be said about a memo whose table is right."""
    assert question.memo is not None
    if graded.error:
        place = f", line {graded.error.line}" if graded.error.line else ""
        return Text(f"\nThe table is right. {memo_file}{place}: {graded.error}", style="bold red")
    if graded.status == diagnosis.PASSED:
        return Group(
            Text("\nThe memo's decision and figures are right", style="bold green"),
            Markdown(question.memo.reference),
            *_follow_up(question),
            Text(f"\nScore your own text by the rubric: {COMMAND} score {question.id}", style="bold"),
        )
    parts: list[RenderableType] = [Text(f"\nThe table is right, the memo is not yet: {memo_file}", style="bold red")]
    for finding in graded.findings:
        parts += [Text(finding.sentence, style="yellow"), *map(Markdown, finding.paragraphs)]
    return Group(*parts)


def reference_memo(asked: Memo, figures: Figures) -> RenderableType:
    """A memo with the right decision and figures, and the rubric."""
    table = _table("field", "", "")
    table.add_row("decision", figures.decision, "")
    for name, claim in asked.claims.items():
        table.add_row(name, _cell(figures.claims[name]), claim.description)
    rubric = [Markdown(f"- {_words(heading)}: {criterion}") for heading, criterion in asked.criteria]
    return Group(
        Text("\nMemo", style="bold"), table, Markdown(asked.reference), Text("\nRubric", style="bold"), *rubric
    )


def hints(question: Question, count: int) -> RenderableType:
    """The first hints."""
    return Group(*(Markdown(f"**Hint {number}.** {hint}") for number, hint in enumerate(question.hints[:count], 1)))


def solution(question: Question) -> RenderableType:
    """The solution with everything around it."""
    pitfalls = [Markdown(f"**{_words(name)}**: {paragraph}") for name, paragraph in question.pitfalls.items()]
    title = Text("\nPitfalls", style="bold")
    return Group(heading(question), *_right_answers(question), *_follow_up(question), title, *pitfalls)


def progress_table(questions: Sequence[Question], progress: Progress) -> RenderableType:
    """How far a person has come."""
    table = _table("id", "title", "status", "answers checked", "hints", "pitfalls met", "memo")
    for question in questions:
        record = progress.of(question.id)
        table.add_row(
            question.id,
            question.title,
            record.status,
            str(record.attempts),
            f"{record.hint_count} of {len(question.hints)}",
            ", ".join(_words(name) for name in dict.fromkeys(record.pitfalls or [])),
            _points(question, record.rubric_points),
        )
    passed = sum(progress.of(question.id).passed_at is not None for question in questions)
    return Group(table, Text(f"{passed} of {len(questions)} passed"))


def _memo_task(question: Question, memo_file: Path | None) -> list[RenderableType]:
    if question.memo is None:
        return []
    return [
        Text("\nThen the memo", style="bold"),
        Markdown(question.memo.task),
        Text(f"Write it into {memo_file}; it is checked once the table is right.", style="bold"),
    ]


def _right_answers(question: Question) -> list[RenderableType]:
    parts: list[RenderableType] = [Text("\nReference solution", style="bold"), _code(question.solution, question)]
    for name, text in question.alternatives.items():
        parts += [Text(f"\nAlternative: {_words(name)}", style="bold"), _code(text, question)]
    return parts


def _follow_up(question: Question) -> list[RenderableType]:
    return [Text("\nWhat an interviewer asks next", style="bold"), Markdown(question.follow_up)]


def _printed(graded: Grade) -> list[RenderableType]:
    if not graded.printed:
        return []
    return [Text("Your answer printed:", style="dim"), Padding(Text(graded.printed.rstrip()), (0, 2))]


def _error(graded: Grade, answer: str, answer_file: Path) -> RenderableType:
    error = graded.error
    assert error is not None
    if error.line is None:
        return Text(str(error))
    lines = answer.splitlines()
    source = lines[error.line - 1] if error.line <= len(lines) else ""
    column = error.column or 1
    # A line that the terminal wraps would leave the caret under another word.
    start = max(column - 1 - SHOWN_CHARACTERS // 2, 0)
    shown = source[start : start + SHOWN_CHARACTERS]
    return Group(
        Text(f"{answer_file.name}, line {error.line}, column {column}: {error}"),
        Text(f"  {shown}\n  {' ' * (column - 1 - start)}^", style="yellow"),
    )


def _difference(graded: Grade, difference: Difference) -> list[RenderableType]:
    place = graded.place
    assert place is not None
    parts: list[RenderableType] = []
    if place.name != DEMO and place.world:
        parts.append(Text(f"On the demo your result is right; on other rows it is not. {place.world.description}"))
    if difference.kind == "columns":
        return [*parts, *_column_difference(difference)]
    if difference.kind == "rows":
        parts.append(
            Text(f"You return {difference.actual_count:,} rows; there should be {difference.expected_count:,}.")
        )
        if difference.is_fan_out:
            parts.append(
                Text(
                    "Rows appear more often than they should, as when a join finds several matches and repeats what it"
                    " joins them to (fan-out)."
                )
            )
    elif difference.kind == "order":
        asked = ", ".join(graded.question.shape.order_by)
        parts.append(Text(f"The rows are right, their order is not: order by {asked}."))
    else:
        parts.append(Text(f"The number of rows is right ({difference.expected_count:,}), what stands in them is not."))
    columns = graded.question.shape.columns
    table = _table("", *columns, title="Some of the rows that differ")
    for expected, actual in difference.pairs:
        for label, row, other in (("expected", expected, actual), ("yours", actual, expected)):
            if row is None:
                table.add_row(label, Text("no such row", style="dim"), *[""] * (len(columns) - 1))
            else:
                table.add_row(label, *_cells(row, other, graded))
        table.add_section()
    return [*parts, table]


def _column_difference(difference: Difference) -> list[RenderableType]:
    if difference.renamed:
        names = ", ".join(f"{given} should be called {wanted}" for given, wanted in difference.renamed.items())
        return [Text(f"The values are right; a name is not: {names}.")]
    parts: list[RenderableType] = []
    extra = dict.fromkeys(difference.extra_columns)
    repeated = [column for column in extra if difference.extra_columns.count(column) > 1]
    if repeated:
        parts.append(Text(f"Columns that are there several times: {', '.join(repeated)}."))
    unasked = [column for column in extra if column not in repeated]
    if difference.missing_columns:
        parts.append(Text(f"Columns that are missing: {', '.join(difference.missing_columns)}."))
    if difference.in_index:
        parts.append(
            Text(
                f"The index has {', '.join(difference.in_index)}, but it is not part of the result:"
                " `reset_index()` makes columns of it."
            )
        )
    if unasked:
        parts.append(Text(f"Columns that nobody asked for: {', '.join(unasked)}."))
    return parts


def _pitfall(graded: Grade) -> list[RenderableType]:
    pitfalls = graded.question.pitfalls
    if graded.pitfalls:
        names = " or ".join(_words(name) for name in graded.pitfalls)
        return [
            Text(f"\nConsistent with the pitfall: {names}", style="bold yellow"),
            *(Markdown(pitfalls[name]) for name in graded.pitfalls),
        ]
    if graded.pair:
        one, other = map(_words, graded.pair)
        return [
            Text(f"\nConsistent with two pitfalls at once: {one}, and {other}", style="bold yellow"),
            *(Markdown(pitfalls[name]) for name in graded.pair),
        ]
    if graded.guess:
        return [
            Text(f"\nThis is none of the pitfalls known for this question{_nor_two(graded)}."),
            Text(f"A guess, it comes closest to: {_words(graded.guess)}", style="yellow"),
            Markdown(pitfalls[graded.guess]),
        ]
    return [
        Text(f"\nThis is none of the pitfalls known for this question{_nor_two(graded)}: look at the rows that differ.")
    ]


def _counterexample(graded: Grade, found: Counterexample, answer: str) -> list[RenderableType]:
    question = graded.question
    count = found.world.size
    parts: list[RenderableType] = [
        Text(f"\nThe smallest example found: {count} input row{'' if count == 1 else 's'}", style="bold")
    ]
    mentioned = set(re.findall(r"\w+", (question.solution + answer).lower()))
    for name, rows in found.world.rows.items():
        table = schema()[name]
        columns = [column for column in table.columns if column in mentioned or column == table.key]
        shown = _table(*columns, title=name)
        for row in rows:
            shown.add_row(*(_cell(row[column]) for column in columns))
        parts.append(shown)
    names = ("right", "yours")
    if not graded.difference:
        names = ("yours", "yours, with the rows in the opposite order")
    expected = rows_of(found.expected, question.shape)
    actual = rows_of(found.actual, question.shape) if found.actual else None
    for name, rows in zip(names, (expected, actual), strict=True):
        if rows is None:
            parts.append(Text(f"{name}: {found.failure}"))
        elif not rows:
            parts.append(Text(f"{name}: no rows"))
        else:
            shown = _table(*question.shape.columns, title=name)
            for row in rows[:SHOWN_ROWS]:
                shown.add_row(*map(_cell, row))
            parts.append(shown)
    return parts


def _cells(row: tuple[Any, ...], other: tuple[Any, ...] | None, graded: Grade) -> list[Text]:
    cells = []
    for place, value in enumerate(row):
        agrees = other is None or values_agree(value, other[place], graded.question.shape.tolerance)
        cell = _cell(value)
        # Digits that look the same although the values are not.
        if not agrees and other is not None and cell.plain == _cell(other[place]).plain:
            cell = Text(f"{value!r}")
        cells.append(cell if agrees else Text(cell.plain, style="bold red"))
    return cells


def _cell(value: Any) -> Text:
    match value:
        case None:
            return Text("NULL", style="dim")
        case bool():
            return Text(str(value).lower())
        case float() | Decimal():
            return Text(f"{value:.6g}")
        case dt.datetime():
            return Text(str(value).removesuffix(" 00:00:00"))
        case tuple():
            return Text(_nested(value))
        case _:
            return Text(str(value))


def _is_entry(member: Any) -> bool:
    match member:
        case (str(), _):
            return True
    return False


def _nested(value: Any) -> str:
    """A nested value as one would write it: a tuple of names with values is a dict or struct, any other one a list."""
    if not isinstance(value, tuple):
        return repr(value) if isinstance(value, str) else str(_cell(value))
    if value and all(map(_is_entry, value)):
        return "{" + ", ".join(f"{name}: {_nested(member)}" for name, member in value) + "}"
    return "[" + ", ".join(map(_nested, value)) + "]"


def _points(question: Question, points: int | None) -> str:
    return "" if points is None or question.memo is None else f"{points} of {len(question.memo.criteria)} points"


def _nor_two(graded: Grade) -> str:
    return "; whether it is two at once would take too long to find out" if graded.pair is None else ", nor two at once"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _code(text: str, question: Question) -> RenderableType:
    return Padding(Syntax(text.strip(), "python" if question.call else "sql", background_color="default"), (0, 2))


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
