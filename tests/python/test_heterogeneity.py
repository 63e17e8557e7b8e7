"""Cochran's test of heterogeneity: against NumPy and SciPy, on published data, and for its error rate."""

import numpy as np
import polars as pl
import pytest
from heterogeneity_reference import cochran
from readout.comparison import differences
from scipy import stats
from scratch_project import run_models

TOLERANCE = 1e-9

# Experiments in which nothing differs between four groups, and as many in which one of them does.
EXPERIMENTS = 600
GROUPS = 4
USERS = 60

MODELS = {
    "tested": """
        {{ feedlift.heterogeneity_tests('main.effects', ['test', 'part'], 'place', 'effect', 'spread') }}
    """,
    "of_users": """
        with compared as (
            {{ feedlift.compare_arms(
                'main.users', arm='arm', control='control', metrics={'y': {'numerator': 'y'}},
                group_by=['is_same', 'experiment', 'grp']
            ) }}
        ),

        tested as (
            {{ feedlift.heterogeneity_tests('compared', ['is_same', 'experiment'], 'grp') }}
        )

        select * from tested
    """,
    # Four trials of one treatment, one of which found the opposite: Q = 12 on 3 degrees of freedom.
    "example_of_heterogeneity_tests": """
        with effects as (
            select
                unnest(['android', 'ios', 'tv', 'web']) as platform,
                unnest([2e0, 2e0, -2e0, 2e0]) as estimate,
                unnest([1e0, 1e0, 1e0, 1e0]) as estimate_se
        ),

        tested as (
            {{ feedlift.heterogeneity_tests('effects', [], 'platform') }}
        )

        select * from tested
    """,
}


def effects() -> list[dict]:
    """Groups of estimates: few and many, alike and far apart, at 1e9 and at 1e-9, and what cannot be used."""
    generator = np.random.default_rng(11)
    rows = []
    for test in range(1_500):
        groups = int(generator.choice([0, 1, 2, 2, 3, 5, 20, 200])) if test else 3_000
        level = generator.choice([0, 1, -3, 1e9, 1e-9])
        size = generator.choice([1e-6, 1e-3, 1, 1e3])
        spread = size * generator.lognormal(0, generator.choice([0, 0.5, 3]), groups)
        effect = level + spread * generator.normal(size=groups) * generator.choice([0, 1, 1, 1, 4])
        rows += [
            {"test": test, "part": "a" if test % 3 else None, "place": f"v{place}", "effect": x, "spread": se}
            for place, (x, se) in enumerate(zip(effect, spread, strict=True))
        ]
        unusable = [(None, 1.0), (7.0, None), (7.0, 0.0), (np.inf, 1.0), (np.nan, 1.0), (1e71, 1.0), (7.0, np.inf)]
        unusable += [(7.0, -1.0), (7.0, 1e-71)]
        for place, (x, se) in enumerate(unusable if test % 5 == 0 else unusable[:1]):
            rows.append(
                {"test": test, "part": "a" if test % 3 else None, "place": f"a{place}", "effect": x, "spread": se}
            )
    # The same groups under each other's names, in a unit a quarter as large.
    turned = [row | {"part": "turned", "place": row["place"][::-1]} for row in rows if 0 < row["test"] < 300]
    for row in turned:
        row["effect"] = row["effect"] and row["effect"] * 4
        row["spread"] = row["spread"] and row["spread"] * 4
    return rows + turned


@pytest.fixture(scope="module")
def given():
    """The estimates."""
    return effects()


@pytest.fixture(scope="module")
def results(given, tmp_path_factory):
    """The rows of all models."""
    generator = np.random.default_rng(3)
    shape = (2, EXPERIMENTS, GROUPS, 2, USERS)
    is_same, experiment, group, arm, _ = (axis.ravel() for axis in np.indices(shape))
    # Skewed counts; in the second half of the experiments the treatment adds to the last group.
    y = generator.poisson(2, is_same.size) * generator.lognormal(0, 0.5, is_same.size)
    y += 1.2 * ((is_same == 0) & (group == GROUPS - 1) & (arm == 1))
    users = pl.DataFrame({"is_same": is_same == 1, "experiment": experiment, "grp": group, "arm": arm, "y": y})
    users = users.with_columns(arm=pl.when(pl.col("arm") == 1).then(pl.lit("treatment")).otherwise(pl.lit("control")))
    tables = {"effects": pl.DataFrame(given, infer_schema_length=None), "users": users}
    return run_models(tmp_path_factory.mktemp("heterogeneity"), MODELS, tables)


def test_against_numpy_and_scipy(given, results):
    groups: dict[tuple, list[dict]] = {}
    for row in given:
        groups.setdefault((row["test"], row["part"]), []).append(row)
    expected = []
    for (test, part), rows in groups.items():
        usable = [
            row
            for row in rows
            if None not in (row["effect"], row["spread"])
            and abs(row["effect"]) <= 1e70
            and 1e-70 <= row["spread"] <= 1e70
        ]
        columns = (np.array([row[column] for row in usable], dtype=float) for column in ("effect", "spread"))
        found = cochran(*columns, [row["place"] for row in usable])
        expected.append({"test": test, "part": part} | found)
    wanted, got = (
        pl.DataFrame(expected, infer_schema_length=None),
        pl.DataFrame(results["tested"], infer_schema_length=None),
    )
    assert wanted["p_value"].drop_nulls().is_between(1e-8, 0.99).sum() > 300
    assert set(wanted["null_reason"]) == {None, "fewer_than_two_estimates"}
    assert differences(wanted, got, ["test", "part"], TOLERANCE, floor=1e-12) == []
    small = wanted.filter(pl.col("p_value") < 1e-6).select("test", "part", "p_value")
    assert len(small) > 100
    assert (
        differences(small, got.join(small, on=["test", "part"], how="semi", nulls_equal=True), ["test", "part"], 1e-6)
        == []
    )


def test_neither_names_nor_units_matter(results):
    tested = pl.DataFrame(results["tested"], infer_schema_length=None).filter(pl.col("test").is_between(1, 299))
    figures = ["estimate_count", "cochran_q", "degrees_of_freedom", "p_value", "i_squared"]
    turned = tested.filter(pl.col("part") == "turned").select("test", *figures)
    given = tested.filter(pl.col("part").is_null() | (pl.col("part") == "a"))
    assert turned["p_value"].count() > 200
    assert differences(turned, given, ["test"], 1e-12) == []


def test_documented_example(results):
    (row,) = results["example_of_heterogeneity_tests"]
    assert row["cochran_q"] == 12
    assert row["degrees_of_freedom"] == 3
    assert row["p_value"] == pytest.approx(stats.chi2.sf(12, 3), rel=1e-12)
    assert row["i_squared"] == 0.75
    assert (row["pooled_estimate"], row["lowest_value"], row["highest_value"]) == (1, "tv", "android")


def test_false_positives_are_as_rare_as_promised_and_differences_are_found(results):
    found = pl.DataFrame(results["of_users"]).group_by("is_same").agg(pl.len(), (pl.col("p_value") < 0.05).sum())
    counts = {is_same: (tests, rejected) for is_same, tests, rejected in found.iter_rows()}
    assert counts[True][0] == counts[False][0] == EXPERIMENTS
    # The chi-square distribution takes standard errors for known, which costs up to a percentage point here.
    lower, upper = stats.binom.ppf(0.001, EXPERIMENTS, 0.05), stats.binom.ppf(0.999, EXPERIMENTS, 0.06)
    assert lower <= counts[True][1] <= upper
    assert counts[False][1] > EXPERIMENTS / 2
