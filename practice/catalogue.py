"""The questions: one folder each, read, checked for completeness, and selected by id, tag or difficulty."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from practice.comparison import Shape
from practice.memo import Memo, load_memo
from practice.pandas_sandbox import Call, starter
from practice.tables import DEMO, HERE, PracticeError, World, load_world, schema, shared_worlds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

QUESTIONS = HERE / "questions"
ANSWERS = HERE / "answers"

REQUIRED = {
    "title",
    "tags",
    "difficulty",
    "minutes",
    "tables",
    "statement",
    "columns",
    "hints",
    "pitfalls",
    "follow_up",
}
OPTIONAL = {
    "key",
    "order_by",
    "tolerance",
    "unstable",
    "over_limit",
    "indistinguishable",
    "equivalent_neighbours",
    "memo",
    "language",
}
# Further keys of a question in pandas: how its answers are called.
IN_PANDAS = {"take", "seconds", "megabytes"}


@dataclass(frozen=True)
class Mutant:
    """A wrong answer, one of the ways to fall into a pitfall.

    Attributes:
        name: The name of its file, or of its pitfall with its number among the edits.
        pitfall: The part of a file's name before a double underscore.
        sql: Its text.
        is_seen_on_demo: Whether it goes wrong on the demo too, and not only in worlds.
        replacements: What is replaced in another answer to make it; empty if it is written out.
    """

    name: str
    pitfall: str
    sql: str
    is_seen_on_demo: bool
    replacements: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Question:
    """One question with everything that grades it.

    Attributes:
        id: `q01`.
        slug: The rest of its folder's name.
        folder: Where it stands.
        title: A few words.
        tags: What it is about.
        difficulty: 1 (warm-up) to 3.
        minutes: How long it takes in an interview.
        tables: The tables it may use.
        statement: What is asked, in Markdown.
        columns: The result's columns with their descriptions, in order.
        shape: When two results are equal.
        hints: From a nudge to nearly the solution.
        pitfalls: Why each wrong answer is wrong, by name.
        unstable: The pitfall of an answer whose result depends on the order of rows, or None.
        over_limit: The pitfall of an answer that takes too long, or too much memory, or None.
        indistinguishable: Pairs of pitfalls that no data tell apart, with the reason.
        equivalent_neighbours: Changes of the solution that change no result, with the reason.
        follow_up: What an interviewer asks next.
        memo: The memo that an open case asks for as well, or None.
        call: How an answer in pandas is called; None if answers are SQL.
    """

    id: str
    slug: str
    folder: Path
    title: str
    tags: tuple[str, ...]
    difficulty: int
    minutes: int
    tables: tuple[str, ...]
    statement: str
    columns: dict[str, str]
    shape: Shape
    hints: tuple[str, ...]
    pitfalls: dict[str, str]
    unstable: str | None
    over_limit: str | None
    indistinguishable: dict[frozenset[str], str]
    equivalent_neighbours: dict[str, str]
    follow_up: str
    memo: Memo | None
    call: Call | None

    @property
    def suffix(self) -> str:
        """What the names of its answers' files end with."""
        return ".py" if self.call else ".sql"

    @cached_property
    def solution(self) -> str:
        """The reference solution."""
        return (self.folder / f"solution{self.suffix}").read_text(encoding="utf-8")

    @cached_property
    def alternatives(self) -> dict[str, str]:
        """Other right answers, by name."""
        return self._read_folder("alternatives")

    def _read_folder(self, name: str) -> dict[str, str]:
        files = sorted((self.folder / name).glob(f"*{self.suffix}"))
        return {file.stem: file.read_text(encoding="utf-8") for file in files}

    @cached_property
    def mutants(self) -> tuple[Mutant, ...]:
        """The named wrong answers, and the slips: those that no row of the demo shows."""
        return tuple(
            mutant for kind in ("mutants", "slips") for mutant in (*self._written_out(kind), *self._edited(kind))
        )

    def _written_out(self, kind: str) -> Iterator[Mutant]:
        for name, sql in self._read_folder(kind).items():
            yield Mutant(name, name.split("__")[0], sql, kind == "mutants")

    def _edited(self, kind: str) -> Iterator[Mutant]:
        """Right answers, or wrong ones that are written out, in which some text is replaced wherever it stands."""
        file = self.folder / f"{kind}.yml"
        if not file.exists():
            return
        answers = {"solution": self.solution, **self.alternatives}
        answers |= {name: sql for folder in ("mutants", "slips") for name, sql in self._read_folder(folder).items()}
        for pitfall, edits in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            for number, edit in enumerate(edits, 1):
                name = f"{pitfall}, edit {number}"
                base = edit.get("in", "solution")
                if edit.keys() - {"in", "replace"} or base not in answers:
                    raise PracticeError(
                        f"{self.folder.name}/{file.name}: {name} needs `replace` and may have `in`, another answer."
                    )
                try:
                    sql = _replaced(answers[base], edit["replace"])
                except LookupError as error:
                    raise PracticeError(
                        f"{self.folder.name}/{file.name}: {name} replaces {error.args[0]!r}, which {base} has not."
                    ) from error
                yield Mutant(name, pitfall, sql, kind == "mutants", edit["replace"])

    @cached_property
    def pairs(self) -> tuple[tuple[Mutant, Mutant, str], ...]:
        """Two mistakes at once: the wrong answers in which what makes another one can be replaced as well."""
        found: dict[str, tuple[Mutant, Mutant, str]] = {}
        for one, other in permutations(self.mutants, 2):
            if other.replacements and one.pitfall != other.pitfall:
                with suppress(LookupError):
                    sql = _replaced(one.sql, other.replacements)
                    found.setdefault(sql, (one, other, sql))
        for mutant in self.mutants:
            found.pop(mutant.sql, None)
        return tuple(found.values())

    @cached_property
    def worlds(self) -> tuple[World, ...]:
        """The shared worlds and its own, the smallest first; those in which its tables hold the same only once."""
        own = [load_world(file) for file in sorted((self.folder / "worlds").glob("*.yml"))]
        if taken := {world.name for world in own} & {DEMO, *(world.name for world in shared_worlds())}:
            raise PracticeError(
                f"{self.folder.name}: worlds of its own are called like shared ones: {', '.join(taken)}."
            )
        distinct: dict[str, World] = {}
        # Of those that are the same, the smallest is described best: that without rows.
        for world in sorted((*shared_worlds(), *own), key=lambda world: world.size):
            distinct.setdefault(world.only(self.tables).fingerprint, world)
        return tuple(sorted(distinct.values(), key=lambda world: world.only(self.tables).size))

    def answer_file(self, answers: Path = ANSWERS) -> Path:
        """Where a person writes the answer."""
        return answers / f"{self.id}{self.suffix}"

    def memo_file(self, answers: Path = ANSWERS) -> Path | None:
        """Where a person writes the memo, if one is asked for."""
        return answers / f"{self.id}_memo.yml" if self.memo else None

    @property
    def starter(self) -> str:
        """What that file holds at the beginning."""
        if self.call:
            return starter(self.id, self.title, self.call)
        return (
            f"-- {self.id}: {self.title}\n"
            f"-- Tables: {', '.join(self.tables)}. Columns of the result: {', '.join(self.columns)}.\n"
            f"-- Check with: .venv/bin/python -m practice check {self.id}\n\n"
        )


