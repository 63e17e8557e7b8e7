"""Every memo of an open case checks what it says: the right figures pass, and each wrong one is told its mistake.

All tests hold for whatever stands under practice/questions; a new case brings no test of its own.
"""

import copy

import pytest
import yaml

from practice import memo
from practice.catalogue import questions
from practice.sandbox import AnswerError
from practice.tables import Demo
from practice.workbench import ORDERS, Place, Workbench

CASES = {name: question for name, question in questions().items() if question.memo}


@pytest.fixture(scope="module")
def workbench(demo_database, tmp_path_factory):
    """The built demo."""
    return Workbench(Demo(demo_database, tmp_path_factory.mktemp("practice")))


@pytest.fixture(params=CASES)
def case(request):
    """One memo after the other."""
    return CASES[request.param].memo


@pytest.fixture
def figures(workbench, case):
    """What the data say."""
    return memo.figures(case, lambda sql: workbench.run(sql, Place("demo")))


@pytest.fixture
def good(case, figures):
    """A memo with the right decision and figures, rounded as one would."""
    claims = {name: rounded(claim, figures.claims[name]) for name, claim in case.claims.items()}
    return {"decision": figures.decision, "claims": claims, "memo": "The figures say so."}


def rounded(claim, value):
    """A figure with the digits that its tolerance asks for."""
    if claim.tolerance is None:
        return str(value)
    step = 2 * claim.tolerance
    return round(round(float(value) / step) * step, 10)


def findings(case, figures, written):
    """What is said about a memo that is written as YAML."""
    return memo.check(case, yaml.safe_dump(written), figures)


def test_right_and_rounded_figures_pass(case, figures, good):
    assert findings(case, figures, good) == []


def test_figures_do_not_depend_on_the_order_of_rows(workbench, case, figures):
    reordered = memo.figures(case, lambda sql: workbench.run(sql, Place("demo"), ORDERS[1]))
    assert reordered.decision == figures.decision
    assert all(claim.agrees(reordered.claims[name], figures.claims[name]) for name, claim in case.claims.items())


def test_every_mistake_is_named_and_no_other(case, figures, good):
    for name, wrong in figures.mistakes.items():
        for mistake, value in wrong.items():
            written = copy.deepcopy(good)
            written["claims"][name] = rounded(case.claims[name], value)
            [finding] = findings(case, figures, written)
            assert finding.paragraphs == (case.mistakes[mistake],), (name, mistake, value, figures.claims[name])


def test_numbers_have_two_mistakes_at_least(case, figures):
    assert [
        name for name, claim in case.claims.items() if claim.tolerance is not None and len(figures.mistakes[name]) < 2
    ] == []


def test_other_decisions_are_told_why_not(case, figures, good):
    assert len(case.decisions) >= 2
    for option in case.decisions.keys() - {figures.decision}:
        [finding] = findings(case, figures, good | {"decision": option})
        assert finding.paragraphs == (case.decisions[option],)


def test_starter_lacks_everything(case, figures):
    starter = case.starter("q99", "A case")
    said = " ".join(finding.sentence for finding in memo.check(case, starter, figures))
    assert all(f"{field}: nothing is" in said for field in ("decision", "memo", *case.claims))


def test_reference_has_the_figures(case, figures):
    for name, claim in case.claims.items():
        value = rounded(claim, figures.claims[name])
        shown = {value} if claim.tolerance is None else spellings(abs(value), claim.tolerance)
        assert any(text in case.reference for text in shown), (name, value)


def spellings(value, tolerance):
    """The ways in which a text writes a number with the digits of its tolerance."""
    digits = max(0, len(f"{tolerance * 2:.10f}".rstrip("0").partition(".")[2]))
    return {f"{value:.{digits}f}", f"{value:,.{digits}f}"}


def test_rubric_has_criteria_under_every_heading(case):
    assert all(case.rubric[heading] for heading in memo.RUBRIC)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("memo: |\n  yes\n no\n: [", "cannot be read"),
        ("- decision", "has the fields"),
        ("claims: 3", "has the fields"),
        ("decison: ship", "fields that nobody asked for: decison"),
        ("", "has the fields"),
        ("claims: {a: 2026-13-45}", "cannot be read"),
    ],
)
def test_memo_that_cannot_be_read_is_said(text, sentence):
    case = next(iter(CASES.values())).memo
    with pytest.raises(AnswerError, match=sentence):
        memo.check(case, text, memo.Figures("", {}, {}))


def test_fields_that_are_wrong_in_kind_are_said(workbench):
    case = next(iter(CASES.values())).memo
    right = memo.figures(case, lambda sql: workbench.run(sql, Place("demo")))
    number = next(name for name, claim in case.claims.items() if claim.tolerance is not None)
    written = {"decision": "perhaps", "claims": {number: "4.2 %", "mood": 1}, "memo": "Text."}
    said = " ".join(finding.sentence for finding in findings(case, right, written))
    assert "decision: perhaps is none of" in said
    assert f"{number}: 4.2 % is no number" in said
    assert "mood: nobody asked for it" in said
    odd = f"decision: [a]\nclaims:\n  {number}: {'9' * 400}\nmemo: Text."
    said = " ".join(finding.sentence for finding in memo.check(case, odd, right))
    assert "decision: ['a'] is none of" in said
    assert f"{number}: {'9' * 20}" in said


def test_numbers_that_yaml_takes_for_text_are_numbers(workbench):
    case = next(iter(CASES.values())).memo
    right = memo.figures(case, lambda sql: workbench.run(sql, Place("demo")))
    number = next(name for name, claim in case.claims.items() if claim.tolerance is not None)
    text = f"decision: {right.decision.upper()}\nclaims:\n  {number}: -.79e1\nmemo: Text."
    said = " ".join(finding.sentence for finding in memo.check(case, text, right))
    assert "decision" not in said
    assert f"{number}: -.79e1 is not what the data say" in said
