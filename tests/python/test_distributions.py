"""The distribution macros, as DuckDB evaluates them, against mpmath at 50 digits."""

import decimal
import itertools
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import mpmath
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpmath import mpf
from sqlfluff.core import Linter

MACROS = Path(__file__).resolve().parents[2] / "macros"

# The stated accuracies, as relative errors; of a tail by the smallest tail for which it holds. What lies below 1e-290
# is only bounded, and in the far tails a large exponent multiplies the rounding.
SMALLEST_TAIL = mpf("1e-290")
SURVIVAL_TOLERANCES = {SMALLEST_TAIL: 1e-12, mpf("1e-6"): 2e-14}
CHI_SQUARE_TOLERANCES = {SMALLEST_TAIL: 1e-12}
CHI_SQUARE_TOLERANCES_BEYOND_1000 = {SMALLEST_TAIL: 1e-11}
STUDENT_T_QUANTILE_TOLERANCE = 1e-11
NORMAL_QUANTILE_TOLERANCE = 2e-15

# Each is a view over the table `points`, in which a test puts its arguments.
MODELS = {
    "normal": """
        select first, second, {{ feedlift.normal_survival('first') }} as survival,
            {{ feedlift.normal_cdf('first') }} as cdf
        from main.points
    """,
    "normal_quantile": """
        select first, second, {{ feedlift.normal_quantile('first') }} as quantile from main.points
    """,
    "student_t": """
        select first, second, {{ feedlift.student_t_survival('first', 'second') }} as survival,
            {{ feedlift.student_t_cdf('first', 'second') }} as cdf
        from main.points
    """,
    "student_t_quantile": """
        {{ feedlift.student_t_quantile('main.points', 'first', 'second', 'quantile') }}
    """,
    "chi_square": """
        select first, second, {{ feedlift.chi_square_survival('first', 'second') }} as survival from main.points
    """,
    "others": """
        select {{ feedlift.log_gamma('first') }} as log_gamma, {{ feedlift.normal_loss('first') }} as loss
        from main.points
    """,
    "quantile_of_subquery": """
        with intervals as (
            select first as confidence_level, second as degrees_of_freedom, 'kept' as feedlift_label from main.points
        )

        select *
        from (
            {{ feedlift.student_t_quantile(
                '(select * from intervals where degrees_of_freedom > 1)',
                '(1 - confidence_level) / 2', '2 * degrees_of_freedom', 't_critical'
            ) }}
        ) as solved
    """,
    "quantile_of_literals": """
        {{ feedlift.student_t_quantile('main.points', '2.5e-2', '10', 't_critical') }}
    """,
    "other_types": """
        with arguments as (
            select cast(9 as integer) as whole, cast(2.5 as decimal(3, 1)) as exact, cast(2.5 as double) as wide,
                cast(9 as double) as wide_whole, cast(0.975 as decimal(4, 3)) as share
        )

        select
            {{ feedlift.normal_survival('exact') }} as normal_exact,
            {{ feedlift.normal_survival('wide') }} as normal_wide,
            {{ feedlift.student_t_survival('exact', 'whole') }} as student_t_exact,
            {{ feedlift.student_t_survival('wide', 'wide_whole') }} as student_t_wide,
            {{ feedlift.student_t_cdf('whole', 'exact') }} as student_t_cdf_exact,
            {{ feedlift.student_t_cdf('wide_whole', 'wide') }} as student_t_cdf_wide,
            {{ feedlift.chi_square_survival('exact', 'whole') }} as chi_square_below_exact,
            {{ feedlift.chi_square_survival('wide', 'wide_whole') }} as chi_square_below_wide,
            {{ feedlift.chi_square_survival('whole', 'exact') }} as chi_square_above_exact,
            {{ feedlift.chi_square_survival('wide_whole', 'wide') }} as chi_square_above_wide,
            {{ feedlift.normal_quantile('share') }} as quantile_exact,
            {{ feedlift.normal_quantile('cast(share as double)') }} as quantile_wide
        from arguments
    """,
    "expressions": """
        select
            {{ feedlift.normal_survival('first - second') }} as normal_pasted,
            {{ feedlift.normal_survival('difference') }} as normal_staged,
            {{ feedlift.student_t_survival('first - second', 'second + 1') }} as student_t_pasted,
            {{ feedlift.student_t_survival('difference', 'increment') }} as student_t_staged,
            {{ feedlift.student_t_cdf('-first', 'second + 1') }} as student_t_cdf_pasted,
            {{ feedlift.student_t_survival('first', 'increment') }} as student_t_cdf_staged,
            {{ feedlift.chi_square_survival('first - second', 'second + 1') }} as chi_square_pasted,
            {{ feedlift.chi_square_survival('difference', 'increment') }} as chi_square_staged,
            {{ feedlift.normal_quantile('1 - first / 10') }} as quantile_pasted,
            {{ feedlift.normal_quantile('remainder') }} as quantile_staged
        from (
            select *, first - second as difference, second + 1 as increment, 1 - first / 10 as remainder
            from main.points
        ) as staged
    """,
    "quadrature": """
        {% for point_count in [12, 24, 48] %}
        {% for node, weight in feedlift._gauss_legendre_rule(point_count) %}
        select {{ point_count }} as point_count, {{ "%.16e" | format(node) }} as node,
            {{ "%.16e" | format(weight) }} as weight
        union all
        {% endfor %}
        {% endfor %}
        select null as point_count, null as node, null as weight where false
    """,
}