def questions() -> dict[str, Question]:
    """All questions that can be read, by id, in order."""
    return _catalogue()[0]


def broken_questions() -> dict[str, PracticeError]:
    """Why the others cannot be read, by folder: one that is being written keeps nobody from the rest."""
    return _catalogue()[1]


@cache
def _catalogue() -> tuple[dict[str, Question], dict[str, PracticeError]]:
    found: dict[str, Question] = {}
    broken: dict[str, PracticeError] = {}
    for folder in sorted(folder for folder in QUESTIONS.iterdir() if folder.is_dir()):
        try:
            question = load_question(folder)
        except PracticeError as error:
            broken[folder.name] = error
            continue
        if question.id in found:
            broken[folder.name] = PracticeError(f"{folder.name}: {found[question.id].folder.name} has its number.")
        found.setdefault(question.id, question)
    return found, broken


def load_question(folder: Path) -> Question:
    """Read a question's folder.

    Raises:
        PracticeError: It is incomplete or contradicts itself.
    """

    def refuse(problem: str) -> PracticeError:
        return PracticeError(f"{folder.name}: {problem}")

    match = re.fullmatch(r"(q\d\d)_([a-z0-9_]+)", folder.name)
    if not match:
        raise refuse("a question's folder is called q<two digits>_<words>.")
    file = folder / "question.yml"
    if not file.exists() or not any(folder.glob("solution.*")):
        raise refuse("question.yml or the solution is missing.")
    try:
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise refuse(f"question.yml cannot be read: {error}") from error
    if problem := next(_problems(written), None):
        raise refuse(problem)
    columns = written["columns"]
    question = Question(
        id=match[1],
        slug=match[2],
        folder=folder,
        columns=columns,
        shape=Shape(
            tuple(columns),
            tuple(written.get("key", ())),
            tuple(written.get("order_by", ())),
            float(written.get("tolerance", Shape.tolerance)),
        ),
        unstable=written.get("unstable"),
        over_limit=written.get("over_limit"),
        indistinguishable={
            frozenset(entry["pitfalls"]): entry["because"] for entry in written.get("indistinguishable", ())
        },
        equivalent_neighbours={entry["change"]: entry["because"] for entry in written.get("equivalent_neighbours", ())},
        memo=load_memo(folder, written["memo"]) if "memo" in written else None,
        call=_call(written) if written.get("language") == "pandas" else None,
        **{name: written[name] for name in ("title", "difficulty", "minutes", "statement", "pitfalls", "follow_up")},
        **{name: tuple(written[name]) for name in ("tags", "tables", "hints")},
    )
    unexplained = {mutant.pitfall for mutant in question.mutants} - question.pitfalls.keys()
    unshown = question.pitfalls.keys() - {mutant.pitfall for mutant in question.mutants}
    if unexplained or unshown:
        names = ", ".join(sorted(unexplained | unshown))
        raise refuse(f"pitfalls and mutants belong together; one of the two is missing for {names}.")
    for key in ("unstable", "over_limit"):
        if (name := getattr(question, key)) and name not in question.pitfalls:
            raise refuse(f"{key} names {name!r}, which is no pitfall.")
    return question


