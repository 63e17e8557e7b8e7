"""The memo of an open case: a decision and figures, which are checked, and a text, which its writer scores."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml

from practice.diagnosis import ERROR, PASSED, WRONG
from practice.sandbox import AnswerError
from practice.tables import DEMO, PracticeError
from practice.workbench import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from practice.sandbox import Result
    from practice.workbench import Workbench

# What every memo is scored by.
RUBRIC = ("metric_validation", "experiment_validity", "decomposition", "segments", "decision_rule")
DECISION = "decision"
FIELDS = (DECISION, "claims", "memo")


@dataclass(frozen=True)
class Claim:
    """A figure, or a name, that a memo rests on.

    Attributes:
        description: What it is, with its unit.
        tolerance: How far a figure may be off, in its unit; None for a name.
    """

    description: str
    tolerance: float | None = None

    def agrees(self, written: Any, value: Any) -> bool:
        """Whether what is written is this value."""
        if self.tolerance is None:
            return " ".join(str(written).lower().split()) == " ".join(str(value).lower().split())
        # Half a digit may be lost to rounding, and a little to the binary form of the tolerance.
        return value is not None and abs(written - float(value)) <= self.tolerance * (1 + 1e-9)


@dataclass(frozen=True)
class Memo:
    """What a question asks for beside its table.

    Attributes:
        folder: The question's folder, with `memo.sql` and `memo.md`.
        task: What the memo is to decide, in Markdown.
        decisions: The options, each with what is said to whoever chose it.
        claims: The figures by name.
        mistakes: Why a wrong figure is wrong, by name.
        rubric: What the text is scored by: five headings, each with criteria worth a point.
    """

    folder: Path
    task: str
    decisions: dict[str, str]
    claims: dict[str, Claim]
    mistakes: dict[str, str]
    rubric: dict[str, tuple[str, ...]]

    @cached_property
    def sql(self) -> str:
        """The query for the right decision and figures, and for wrong ones: `<claim>__<mistake>`."""
        return (self.folder / "memo.sql").read_text(encoding="utf-8")

    @cached_property
    def reference(self) -> str:
        """A good memo, in Markdown."""
        return (self.folder / "memo.md").read_text(encoding="utf-8")

    @property
    def criteria(self) -> list[tuple[str, str]]:
        """All criteria with their headings."""
        return [(heading, criterion) for heading in RUBRIC for criterion in self.rubric[heading]]

    def starter(self, question_id: str, title: str) -> str:
        """What a person fills in."""
        claims = "".join(f"{_comment(claim.description)}\n  {name}:\n" for name, claim in self.claims.items())
        return (
            f"# {question_id}, {title}: the memo. It is checked with the answer, once that is right.\n"
            f"# One of: {', '.join(self.decisions)}\n{DECISION}:\n\nclaims:\n{claims}\nmemo: |\n  \n"
        )


@dataclass(frozen=True)
class Figures:
    """What the data say.

    Attributes:
        decision: The right option.
        claims: The right figures.
        mistakes: For each claim, the figures that mistakes lead to.
    """

    decision: str
    claims: dict[str, Any]
    mistakes: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Finding:
    """What is to be said about one field of a memo.

    Attributes:
        sentence: What is wrong with it.
        paragraphs: Why, if that is known.
    """

    sentence: str
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class MemoGrade:
    """What is to be said about a memo.

    Attributes:
        status: `passed`, `wrong` or `error`.
        findings: What is wrong with its fields.
        error: Why it could not be read.
    """

    status: str
    findings: tuple[Finding, ...] = ()
    error: AnswerError | None = None


def load_memo(folder: Path, written: Mapping[str, Any]) -> Memo:
    """Read the `memo` of a question.

    Raises:
        PracticeError: It is incomplete.
    """

    def refuse(problem: str) -> PracticeError:
        return PracticeError(f"{folder.name}: memo {problem}.")

    names = {"task", "decisions", "claims", "mistakes", "rubric"}
    if written.keys() != names:
        raise refuse(f"needs {', '.join(sorted(names))}, and nothing else")
    if set(written["rubric"]) != set(RUBRIC):
        raise refuse(f"has a rubric with the headings {', '.join(RUBRIC)}")
    return Memo(
        folder=folder,
        task=written["task"],
        decisions=written["decisions"],
        claims={name: Claim(**claim) for name, claim in written["claims"].items()},
        mistakes=written["mistakes"],
        rubric={heading: tuple(written["rubric"][heading]) for heading in RUBRIC},
    )


def figures(memo: Memo, run: Callable[[str], Result]) -> Figures:
    """What the data say, by the question's own query.

    Args:
        memo: The memo.
        run: Runs a query on the demo.

    Raises:
        PracticeError: The query does not return one row with the decision, all claims and their mistakes.
    """
    result = run(memo.sql)
    if len(result.rows) != 1:
        raise PracticeError(f"{memo.folder.name}: memo.sql returns {len(result.rows)} rows instead of one.")
    row = dict(zip(result.columns, result.rows[0], strict=True))
    decision = row.pop(DECISION, None)
    claims = {name: row.pop(name) for name in memo.claims if name in row}
    mistakes: dict[str, dict[str, Any]] = {name: {} for name in claims}
    for column, value in row.items():
        claim, _, mistake = column.partition("__")
        if claim not in claims or mistake not in memo.mistakes:
            raise PracticeError(f"{memo.folder.name}: memo.sql has a column {column} that nothing explains.")
        mistakes[claim][mistake] = value
    shown = {mistake for wrong in mistakes.values() for mistake in wrong}
    if decision not in memo.decisions or claims.keys() != memo.claims.keys() or shown != memo.mistakes.keys():
        raise PracticeError(f"{memo.folder.name}: memo.sql lacks the decision, a claim or a mistake of question.yml.")
    return Figures(decision, claims, mistakes)


def figures_on_demo(memo: Memo, workbench: Workbench) -> Figures:
    """What the demo says."""
    return figures(memo, lambda sql: workbench.run(sql, Place(DEMO)))


def grade(memo: Memo, text: str, workbench: Workbench) -> MemoGrade:
    """Check a memo against the demo."""
    right = figures_on_demo(memo, workbench)
    try:
        findings = check(memo, text, right)
    except AnswerError as error:
        return MemoGrade(ERROR, error=error)
    return MemoGrade(WRONG if findings else PASSED, tuple(findings))


def check(memo: Memo, text: str, right: Figures) -> list[Finding]:
    """What is wrong with a memo; nothing if all that can be checked is right.

    Raises:
        AnswerError: It cannot be read.
    """
    written = _read(text)
    findings = [
        _decision_finding(memo, written.get(DECISION), right.decision),
        *(_claim_finding(memo, name, written["claims"].get(name), right) for name in memo.claims),
        *(Finding(f"{name}: nobody asked for it.") for name in written["claims"] if name not in memo.claims),
    ]
    if not str(written.get("memo") or "").strip():
        findings.append(Finding("memo: nothing is written yet."))
    return [finding for finding in findings if finding]


def _comment(text: str) -> str:
    return textwrap.fill(text, 110, initial_indent="  # ", subsequent_indent="  # ")


def _read(text: str) -> dict[str, Any]:
    try:
        written = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = (mark.line + 1, mark.column + 1) if mark else ()
        raise AnswerError(
            f"The memo cannot be read: {error.problem}. The lines below `memo: |` are indented.", *position
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise AnswerError(f"The memo cannot be read: {error}.") from error
    if not isinstance(written, dict) or not isinstance(written.get("claims") or {}, dict):
        raise AnswerError(f"The memo has the fields {', '.join(FIELDS)}, with the figures below claims: `reset` it.")
    if unknown := written.keys() - set(FIELDS):
        raise AnswerError(f"The memo has fields that nobody asked for: {', '.join(map(str, unknown))}.")
    return written | {"claims": written.get("claims") or {}}


def _decision_finding(memo: Memo, written: Any, right: str) -> Finding | None:
    options = ", ".join(memo.decisions)
    if written is None:
        return Finding(f"decision: nothing is chosen yet; one of {options}.")
    chosen = str(written).strip().lower()
    if chosen not in memo.decisions:
        return Finding(f"decision: {written} is none of {options}.")
    return None if chosen == right else Finding(f"decision: not {chosen}.", (memo.decisions[chosen],))


def _claim_finding(memo: Memo, name: str, written: Any, right: Figures) -> Finding | None:
    claim = memo.claims[name]
    if written is None:
        return Finding(f"{name}: nothing is written yet. {claim.description}")
    figure = written
    if claim.tolerance is not None:
        try:
            # YAML takes -.79 and 1e-1 for text.
            figure = float("" if isinstance(written, bool) else written)
        except (TypeError, ValueError, OverflowError):
            return Finding(f"{name}: {written} is no number; write it like 4.2, without a unit.")
    if claim.agrees(figure, right.claims[name]):
        return None
    mistakes = [mistake for mistake, value in right.mistakes[name].items() if claim.agrees(figure, value)]
    if not mistakes:
        return Finding(f"{name}: {written} is not what the data say. {claim.description}")
    names = " or ".join(mistake.replace("_", " ") for mistake in mistakes)
    return Finding(f"{name}: {written} is consistent with: {names}.", tuple(memo.mistakes[name] for name in mistakes))
