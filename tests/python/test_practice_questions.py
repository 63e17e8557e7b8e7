"""Every practice question grades what it says: its right answers pass, and each mistake is seen and named.

All tests hold for whatever stands under practice/questions; a new question brings no test of its own.
"""

from itertools import combinations

import practice_neighbours
import pytest

from practice import diagnosis
from practice.catalogue import broken_questions, questions
from practice.comparison import are_equal
from practice.sandbox import AnswerError, OverLimitError, Result
from practice.tables import Demo
from practice.workbench import ORDERS, Workbench

COUNTEREXAMPLE_ROWS = range(1, 8)


class RememberingWorkbench(Workbench):
    """A workbench that runs no answer twice, because here the answers are the question's own."""

    def run(self, text, place, order=ORDERS[0], call=None):
        """Run an answer, or remember what it returned."""
        return self.known(text, place, order, call)


@pytest.fixture(scope="module")
def workbench(demo_database, tmp_path_factory):
    """Everything that grades, on the built demo."""
    return RememberingWorkbench(Demo(demo_database, tmp_path_factory.mktemp("practice")))


@pytest.fixture(params=questions())
def question(request):
    """One question after the other."""
    return questions()[request.param]


def differs(workbench, question, sql, place):
    """Whether an answer of the question's own returns something else than the solution in a place, in either order."""
    return not workbench.agree(question.solution, sql, place, question.shape, question.call)


def is_over_limit(workbench, question, mutant):
    """Whether a mutant shows its mistake by the time or memory that it needs: it may be right in the worlds."""
    if mutant.pitfall != question.over_limit:
        return False
    try:
        workbench.known(mutant.sql, workbench.places(question)[-1], call=question.call)
    except OverLimitError:
        return True
    return False


def test_every_question_can_be_read():
    assert broken_questions() == {}


def test_solution_returns_the_columns_that_are_described(workbench, question):
    for place in workbench.places(question):
        assert list(workbench.known(question.solution, place, call=question.call).columns) == list(question.columns)


def test_solution_and_alternatives_pass(workbench, question):
    for sql in (question.solution, *question.alternatives.values()):
        graded = diagnosis.grade(question, sql, workbench)
        assert graded.status == diagnosis.PASSED, (sql, graded)


def test_there_are_an_alternative_hints_and_pitfalls(question):
    assert question.alternatives
    assert len(question.hints) >= 2
    assert len(question.pitfalls) >= 3


def test_key_identifies_the_rows_of_the_solution(workbench, question):
    if question.shape.key:
        for place in workbench.places(question):
            result = workbench.known(question.solution, place, call=question.call)
            keys = [tuple(row[result.columns.index(column)] for column in question.shape.key) for row in result.rows]
            assert len(set(keys)) == len(keys), place.name


def test_mutants_are_wrong_on_the_demo_and_in_a_world(workbench, question):
    *worlds, demo = workbench.places(question)
    survivors = [
        (mutant.name, "every world")
        for mutant in question.mutants
        if not any(differs(workbench, question, mutant.sql, world) for world in worlds)
        and not is_over_limit(workbench, question, mutant)
    ]
    assert survivors == []
    # A slip is wrong in worlds only; one that the demo shows is a mutant like any other.
    misplaced = [
        mutant.name
        for mutant in question.mutants
        if differs(workbench, question, mutant.sql, demo) != mutant.is_seen_on_demo
    ]
    assert misplaced == []


def test_mutants_can_be_told_apart_or_are_declared(workbench, question):
    same = set()
    for one, other in combinations(question.mutants, 2):
        if all(
            workbench.agree(one.sql, other.sql, place, question.shape, question.call)
            for place in workbench.places(question)
        ):
            same.add(frozenset({one.pitfall, other.pitfall}))
    assert same == set(question.indistinguishable)


def test_mutants_get_their_pitfall_named(workbench, question):
    failures = {}
    for mutant in question.mutants:
        graded = diagnosis.grade(question, mutant.sql, workbench, has_counterexample=False)
        status = diagnosis.ERROR if is_over_limit(workbench, question, mutant) else diagnosis.WRONG
        if not (graded.status == status and mutant.pitfall in graded.pitfalls):
            failures[mutant.name] = (graded.status, graded.pitfalls, str(graded.error))
    assert failures == {}


def test_every_pitfall_has_a_small_counterexample(workbench, question):
    first = {
        mutant.pitfall: mutant
        for mutant in reversed(question.mutants)
        if not is_over_limit(workbench, question, mutant)
    }
    sizes = {}
    for pitfall, mutant in first.items():
        found = diagnosis.grade(
            question, mutant.sql, workbench, seconds=60, enough=COUNTEREXAMPLE_ROWS[-1]
        ).counterexample
        sizes[pitfall] = found.world.size if found else None
    assert {pitfall: size for pitfall, size in sizes.items() if size not in COUNTEREXAMPLE_ROWS} == {}


def test_empty_starter_cannot_be_run(workbench, question):
    graded = diagnosis.grade(question, question.starter, workbench)
    assert graded.status == diagnosis.ERROR
    assert "Nothing is written yet" in str(graded.error)


def test_pasted_constant_fails(workbench, question):
    # What the solution returns on the demo, returned whatever the tables hold: no world may have that result.
    demo = workbench.places(question)[-1]
    constant = workbench.known(question.solution, demo, call=question.call)
    wrong = [
        place.name
        for place in workbench.places(question)
        if not are_equal(workbench.known(question.solution, place, call=question.call), constant, question.shape)
    ]
    assert len(wrong) == len(workbench.places(question)) - 1
    assert any(
        workbench.known(question.solution, place, call=question.call).rows for place in workbench.places(question)
    )


def test_neighbours_of_the_solution_fail_or_are_declared(workbench, question):
    def is_equivalent(sql):
        # The worlds come first, so that the demo is asked about the few that no world sees.
        for place in workbench.places(question):
            for order in ORDERS:
                try:
                    result = workbench.tried(sql, place, question, order)
                except AnswerError:
                    return False
                if result.rows and len(result.columns) != len(question.columns):
                    return False
                if result.rows and set(map(str.lower, result.columns)) != set(question.columns):
                    result = Result(question.shape.columns, result.rows)
                right = workbench.known(question.solution, place, order, question.call)
                if not are_equal(right, result, question.shape):
                    return False
        return True

    make = practice_neighbours.neighbours_in_pandas if question.call else practice_neighbours.neighbours
    found = make(question.solution)
    assert len(found) > 3
    equivalent = {change for change, sql in found.items() if is_equivalent(sql)}
    assert equivalent == set(question.equivalent_neighbours)
