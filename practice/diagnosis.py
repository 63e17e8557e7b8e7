"""Grades an answer and says what is wrong with it, from the obvious to the subtle."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import cache
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from practice import counterexample, sandbox
from practice.comparison import Difference, are_equal, compare
from practice.workbench import ORDERS, Place, Scratch, Workbench

if TYPE_CHECKING:
    from practice.catalogue import Question
    from practice.sandbox import Result

PASSED, WRONG, ERROR = "passed", "wrong", "error"

# A pitfall that agrees with an answer in this share of the worlds that tell is worth a guess.
GUESS_SHARE = 0.6

# How long to look for two pitfalls at once: most of it is needed only when nothing is remembered yet.
PAIR_SECONDS = 6.0
# In so many worlds two mistakes may do something that neither does alone.
ODD_PLACES = 2

# What an answer returned, by the name of the place.
Results = dict[str, "Result"]


@dataclass(frozen=True)
class Grade:
    """What is to be said about one answer.

    Attributes:
        question: The question.
        status: `passed`, `wrong` or `error`.
        error: Why it could not be run.
        place: Where the difference is.
        difference: How the result differs from the right one there.
        is_unstable: Whether the result changes when the rows stand in another order.
        pitfalls: Those with which the answer agrees everywhere, or that its instability or a limit shows.
        pair: Two pitfalls that together return what the answer returns everywhere, if none does alone; None if the time
            was too short to find out.
        failure: Why it fails on some rows, although it runs on the demo and is wrong without that.
        guess: The pitfall that comes closest if none agrees everywhere.
        counterexample: A few rows on which the answer goes wrong.
        printed: What it printed on the demo.
    """

    question: Question
    status: str
    error: sandbox.AnswerError | None = None
    place: Place | None = None
    difference: Difference | None = None
    is_unstable: bool = False
    pitfalls: tuple[str, ...] = ()
    pair: tuple[str, ...] | None = ()
    guess: str | None = None
    failure: sandbox.AnswerError | None = None
    counterexample: counterexample.Counterexample | None = None
    printed: str = ""


def grade(
    question: Question,
    answer: str,
    workbench: Workbench,
    *,
    has_counterexample: bool = True,
    seconds: float = counterexample.SECONDS,
    enough: int = counterexample.MIN_ROWS,
) -> Grade:
    """Run an answer on the demo and in every world, and compare what it returns.

    Args:
        question: The question.
        answer: What somebody wrote.
        workbench: Where to run it.
        has_counterexample: Whether to look for a few rows on which the answer goes wrong, which takes longest.
        seconds: How long to look for fewer rows.
        enough: The number of rows at which to stop.
    """
    *worlds, demo = workbench.places(question)
    results: Results = {}
    call = question.call
    try:
        text = answer if call else sandbox.resolve_refs(answer, question.tables)
        results[demo.name] = workbench.run(text, demo, call=call)
    except sandbox.AnswerError as error:
        return _failed(question, error)
    printed = results[demo.name].printed

    def difference_in(place: Place) -> Difference | None:
        return compare(workbench.known(question.solution, place, call=call), results[place.name], question.shape)

    in_demo = difference_in(demo)
    if in_demo and in_demo.kind == "columns":
        return Grade(question, WRONG, place=demo, difference=in_demo, printed=printed)
    differences = {demo.name: in_demo}
    unstable = []
    pitfalls: tuple[str, ...] = ()
    places = [demo]
    failure: Grade | None = None
    for place in reversed(worlds):
        try:
            results[place.name] = workbench.tried(text, place, question)
            differences[place.name] = difference_in(place)
            places.insert(0, place)
        except sandbox.AnswerError as error:
            failure = _failed(question, error, place)
    # What else is wrong teaches more than a failure on a few rows.
    if failure and not any(differences.values()):
        return failure
    place = demo
    try:
        # Where the answer is wrong, most mistakes show at once that they are not this one; the demo takes longest.
        telling_first = sorted(places, key=lambda place: (place is demo, differences[place.name] is None))
        if any(differences.values()):
            pitfalls = _matching_pitfalls(question, results, telling_first, workbench)
        # Whoever is told a pitfall need not hear as well that the order of rows makes it worse.
        if not pitfalls:
            for place in places:
                reordered = workbench.tried(text, place, question, ORDERS[1])
                if not are_equal(results[place.name], reordered, question.shape):
                    unstable.append(place)
    except sandbox.AnswerError as error:
        return _failed(question, error, place)

    wrong = [place for place in places if differences[place.name]]
    if not (wrong or unstable):
        return Grade(question, PASSED, printed=printed)
    shown = demo if in_demo else (wrong or unstable)[0]
    pair: tuple[str, ...] | None = ()
    if not pitfalls:
        is_wrong_in = {place.name: differences[place.name] is not None for place in places}
        pitfalls, pair = _less_plain_pitfalls(question, results, telling_first, unstable, is_wrong_in, workbench)
    return Grade(
        question,
        WRONG,
        place=shown,
        difference=differences[shown.name],
        is_unstable=bool(unstable),
        pitfalls=pitfalls,
        pair=pair,
        guess=None if pitfalls or pair else _nearest_pitfall(question, results, places, workbench),
        failure=failure.error if failure else None,
        counterexample=_counterexample(question, text, wrong, unstable, seconds, enough)
        if has_counterexample
        else None,
        printed=printed,
    )


def _failed(question: Question, error: sandbox.AnswerError, place: Place | None = None) -> Grade:
    """The grade of an answer that cannot be run, on the demo or, later, in a place."""
    is_over_limit = isinstance(error, sandbox.OverLimitError) and question.over_limit is not None
    pitfalls = (question.over_limit,) if is_over_limit else ()
    if place:
        rows = place.world.description if place.world else "the demo"
        error = sandbox.AnswerError(f"{error} (with these rows: {rows})", error.line, error.column, error.printed)
    return Grade(question, ERROR, error=error, place=place, pitfalls=pitfalls, printed=error.printed)


def _matching_pitfalls(
    question: Question, results: Results, places: list[Place], workbench: Workbench
) -> tuple[str, ...]:
    """The pitfalls of the mutants that return what the answer returns, everywhere."""

    def agrees(mutant: str) -> bool:
        return all(workbench.returns(mutant, results[place.name], place, question) for place in places)

    return tuple(dict.fromkeys(mutant.pitfall for mutant in question.mutants if agrees(mutant.sql)))


def _less_plain_pitfalls(
    question: Question,
    results: Results,
    places: list[Place],
    unstable: list[Place],
    is_wrong_in: dict[str, bool],
    workbench: Workbench,
) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """A pitfall that the answer's instability shows, or a pair of pitfalls."""
    if not unstable:
        return (), _matching_pair(question, results, places, workbench)
    if not question.unstable:
        return (), ()
    # Where the order of rows plays no part, another mistake shows for what it is.
    steady = [place for place in places if place not in unstable]
    if not any(is_wrong_in[place.name] for place in steady):
        return (question.unstable,), ()
    others = _matching_pitfalls(question, results, steady, workbench)
    if question.unstable in others:
        return (question.unstable,), ()
    return (), ((question.unstable, others[0]) if others else ())


