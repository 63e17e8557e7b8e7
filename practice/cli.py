"""The command: python -m practice list, show, check, watch, hint, reveal, score, reset, progress."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import monotonic, perf_counter

import click
import watchfiles
from rich.console import Console

from practice import diagnosis, memo, report
from practice.catalogue import ANSWERS, Question, broken_questions, select
from practice.progress import Progress, now
from practice.tables import HERE, Demo, PracticeError
from practice.workbench import Workbench

EXIT_CODES = {diagnosis.PASSED: 0, diagnosis.WRONG: 1, diagnosis.ERROR: 2}

# Editors write a file in several steps; after this long without another one it is read.
SETTLE_MS = 30


@dataclass
class Desk:
    """Where a person works.

    Attributes:
        answers: The folder of their answers.
        progress_file: Where their progress is kept.
        demo: The tables they practise on.
        checked: The text of each answer as it was checked last.
    """

    answers: Path = ANSWERS
    progress_file: Path = HERE / ".progress.json"
    demo: Demo = field(default_factory=Demo)
    checked: dict[str, str] = field(default_factory=dict)

    @cached_property
    def progress(self) -> Progress:
        """Their progress."""
        return Progress(self.progress_file)

    @cached_property
    def workbench(self) -> Workbench:
        """What grades them."""
        return Workbench(self.demo)

    @cached_property
    def console(self) -> Console:
        """Where to print."""
        return Console(highlight=False)

    def answer_file(self, question: Question) -> Path:
        """The file of an answer, made if there is none."""
        file = question.answer_file(self.answers)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(question.starter, encoding="utf-8")
        return file

    def memo_file(self, question: Question) -> Path | None:
        """The file of a memo, made if there is none; None if no memo is asked for."""
        file = question.memo_file(self.answers)
        if file and question.memo and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(question.memo.starter(question.id, question.title), encoding="utf-8")
        return file

    def files(self, question: Question) -> list[Path]:
        """Where a person writes, whether the files are there or not."""
        return [file for file in (question.answer_file(self.answers), question.memo_file(self.answers)) if file]

    def written(self, question: Question) -> str | None:
        """All that a person has written for a question; None while a file is missing, as an editor replaces it."""
        try:
            return "\n".join(_text(file) for file in self.files(question))
        except FileNotFoundError:
            return None

    def shown(self, file: Path) -> Path:
        """The file as a person would type it."""
        return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file

    def show(self, question: Question) -> None:
        """Print a question, and make the files for what is to be written."""
        memo_file = self.memo_file(question)
        self.console.print(
            report.statement(question, self.shown(self.answer_file(question)), memo_file and self.shown(memo_file))
        )

    def check(self, question: Question, *, is_interview: bool = False) -> str:
        """Grade an answer, print what is to be said, and return its status."""
        file = self.answer_file(question)
        answer = _text(file)
        memo_file = self.memo_file(question)
        written = self.checked[question.id] = self.written(question) or answer
        graded = diagnosis.grade(question, answer, self.workbench, has_counterexample=not is_interview)
        memo_graded = None
        # The figures of a memo come from the table: until that is right there is nothing to say about them.
        if question.memo and memo_file and graded.status == diagnosis.PASSED:
            memo_graded = memo.grade(question.memo, _text(memo_file), self.workbench)
        last = memo_graded or graded
        self.progress.note_attempt(
            question.id, written, graded.pitfalls or graded.pair or (), has_passed=last.status == diagnosis.PASSED
        )
        if is_interview:
            self.console.print(report.verdict(question, last.status, last.error))
        else:
            self.console.print(report.grade(graded, answer, file, self.progress.of(question.id).hint_count))
        if memo_graded and memo_file and not is_interview:
            self.console.print(report.memo(question, memo_graded, self.shown(memo_file)))
        return last.status

    def selected(self, selectors: tuple[str, ...]) -> list[Question]:
        """The questions that are named, or those that a person has begun."""
        if selectors:
            return select(selectors)
        begun = [question for question in select(()) if self._is_begun(question)]
        if not begun:
            raise PracticeError("No answer is begun: `show q01` makes the file of the first one.")
        return begun

    def _is_begun(self, question: Question) -> bool:
        starters = {question.answer_file(self.answers): question.starter}
        if (memo_file := question.memo_file(self.answers)) and question.memo:
            starters[memo_file] = question.memo.starter(question.id, question.title)
        return any(file.exists() and _text(file) != text for file, text in starters.items())


class HelpfulGroup(click.Group):
    """Commands that say in one sentence why they cannot work, and end with exit code 2."""

    def invoke(self, context: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(context)
        except (PracticeError, OSError) as error:
            problem = click.ClickException(str(error))
            problem.exit_code = EXIT_CODES[diagnosis.ERROR]
            raise problem from error


one_question = click.argument("question_id")
some_questions = click.argument("selectors", nargs=-1)


@click.group(cls=HelpfulGroup)
@click.pass_context
def cli(context: click.Context) -> None:
    """Practise interview questions on the demo's tables.

    SELECTORS are ids (q03), ranges (q03..q07), tag:windows, difficulty:2 or difficulty:1..2.
    """
    context.ensure_object(Desk)


@cli.command("list")
@some_questions
@click.pass_obj
def list_questions(desk: Desk, selectors: tuple[str, ...]) -> None:
    """List questions."""
    desk.console.print(report.question_list(select(selectors), desk.progress))
    for error in broken_questions().values():
        desk.console.print(f"Left out. {error}", style="yellow")


@cli.command()
@one_question
@click.pass_obj
def show(desk: Desk, question_id: str) -> None:
    """Show a question, and make the file for its answer."""
    question = _only(question_id)
    desk.show(question)


@cli.command()
@some_questions
@click.pass_context
def check(context: click.Context, selectors: tuple[str, ...]) -> None:
    """Check answers; without SELECTORS those that are begun. Exit code 0: passed, 1: wrong, 2: could not run."""
    desk: Desk = context.obj
    codes = [EXIT_CODES[desk.check(question)] for question in desk.selected(selectors)]
    context.exit(max(codes))


@cli.command()
@some_questions
@click.option(
    "--timed",
    type=click.FloatRange(min=0, max=24 * 60, min_open=True),
    metavar="MINUTES",
    help="A mock interview: feedback comes at the end.",
)
@click.pass_context
def watch(context: click.Context, selectors: tuple[str, ...], timed: float | None) -> None:
    """Check answers whenever they are saved, until all have passed.

    With --timed only the verdict is shown until the time is up; without SELECTORS the questions are then the open ones
    that fit into it.
    """
    desk: Desk = context.obj
    questions = _interview(desk, timed) if timed and not selectors else desk.selected(selectors)
    # Everything that a check needs is computed and remembered before the first save.
    statuses = {}
    for question in questions:
        if timed is not None:
            desk.show(question)
        statuses[question.id] = desk.check(question, is_interview=timed is not None)
        desk.workbench.warm_up(question)
    deadline = None if timed is None else monotonic() + 60 * timed
    if timed is not None:
        desk.console.print(f"{timed:g} minutes from now.")
    desk.console.print("Waiting for saves; Ctrl-C ends it.", style="dim")
    open_ids = {name for name, status in statuses.items() if status != diagnosis.PASSED}
    for question in _saves(desk, questions, deadline, open_ids):
        started = perf_counter()
        statuses[question.id] = desk.check(question, is_interview=timed is not None)
        remaining = "" if deadline is None else f", {max(deadline - monotonic(), 0) / 60:.0f} minutes left"
        desk.console.print(f"checked in {1000 * (perf_counter() - started):.0f} ms{remaining}", style="dim")
        if statuses[question.id] == diagnosis.PASSED:
            open_ids.discard(question.id)
    if timed is not None:
        desk.console.rule("The interview is over")
        for question in questions:
            statuses[question.id] = desk.check(question)
    context.exit(max(EXIT_CODES[status] for status in statuses.values()))


@cli.command()
@one_question
@click.pass_obj
def hint(desk: Desk, question_id: str) -> None:
    """Show the next hint, and those before it."""
    question = _only(question_id)
    record = desk.progress.of(question.id)
    record.hint_count = min(record.hint_count + 1, len(question.hints))
    desk.progress.save()
    desk.console.print(report.hints(question, record.hint_count))


@cli.command()
@one_question
@click.pass_obj
def reveal(desk: Desk, question_id: str) -> None:
    """Show the solution, its alternatives and all pitfalls."""
    question = _only(question_id)
    record = desk.progress.of(question.id)
    record.revealed_at = record.revealed_at or now()
    desk.progress.save()
    desk.console.print(report.solution(question))
    if question.memo:
        desk.console.print(report.reference_memo(question.memo, memo.figures_on_demo(question.memo, desk.workbench)))


@cli.command()
@one_question
@click.pass_obj
def score(desk: Desk, question_id: str) -> None:
    """Score the text of a memo by the rubric, point by point, once its decision and figures are right."""
    question = _only(question_id)
    record = desk.progress.of(question.id)
    if not question.memo:
        raise PracticeError(f"{question.id} asks for no memo: there is nothing to score.")
    if not (record.passed_at or record.revealed_at):
        raise PracticeError(f"The memo is scored when its decision and figures are right: `check {question.id}`.")
    points = 0
    for heading, criterion in question.memo.criteria:
        points += click.confirm(f"{heading.replace('_', ' ')}: {criterion}", default=False)
    record.rubric_points = points
    desk.progress.save()
    desk.console.print(f"{points} of {len(question.memo.criteria)} points")


@cli.command()
@some_questions
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def reset(desk: Desk, selectors: tuple[str, ...], yes: bool) -> None:
    """Put back the empty answer file and start the hints again; without SELECTORS for all that are begun."""
    for question in desk.selected(selectors):
        files = desk.files(question)
        names = " and ".join(str(desk.shown(file)) for file in files)
        if not yes:
            click.confirm(f"Throw away {names}?", abort=True)
        for file in files:
            file.unlink(missing_ok=True)
        desk.answer_file(question)
        desk.memo_file(question)
        desk.progress.of(question.id).hint_count = 0
        desk.progress.save()
        desk.console.print(f"{names} {'is' if len(files) == 1 else 'are'} empty again.")


@cli.command()
@some_questions
@click.pass_obj
def progress(desk: Desk, selectors: tuple[str, ...]) -> None:
    """Show what is passed, tried and open."""
    desk.console.print(report.progress_table(select(selectors), desk.progress))


def _text(file: Path) -> str:
    """What a person wrote; what is no UTF-8 is replaced, so that a comment in another encoding is no error."""
    return file.read_text(encoding="utf-8-sig", errors="replace")


def _only(question_id: str) -> Question:
    found = select((question_id,))
    if len(found) > 1:
        raise PracticeError(f"{question_id!r} selects {len(found)} questions; name one, like {found[0].id}.")
    return found[0]


def _interview(desk: Desk, minutes: float) -> list[Question]:
    """Questions that are not passed and fit into the time together, in order; at least one."""
    chosen: list[Question] = []
    for question in select(()):
        fits = sum(other.minutes for other in chosen) + question.minutes <= minutes
        if desk.progress.of(question.id).passed_at is None and (fits or not chosen):
            chosen.append(question)
    if not chosen:
        raise PracticeError("Every question is passed: name those that you want again.")
    return chosen


def _saves(desk: Desk, questions: list[Question], deadline: float | None, open_ids: set[str]) -> Iterator[Question]:
    """The question of every answer that is saved with another text, until none is open or the time is up."""
    if not open_ids:
        return
    changes = watchfiles.watch(
        desk.answers, debounce=5 * SETTLE_MS, step=SETTLE_MS, rust_timeout=200, yield_on_timeout=True, recursive=False
    )
    for _ in changes:
        # What the watcher names may be an editor's temporary file that was renamed; the answers themselves are read.
        for question in questions:
            # Compared with what was checked, so that a save during a check is not missed.
            if desk.written(question) not in {None, desk.checked[question.id]}:
                yield question
        if not open_ids or (deadline is not None and monotonic() > deadline):
            return