@pytest.fixture(scope="module", autouse=True)
def fifty_digits():
    with mpmath.workdps(50):
        yield


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A scratch dbt project that has these macros and the models above, built once."""
    folder = tmp_path_factory.mktemp("distributions")
    (folder / "models").mkdir()
    for name, sql in MODELS.items():
        (folder / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
    macro_paths = f"[{MACROS / 'distributions'}, {MACROS / 'dialect'}]"
    (folder / "dbt_project.yml").write_text(
        f"{{name: feedlift, version: 0.1.0, profile: scratch, macro-paths: {macro_paths}}}", encoding="utf-8"
    )
    (folder / "profiles.yml").write_text(
        f"scratch: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{folder / 'scratch.duckdb'}'}}}}}}",
        encoding="utf-8",
    )
    with duckdb.connect(folder / "scratch.duckdb") as connection:
        connection.execute("create table points (first double, second double)")
    completed = run_models(folder)
    assert completed.returncode == 0, completed.stdout
    return folder


def run_models(folder, *options):
    """Run dbt on the models of the scratch project."""
    return subprocess.run(
        [Path(sys.executable).with_name("dbt"), "--no-use-colors", "run", "--project-dir", folder, *options],
        env=os.environ
        | {
            "DBT_PROFILES_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        },
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def evaluate(project):
    """A function that returns the rows of a model for a list of points, or for one that reads no points."""
    with duckdb.connect(project / "scratch.duckdb") as connection:

        def run(model, points=()):
            connection.execute("delete from points")
            if points:
                firsts, seconds = zip(*points, strict=True)
                connection.execute("insert into points select unnest(?), unnest(?)", [list(firsts), list(seconds)])
            return connection.execute(f"select * from {model}").fetchall()

        yield run


@pytest.mark.parametrize(
    "name", ["normal", "normal_quantile", "student_t", "student_t_quantile", "chi_square", "others"]
)
def test_postgres_grammar_reads_every_function(project, name):
    """As the linter reads the rest of the project, for which these functions are not written out."""
    [compiled] = (project / "target" / "compiled").rglob(f"{name}.sql")
    parsed = Linter(dialect="postgres").parse_string(compiled.read_text(encoding="utf-8"))
    assert [violation.desc() for violation in parsed.violations] == []


def test_what_is_written_for_the_linter_gives_no_numbers(project, tmp_path):
    folder = tmp_path / "linted"
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns("target", "logs"))
    run_models(folder, "--vars", "is_only_linted: true")
    [results] = folder.rglob("run_results.json")
    outcomes = {
        result["unique_id"].split(".")[-1]: result["message"]
        for result in json.loads(results.read_text(encoding="utf-8"))["results"]
        if result["status"] == "error"
    }
    assert outcomes.keys() == MODELS.keys() - {"quadrature"}
    assert [message for message in outcomes.values() if "not_written_for_the_linter_" not in message] == []


def normal_tail(z):
    """The reference for P(Z > z)."""
    return mpmath.erfc(mpf(z) / mpmath.sqrt(2)) / 2


def student_t_tail(t, df):
    """The reference for P(X > t): mpmath's own incomplete beta function does not converge for most of the domain."""
    t, df = mpf(t), mpf(df)
    if t < 0:
        return 1 - student_t_tail(-t, df)
    with mpmath.extradps(20):
        a, half, y = df / 2, mpf(1) / 2, t * t / df
        x, complement = 1 / (1 + y), y / (1 + y)
        front = mpmath.exp(mpmath.loggamma(a + half) - mpmath.loggamma(a) - a * mpmath.log1p(y))
        front *= mpmath.sqrt(complement / mpmath.pi)
        if t * t < 6:
            # P(0 < X < t) by the series of the hypergeometric function (DLMF 8.17.8), all terms positive.
            term = total = mpf(1)
            for k in itertools.count():
                term *= (a + half + k) * complement / (mpf(3) / 2 + k)
                total += term
                if term < total * mpmath.eps:
                    return half - front * total
        # The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method.
        numerator, denominator = mpf(1), 1 / (1 - (a + half) * x / (a + 1))
        value = denominator
        for m in itertools.count(1):
            for coefficient in (
                m * (half - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                -(a + m) * (a + half + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
            ):
                numerator = 1 + coefficient / numerator
                denominator = 1 / (1 + coefficient * denominator)
                value *= numerator * denominator
            if abs(numerator * denominator - 1) < mpf("1e-45"):
                return front * value / (2 * a)
    return None


def chi_square_tail(x, df):
    """The reference for P(X > x)."""
    return mpmath.gammainc(mpf(df) / 2, mpf(x) / 2, mpmath.inf, regularized=True)


def assert_close(rows, reference, tolerances):
    """Compare (first, second, survival[, cdf]) rows with the reference for the tail and, mirrored, the lower tail."""
    errors = []
    for first, second, *values in rows:
        for argument, value in zip((first, -first), values, strict=False):
            expected = reference(argument, second)
            if expected >= SMALLEST_TAIL:
                assert value is not None, (first, second)
                errors.append((float(abs(value / expected - 1)), argument, second, value))
    assert len(errors) >= len(rows) / 2, "the points must not lie beyond the smallest tail"
    for smallest, tolerance in tolerances.items():
        worst = max((error for error in errors if error[-1] >= smallest), default=(0,))
        assert worst[0] <= tolerance, worst


def student_t_quantile_error(t, p, df):
    """The relative error of a t quantile, to first order, from the reference tail and the density."""
    t, p, df = mpf(t), mpf(p), mpf(df)
    density = mpmath.exp(
        mpmath.loggamma((df + 1) / 2) - mpmath.loggamma(df / 2) - (df + 1) / 2 * mpmath.log1p(t * t / df)
    ) / mpmath.sqrt(df * mpmath.pi)
    return float(abs((student_t_tail(t, df) - p) / (t * density)))


def log_uniform(low, high):
    """Numbers spread over orders of magnitude, as a Hypothesis strategy."""
    return st.floats(math.log(low), math.log(high)).map(math.exp)


def many(strategy):
    """Lists long enough that one query answers for many points."""
    return st.lists(strategy, min_size=40, max_size=50)


# The examples are drawn anew each time; nothing is written beside the tests.
explored = settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
degrees_of_freedom = st.one_of(log_uniform(1, 1e7), st.integers(1, 400).map(lambda n: n / 2 + 0.5), st.floats(1, 3))

STUDENT_T_DEGREES = (1, 1 + 1e-9, 1.1, 1.5, 2, math.e, 3, 4.5, 7, 10.5, 30, 99.9, 500, 1927, 1e5 / 3, 1e6, 1e7, 1e12)
TAILS = (1e-290, 1e-200, 1e-100, 1e-50, 1e-30, 1e-20, 1e-12, 1e-8, 1e-5, 1e-3, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.25)
TAILS_NEAR_THE_MEDIAN = (0.3, 0.35, 0.4, 0.43, 0.449, 0.45)


def test_quadrature_nodes_and_weights_are_those_of_gauss_and_legendre(evaluate):
    rules = {}
    for point_count, node, weight in evaluate("quadrature"):
        rules.setdefault(point_count, []).append((node, weight))
    assert {point_count: len(rule) for point_count, rule in rules.items()} == {12: 12, 24: 24, 48: 48}
    for point_count, rule in rules.items():
        for index, (node, weight) in enumerate(sorted(rule, reverse=True), start=1):
            start = mpmath.cos(mpmath.pi * (index - mpf(1) / 4) / (point_count + mpf(1) / 2))
            root = mpmath.findroot(lambda x, n=point_count: mpmath.legendre(n, x), (start, start + 1e-6))
            slope = point_count * mpmath.legendre(point_count - 1, root) / (1 - root**2)
            assert abs(node - (1 + root) / 2) < 2e-16, (point_count, index)
            assert abs(weight - 1 / ((1 - root**2) * slope**2)) < 2e-17, (point_count, index)


@pytest.mark.parametrize(("t", "df"), [(2, 1), (2.4, 1.5), (2.5, 1.5), (0.3, 7.3), (3, 7.3), (10, 100), (30, 500)])
def test_the_reference_for_student_t_agrees_with_mpmath(t, df):
    expected = mpmath.betainc(mpf(df) / 2, mpf(1) / 2, 0, df / (df + mpf(t) ** 2), regularized=True) / 2
    assert abs(student_t_tail(t, df) / expected - 1) < mpf("1e-40")


def test_normal_tails(evaluate):
    zs = [z / 16 for z in range(-585, 586)] + [0.999999999999, 1.000000000001, 1e-3, 1e-9, 1e-19, 1e-21, 1e-300, 5e-324]
    rows = evaluate("normal", [(z, None) for z in zs])
    assert_close(rows, lambda z, _: normal_tail(z), SURVIVAL_TOLERANCES)


@explored
@given(many(st.floats(-36.4, 36.4)))
def test_normal_tails_anywhere(evaluate, zs):
    rows = evaluate("normal", [(z, None) for z in zs])
    assert_close(rows, lambda z, _: normal_tail(z), SURVIVAL_TOLERANCES)


def assert_normal_quantiles(rows):
    errors = []
    for p, _, z in rows:
        if p == 0.5:
            assert z == 0
            continue
        # One Newton step from a double lands 30 digits in.
        step = (normal_tail(-z) - mpf(p)) / mpmath.npdf(z)
        errors.append((float(abs(step / z)), p, z))
    assert errors
    assert max(errors)[0] <= NORMAL_QUANTILE_TOLERANCE, max(errors)


def test_normal_quantiles(evaluate):
    tails = [10.0 ** (-n / 4) for n in range(2, 1200)] + [n / 1000 for n in range(1, 501)] + [0.075, math.exp(-25)]
    points = tails + [1 - p for p in tails if p > 1e-16] + [0.5 - 1e-16, 0.5 + 1e-9]
    assert_normal_quantiles(evaluate("normal_quantile", [(p, None) for p in points]))


@explored
@given(many(st.one_of(log_uniform(1e-300, 0.5), log_uniform(1e-16, 0.5).map(lambda p: 1 - p))))
def test_normal_quantiles_anywhere(evaluate, ps):
    assert_normal_quantiles(evaluate("normal_quantile", [(p, None) for p in ps]))


def test_student_t_tails(evaluate):
    ts = (0, 1e-300, 1e-21, 1e-8, 0.1, 0.5, 0.9, 1 - 1e-12, 1, 1.1, 1.5, 2, 2.5, 3, 4, 5, 8, 13, 20, 30, 36, 50, 200)
    ts += (1e4, 1e10, 1e50, 1e100, 1e149, 1e151, 1e154, 1e155, 1e200, 1e285)
    rows = evaluate("student_t", [(sign * t, df) for t in ts for df in STUDENT_T_DEGREES for sign in (1, -1)])
    assert_close(rows, student_t_tail, SURVIVAL_TOLERANCES)


@explored
@given(many(st.tuples(st.one_of(log_uniform(1e-3, 40), log_uniform(1, 1e12), st.floats(-6, 6)), degrees_of_freedom)))
def test_student_t_tails_anywhere(evaluate, points):
    rows = evaluate("student_t", points)
    assert_close(rows, student_t_tail, SURVIVAL_TOLERANCES)


def test_student_t_tails_in_closed_form(evaluate):
    """One and two degrees of freedom have tails without any series (Cauchy, and 1/2 − t/(2√(2 + t²)))."""
    ts = [10.0 ** (n / 8) for n in range(-64, 1600)]
    for t, df, survival, _ in evaluate("student_t", [(t, df) for t in ts for df in (1, 2)]):
        if df == 1:
            expected = mpmath.atan(1 / mpf(t)) / mpmath.pi
        else:
            root = mpmath.sqrt(2 + mpf(t) ** 2)
            expected = 1 / (root * (root + mpf(t)))
        if expected >= SMALLEST_TAIL:
            assert abs(survival / expected - 1) <= SURVIVAL_TOLERANCES[SMALLEST_TAIL], (t, df, survival)


def test_student_t_tails_become_normal_as_the_degrees_of_freedom_grow(evaluate):
    rows = evaluate("student_t", [(z / 4, 1e20) for z in range(-145, 146)])
    assert_close(rows, lambda z, _: normal_tail(z), SURVIVAL_TOLERANCES)


def assert_student_t_quantiles(rows, points):
    assert len(rows) == len(points)
    errors = []
    for p, df, t in rows:
        assert t is not None, (p, df)
        if p == 0.5:
            assert t == 0, (p, df)
        else:
            assert (t > 0) == (p < 0.5), (p, df, t)
            errors.append((student_t_quantile_error(t, p, df), p, df, t))
    assert max(errors)[0] <= STUDENT_T_QUANTILE_TOLERANCE, max(errors)


def test_student_t_quantiles(evaluate):
    near_the_median = (0.47, 0.49, 0.499, 0.4998999, 0.4999, 0.4999001, 0.499999, 0.5 - 1e-12, 0.5 - 2.0**-54, 0.5)
    upper = [*TAILS, *TAILS_NEAR_THE_MEDIAN, *near_the_median]
    points = [(p, df) for p in [*upper, *(1 - p for p in upper if p > 1e-16)] for df in (*STUDENT_T_DEGREES, 1e20)]
    assert_student_t_quantiles(evaluate("student_t_quantile", points), points)


@explored
@given(many(st.tuples(st.one_of(log_uniform(1e-290, 0.45), st.floats(1e-3, 0.999)), degrees_of_freedom)))
def test_student_t_quantiles_anywhere(evaluate, points):
    assert_student_t_quantiles(evaluate("student_t_quantile", points), points)


@pytest.mark.parametrize(
    ("df", "tolerances"),
    [(df, CHI_SQUARE_TOLERANCES) for df in (1, 1.5, 2, 3, 4, 5, 6, 9, 15, 30, 77, 200, 500, 999, 1000)]
    + [(df, CHI_SQUARE_TOLERANCES_BEYOND_1000) for df in (3e3, 1e4)],
)
def test_chi_square_tails(evaluate, df, tolerances):
    multiples = (1e-290, 1e-100, 1e-10, 1e-4, 0.01, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.9999, 1, 1.0001, 1.01)
    multiples += (1.03, 1.1, 1.2, 1.3, 1.5, 1.8, 2, 2.5, 3, 4, 6, 8, 12, 20, 40, 80, 150, 300, 600, 1300)
    # The upper tail of the multiples beyond leaves the domain.
    reach = 1400 + 4 * df
    rows = evaluate("chi_square", [(df * f, df) for f in multiples if df * f <= reach])
    assert_close(rows, chi_square_tail, tolerances)


@explored
@given(many(st.tuples(st.integers(1, 1000), st.one_of(st.floats(0, 3), st.floats(-8, 36)))))
def test_chi_square_tails_anywhere(evaluate, points):
    # In standard deviations from the mean, so that the tails of every distribution are met.
    arguments = [(max(df + deviation * math.sqrt(2 * df), 1e-9), float(df)) for df, deviation in points]
    assert_close(evaluate("chi_square", arguments), chi_square_tail, CHI_SQUARE_TOLERANCES)


UNUSABLE = (None, math.nan, math.inf, -math.inf)


def test_arguments_without_a_tail_give_null(evaluate):
    for model in ("normal", "normal_quantile"):
        for _, _, *values in evaluate(model, [(argument, None) for argument in UNUSABLE]):
            assert set(values) == {None}
    points = [(t, 3.0) for t in UNUSABLE]
    points += [(t, df) for t in (-2.0, 0.0, 1e-30, 2.0) for df in (*UNUSABLE, 0.0, -1.0, 0.999, 1e21)]
    for t, df, *values in evaluate("student_t", points):
        assert set(values) == {None}, (t, df)
    points = [(x, 3.0) for x in (None, math.nan, math.inf)]
    points += [(x, df) for x in (-1.0, 0.0, 0.5, 2.0, 1e9) for df in (*UNUSABLE, 0.0, -1.0, 0.999, 10001.0)]
    for x, df, survival in evaluate("chi_square", points):
        assert survival is None, (x, df)


@pytest.mark.parametrize("model", ["normal_quantile", "student_t_quantile"])
def test_probabilities_outside_zero_and_one_have_no_quantile(evaluate, model):
    rows = evaluate(model, [(p, 3.0) for p in (*UNUSABLE, -0.1, 0.0, 1.0, 1.1)])
    assert [quantile for *_, quantile in rows] == [None] * 8


def test_degrees_of_freedom_outside_the_domain_have_no_quantile(evaluate):
    points = [(p, df) for p in (0.025, 0.5) for df in (*UNUSABLE, 0.0, -1.0, 0.999, 1e21)]
    rows = evaluate("student_t_quantile", points)
    assert [t for *_, t in rows] == [None] * len(points)


def test_far_tails_stay_positive_and_ordered(evaluate):
    """Beyond the smallest tail there is a bound, 1e-300, never zero, an infinity or not-a-number."""
    far = [30.0 * 10 ** (n / 8) for n in range(2400) if 30 * 10 ** (n / 8) <= 1e300]
    families = {"normal": [None], "student_t": [1, 1.5, 50, 1e7, 1e20], "chi_square": [1, 2, 999, 1e4]}
    for model, degrees in families.items():
        for df in degrees:
            rows = sorted(evaluate(model, [(x, df) for x in far]))
            survivals = [row[2] for row in rows]
            assert all(1e-300 <= survival < 1 + 1e-12 for survival in survivals), (model, df)
            assert survivals == sorted(survivals, reverse=True), (model, df)
            assert df == 1 or survivals[-1] == 1e-300, (model, df)


def test_the_middle_and_the_edge_are_exact(evaluate):
    assert evaluate("normal", [(0.0, None), (-0.0, None)]) == [(0, None, 0.5, 0.5)] * 2
    assert {row[2:] for row in evaluate("student_t", [(0.0, df) for df in (1, 2.5, 1e7)])} == {(0.5, 0.5)}
    points = [(x, df) for x in (0.0, -1e-17, -5.0, 5e-324) for df in (1, 9)]
    assert {row[2] for row in evaluate("chi_square", points)} == {1}


def test_whole_and_decimal_columns_count_as_doubles(evaluate):
    (row,) = evaluate("other_types")
    assert not any(isinstance(value, decimal.Decimal) for value in row)
    assert row[0::2] == pytest.approx(row[1::2], rel=1e-14)
    assert len(set(row)) == len(row) / 2


def test_expressions_are_read_whole(evaluate):
    (row,) = evaluate("expressions", [(3.25, 1.5)])
    assert row[0::2] == row[1::2]
    assert len(set(row)) == len(row) / 2


def test_quantiles_keep_every_row_and_column_of_a_relation(evaluate):
    usable = [(0.95, 5.0), (0.95, 5.0), (0.9, 5.0), (0.95, 2.0)]
    unusable = [(None, 5.0), (1.0, 5.0)]
    filtered = [(0.95, None), (0.95, 1.0)]
    rows = evaluate("quantile_of_subquery", usable + unusable + filtered)
    assert sorted(repr(row[:3]) for row in rows) == sorted(repr((*point, "kept")) for point in usable + unusable)
    for confidence_level, df, _, t_critical in rows:
        if (confidence_level, df) in unusable:
            assert t_critical is None
        else:
            assert student_t_quantile_error(t_critical, (1 - confidence_level) / 2, 2 * df) < 1e-14


def test_quantiles_take_literals(evaluate):
    rows = evaluate("quantile_of_literals", [(1.0, 2.0), (None, None)])
    assert {row[:2] for row in rows} == {(1.0, 2.0), (None, None)}
    assert all(student_t_quantile_error(row[2], 0.025, 10) < 1e-14 for row in rows)


def test_the_compiled_text_stays_modest(project):
    compiled = project / "target" / "compiled" / "feedlift" / "models"
    # The bytes of one call; two of the models call two macros.
    limits = {
        "normal": 2 * 6_000,
        "normal_quantile": 6_000,
        "student_t": 2 * 12_000,
        "student_t_quantile": 36_000,
        "chi_square": 18_000,
    }
    sizes = {model: (compiled / f"{model}.sql").stat().st_size for model in limits}
    assert {model: size for model, size in sizes.items() if not 1_000 < size <= limits[model]} == {}


def test_the_compiled_text_has_no_decimal_literals(project):
    """A number such as 0.05 would be a DECIMAL, and a longer one would overflow it."""
    compiled = project / "target" / "compiled" / "feedlift" / "models"
    for model in ("normal", "normal_quantile", "student_t", "student_t_quantile", "chi_square"):
        text = (compiled / f"{model}.sql").read_text(encoding="utf-8")
        assert re.findall(r"\d+\.\d+(?![\de])", text) == [], model