def _matching_pair(
    question: Question, results: Results, places: list[Place], workbench: Workbench
) -> tuple[str, ...] | None:
    """Two pitfalls whose mistakes made at once return what the answer returns, everywhere; None if time runs out."""

    # Two changes need not make a query: what fails agrees with nothing.
    @cache
    def agrees(sql: str, place: Place) -> bool:
        return workbench.returns(sql, results[place.name], place, question)

    @cache
    def is_harmless(sql: str, place: Place) -> bool:
        return workbench.returns(sql, workbench.known(question.solution, place, call=question.call), place, question)

    def is_odd(one: str, other: str, place: Place) -> bool:
        return not (
            (agrees(one, place) or not is_harmless(other, place))
            and (agrees(other, place) or not is_harmless(one, place))
        )

    # Where one of two mistakes does no harm, both return what the other returns, unless one makes the other harmful.
    # To allow for few such places spares nearly every query.
    deadline = monotonic() + PAIR_SECONDS
    unlikely = []
    for one, other, sql in question.pairs:
        if monotonic() > deadline:
            return None
        odd = islice((place for place in places[:-1] if is_odd(one.sql, other.sql, place)), ODD_PLACES + 1)
        odd_count = sum(1 for _ in odd)
        if odd_count == 0 and all(agrees(sql, place) for place in places):
            return one.pitfall, other.pitfall
        if 0 < odd_count <= ODD_PLACES:
            unlikely.append((one, other, sql))
    for one, other, sql in unlikely:
        if monotonic() > deadline:
            return None
        if all(agrees(sql, place) for place in places):
            return one.pitfall, other.pitfall
    return ()


def _nearest_pitfall(question: Question, results: Results, places: list[Place], workbench: Workbench) -> str | None:
    """The pitfall that agrees with the answer on the demo, or in most worlds in which one of the two is wrong."""
    *worlds, demo = places

    def agrees(sql: str, place: Place) -> bool:
        return workbench.returns(sql, results[place.name], place, question)

    def score(sql: str) -> float:
        telling = [
            place
            for place in worlds
            if not agrees(question.solution, place)
            or not workbench.returns(
                sql, workbench.known(question.solution, place, call=question.call), place, question
            )
        ]
        share = sum(agrees(sql, place) for place in telling) / len(telling) if telling else 0.0
        # The demo has all traps at once: who agrees there agrees in more than any world can show.
        return share + agrees(sql, demo) * (not agrees(question.solution, demo))

    scores = {mutant: score(mutant.sql) for mutant in question.mutants}
    best = max(scores, key=lambda mutant: scores[mutant], default=None)
    return best.pitfall if best and scores[best] >= GUESS_SHARE else None


def _counterexample(
    question: Question, text: str, wrong: list[Place], unstable: list[Place], seconds: float, enough: int
) -> counterexample.Counterexample | None:
    def same(one: Result, other: Result) -> bool:
        return are_equal(one, other, question.shape)

    rights = tuple(question.alternatives.values())
    with closing(Scratch(question.call, text)) as scratch:
        for places, differ in (
            (wrong, counterexample.against_solution(scratch.run, text, question.solution, rights, same)),
            (unstable, counterexample.against_itself(scratch.run, text, same)),
        ):
            worlds = [place.world.only(question.tables) for place in places if place.world]
            large_enough = [world for world in worlds if world.size >= counterexample.MIN_ROWS]
            if worlds:
                return counterexample.find((large_enough or worlds)[0], differ, seconds, enough)
    return None