def _problems(written: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a question.yml, by itself."""
    if missing := sorted(REQUIRED - written.keys()):
        yield f"question.yml lacks {', '.join(missing)}."
    if written.get("language", "sql") not in {"sql", "pandas"}:
        yield f"language is sql or pandas, not {written['language']}."
    is_pandas = written.get("language") == "pandas"
    if unknown := sorted(written.keys() - REQUIRED - OPTIONAL - (IN_PANDAS if is_pandas else set())):
        yield f"question.yml has unknown keys: {', '.join(unknown)}."
    for tag, belongs in (("pandas", is_pandas), ("memo", "memo" in written)):
        if belongs != (tag in written["tags"]):
            yield f"{tag} is the tag of the questions that ask for it, and of no others."
    if unknown := sorted(set(written["tables"]) - schema().keys()):
        yield f"tables.yml does not describe {', '.join(unknown)}."
    named = [*written.get("key", []), *(column.split()[0] for column in written.get("order_by", []))]
    if unknown := sorted(set(named) - written["columns"].keys()):
        yield f"key and order_by name columns that the result does not have: {', '.join(unknown)}."


def select(selectors: tuple[str, ...]) -> list[Question]:
    """The questions that any of the selectors names; all without one.

    Args:
        selectors: `q03`, `q03..q07`, `tag:windows`, `difficulty:2`, `difficulty:1..2`.

    Raises:
        PracticeError: A selector names nothing.
    """
    if not selectors:
        return list(questions().values())
    chosen: set[str] = set()
    for selector in selectors:
        found = {question.id for question in questions().values() if _selects(selector, question)}
        if not found and (broken := [why for name, why in broken_questions().items() if name.startswith(selector)]):
            raise broken[0]
        if not found:
            raise PracticeError(f"{selector!r} selects no question: `list` shows the ids, tags and difficulties.")
        chosen |= found
    return [question for name, question in questions().items() if name in chosen]


def _selects(selector: str, question: Question) -> bool:
    kind, _, value = selector.rpartition(":")
    first, is_range, last = value.partition("..")
    last = last if is_range else first
    match kind:
        case "":
            return (_id(first) or "q00") <= question.id <= (_id(last) or "q99")
        case "tag":
            return value in question.tags
        case "difficulty":
            return (first or "0") <= str(question.difficulty) <= (last or "9")
        case _:
            return False


def _id(written: str) -> str:
    """The id that a person means: 3, q3, Q03."""
    match = re.fullmatch(r"[qQ]?(\d{1,2})", written)
    return f"q{int(match[1]):02}" if match else written.lower()


def _replaced(sql: str, replacements: Mapping[str, str]) -> str:
    for text, other in replacements.items():
        if text not in sql:
            raise LookupError(text)
        sql = sql.replace(text, other)
    return sql


def _call(written: dict[str, Any]) -> Call:
    options = {name: written[name] for name in IN_PANDAS & written.keys()}
    return Call(tuple(written["tables"]), tuple(written["columns"]), **options)
