"""Quantiles with their outer interval and the Poisson bootstrap, on plain tables, against NumPy and SciPy.

Hundreds of random data sets, among them every kind of degenerate one, go through each macro in one build.
"""

from collections.abc import Iterator
from itertools import chain
from math import isfinite, sqrt
from typing import Any

import numpy as np
import polars as pl
import pytest
from bootstrap_reference import Units, bootstrap_contrast, bootstrap_figures, quantiles, stratum_shares
from quantile_reference import Observations, quantile_contrast
from scipy import stats
from scratch_project import run_models

TOLERANCE = 1e-9
SEED = 20
REPLICATES = 199
HUNDREDTHS = [0.07, 0.14, 0.28, 0.29, 0.55, 0.56, 0.57]
SHARES = [0.05, 0.25, 1 / 3, 0.5, 0.9, 0.95, 0.99]

QUANTILES = """quantile_estimates(
    'main.observations', unit='unit', keys=['data_set'], is_control="arm = 'control'", value='value', quantile='share'
"""
BOOTSTRAP = """bootstrap_contrasts(
    '(select * from main.units{order}) as units', unit='unit', keys=['data_set'], is_control="arm = 'control'",
    metrics={{'mean': {{'numerator': 'y'}}, 'ratio': {{'numerator': 'y', 'denominator': 'd'}}}},
    replicates=199, seed=20{more}
)"""
BOOTSTRAP_OF_QUANTILES = """bootstrap_quantile_contrasts(
    '(select * from main.observations where data_set % 8 = 0) as observations', unit='unit', keys=['data_set'],
    is_control="arm = 'control'", value='value', quantile='share', replicates=199, seed=20{more}
)"""


def with_tests(estimates: str) -> str:
    """The SQL of estimates and their tests."""
    return (
        f"with estimates as ({{{{ feedlift.{estimates}) }}}}),"
        " tested as ({{ feedlift.contrast_tests('estimates') }}) select * from tested"
    )


MODELS = {
    "pooled_quantiles": with_tests(QUANTILES),
    "stratified_quantiles": with_tests(QUANTILES + ", stratum='stratum'"),
    "pooled_means": "{{ feedlift." + BOOTSTRAP.format(order="", more="") + " }}",
    "shuffled_means": "{{ feedlift." + BOOTSTRAP.format(order=" order by hash(unit), arm", more="") + " }}",
    "stratified_means": "{{ feedlift." + BOOTSTRAP.format(order="", more=", stratum='stratum'") + " }}",
    "means_at_eighty_percent": "{{ feedlift." + BOOTSTRAP.format(order="", more=", confidence_level=0.8") + " }}",
    "pooled_resampled_quantiles": "{{ feedlift." + BOOTSTRAP_OF_QUANTILES.format(more="") + " }}",
    "stratified_resampled_quantiles": "{{ feedlift."
    + BOOTSTRAP_OF_QUANTILES.format(more=", stratum='stratum'")
    + " }}",
}

# What somebody without feedlift's models writes, on data whose answer is obvious.
EXAMPLES = {
    # One observation each of 1 to 100: the share at or below the median, 50, has the standard error sqrt(.25 / 99), so
    # that the interval is that from rank ceil(40.15) to rank ceil(59.85).
    "example_of_quantile_estimates": """
        with requests as (
            select 'new' as arm, number as user_id, number + 10 as latency_ms from range(1, 101) as numbers (number)
            union all
            select 'old' as arm, -number as user_id, number as latency_ms from range(1, 101) as numbers (number)
        ),

        estimates as (
            {{ feedlift.quantile_estimates(
                'requests', unit='user_id', keys=[], is_control="arm = 'old'", value='latency_ms', quantile=0.5
            ) }}
        )

        select * from estimates
    """,
    # Every user clicks on every fifth or every second impression: no resampling changes that.
    "example_of_bootstrap_contrasts": """
        with users as (
            select 'new' as arm, number as user_id, 1 as clicks, 2 as views from range(1, 101) as numbers (number)
            union all
            select 'old' as arm, -number as user_id, number as clicks, 5 * number as views
            from range(1, 101) as numbers (number)
        ),

        contrasts as (
            {{ feedlift.bootstrap_contrasts(
                'users', unit='user_id', keys=[], is_control="arm = 'old'", replicates=99, seed='spring',
                metrics={
                    'ctr': {'numerator': 'clicks', 'denominator': 'views'}, 'clicks_per_user': {'numerator': 'clicks'}
                }
            ) }}
        )

        select * from contrasts order by metric
    """,
    "example_of_bootstrap_quantile_contrasts": """
        with requests as (
            select 'new' as arm, number as user_id, 1000 + number % 3 as latency_ms
            from range(1, 101) as numbers (number)
            union all
            select 'old' as arm, -number as user_id, number as latency_ms from range(1, 101) as numbers (number)
        ),

        contrasts as (
            {{ feedlift.bootstrap_quantile_contrasts(
                'requests', unit='user_id', keys=[], is_control="arm = 'old'", value='latency_ms', quantile=0.95,
                replicates=99, seed=7
            ) }}
        )

        select * from contrasts
    """,
}

Frame = tuple[str, pl.DataFrame]


def observations_of(
    generator: np.random.Generator, sizes: dict[str, int], per_unit: float, kind: str, clustering: float
) -> pl.DataFrame:
    """Units of each arm with some observations each, the more alike within a unit the stronger the clustering."""
    arm = np.repeat(list(sizes), list(sizes.values()))
    counts = generator.negative_binomial(1, 1 / (1 + per_unit), len(arm))
    level = generator.normal(0, clustering, len(arm))[np.repeat(np.arange(len(arm)), counts)]
    noise = level + generator.normal(0, 1, counts.sum())
    value = {
        "normal": noise,
        "heavy tail": np.exp(2 * noise),
        "counts": np.floor(np.exp(noise)),
        "milliseconds": np.round(100 * np.exp(0.5 * noise)),
        "around a billion": 1e9 + np.round(noise, 2),
    }[kind]
    unit = np.repeat(np.arange(len(arm)), counts)
    unobserved = np.flatnonzero(counts == 0)
    return pl.DataFrame(
        {
            "arm": np.concatenate([arm[unit], arm[unobserved]]),
            "unit": np.concatenate([unit, unobserved]),
            "value": [*value.tolist(), *[None] * len(unobserved)],
        },
        schema={"arm": pl.String, "unit": pl.Int64, "value": pl.Float64},
    )


def observation_data_sets(generator: np.random.Generator) -> Iterator[Frame]:
    """Data sets of all sizes and shapes, a name with each."""
    kinds = ["normal", "heavy tail", "counts", "milliseconds", "around a billion"]
    for number in range(300):
        n1, n0 = (int(10 ** generator.uniform(0.3, 2.6)) for _ in range(2))
        kind, clustering = kinds[number % len(kinds)], generator.choice([0.0, 0.5, 3.0])
        sizes = {"control": n0, "treatment": n1}
        yield kind, observations_of(generator, sizes, 10 ** generator.uniform(-0.5, 1.3), kind, clustering)
    arms = {"control": 400, "a": 300, "b": 200}
    yield "three arms", observations_of(generator, arms, 5, "milliseconds", 1.0)
    yield "many units", observations_of(generator, {"control": 9_000, "treatment": 7_000}, 2, "milliseconds", 1.0)
    for sizes in ({"control": 1, "treatment": 50}, {"control": 50, "treatment": 1}, {"control": 50}, {"treatment": 50}):
        yield f"units {sizes}", observations_of(generator, sizes, 5, "normal", 1.0)
    usual = observations_of(generator, {"control": 150, "treatment": 170}, 4, "milliseconds", 1.0)
    value, is_control = pl.col("value"), pl.col("arm") == "control"
    for name, changed in {
        "constant": pl.when(value.is_not_null()).then(7.0),
        "constant by arm": pl.when(value.is_not_null()).then(pl.when(is_control).then(7.0).otherwise(8.0)),
        "constant in control": pl.when(is_control & value.is_not_null()).then(90.0).otherwise(value),
        "zero in control": pl.when(is_control & value.is_not_null()).then(0.0).otherwise(value),
        "no observation in control": pl.when(~is_control).then(value),
        "no observation": pl.lit(None, dtype=pl.Float64),
        "below zero": -value,
        "one unit has nearly all": value,
    }.items():
        frame = usual.with_columns(changed.alias("value"))
        if "one unit" in name:
            frame = frame.with_columns(unit=pl.when(pl.int_range(pl.len()) % 5 > 0).then(0).otherwise("unit"))
            frame = frame.with_columns(unit=pl.col("unit") + 10_000 * is_control)
        for share in SHARES:
            yield name, frame.with_columns(share=pl.lit(share))
    once = usual.drop_nulls().unique(["arm", "unit"], maintain_order=True)
    for share in SHARES:
        yield "one observation each", once.with_columns(share=pl.lit(share))


def hundred_values() -> Iterator[Frame]:
    """1 to 100 in each arm, at shares whose hundredfold is a little above a whole number in doubles."""
    arm, value = ["control"] * 100 + ["treatment"] * 100, [*range(1, 101), *range(1, 101)]
    for share in HUNDREDTHS:
        frame = pl.DataFrame({"arm": arm, "unit": range(200), "value": value}, schema_overrides={"value": pl.Float64})
        yield "one to a hundred", frame.with_columns(share=pl.lit(share))


def unit_data_sets(generator: np.random.Generator) -> Iterator[Frame]:
    """Data sets with one row per unit: y, d, some of them unknown."""

    def of(sizes: dict[str, int], y: Any, d: Any) -> pl.DataFrame:
        arm = np.repeat(list(sizes), list(sizes.values()))
        columns = {"y": np.broadcast_to(y, len(arm)).tolist(), "d": np.broadcast_to(d, len(arm)).tolist()}
        return pl.DataFrame({"arm": arm, **columns}, schema={"arm": pl.String, "y": pl.Float64, "d": pl.Float64})

    for number in range(170):
        n1, n0 = (int(10 ** generator.uniform(0.3, 2.2)) for _ in range(2))
        taste = generator.gamma(0.7, 2, n0 + n1)
        lift = np.repeat([1.0, 1.5], [n0, n1]) if number % 2 else 1.0
        d = generator.poisson(3 * taste)
        y = [generator.poisson(lift * taste), generator.binomial(1, 0.3, n0 + n1), taste + d * 1e-3][number % 3]
        yield "feed", of({"control": n0, "treatment": n1}, y, d)
    yield "many units", of({"control": 3000, "treatment": 2000}, generator.poisson(2, 5000), generator.poisson(9, 5000))
    yield "three arms", of({"control": 80, "a": 60, "b": 40}, generator.poisson(2, 180), generator.poisson(9, 180))
    for n1, n0 in [(1, 50), (50, 1), (1, 1), (2, 2), (0, 50), (50, 0)]:
        sizes = {"control": n0, "treatment": n1}
        yield "few units", of(sizes, generator.normal(3, 1, n0 + n1), generator.uniform(1, 2, n0 + n1))
    sizes, noise = {"control": 80, "treatment": 90}, generator.normal(0, 1, 170)
    is_treated = np.repeat([0.0, 1.0], [80, 90])
    yield "around a billion", of(sizes, 1e9 + noise, 1.0)
    yield "around zero", of(sizes, noise, np.abs(noise))
    yield "below zero", of(sizes, noise - 5, 1.0)
    for constant in (0.0, 0.1, 1e9):
        yield "constant", of(sizes, constant, 3.0)
        yield "constant by arm", of(sizes, constant + 0.7 * is_treated, 3.0)
    yield "proportional", of(sizes, 0.1 * np.abs(noise), np.abs(noise))
    yield "no denominator", of(sizes, 1 + np.abs(noise), 0.0)
    yield "no denominator in control", of(sizes, 1 + np.abs(noise), is_treated)
    yield "rare denominators", of(sizes, noise, (generator.random(170) < 0.03).astype(float))
    for name, is_unknown in {
        "unknown": np.full(170, fill_value=True),
        "unknown in control": is_treated == 0,
        "unknown here and there": generator.random(170) < 0.3,
    }.items():
        for columns in (["y"], ["d"], ["y", "d"]):
            frame = of(sizes, noise + 3, np.abs(noise) + 1)
            unknown = pl.Series(is_unknown)
            yield name, frame.with_columns(pl.when(~unknown).then(column).alias(column) for column in columns)


@pytest.fixture(scope="module")
def observations() -> tuple[list[str], pl.DataFrame]:
    """The data sets of observations, and the name of each."""
    generator = np.random.default_rng(4)
    names, frames = [], []
    for number, (name, frame) in enumerate(chain(observation_data_sets(generator), hundred_values())):
        names.append(name)
        # One share for all rows of a data set.
        share = pl.col("share") if "share" in frame.columns else pl.lit(generator.choice(SHARES)).alias("share")
        # Strata by unit, unevenly over the arms.
        stratum = (pl.col("unit") * 7 + pl.when(pl.col("arm") == "control").then(pl.col("unit") % 2)) % 3
        strata = pl.when(number % 3 > 0).then(stratum.fill_null(pl.col("unit") % 3)).otherwise(0)
        frames.append(
            frame.select(
                pl.lit(number).alias("data_set"),
                "arm",
                "unit",
                strata.cast(pl.String).alias("stratum"),
                share,
                "value",
            )
        )
    return names, pl.concat(frames)


@pytest.fixture(scope="module")
def units() -> tuple[list[str], pl.DataFrame]:
    """The data sets of units, and the name of each."""
    generator = np.random.default_rng(5)
    names, frames = [], []
    for number, (name, frame) in enumerate(unit_data_sets(generator)):
        names.append(name)
        share = np.where(frame["arm"] == "control", 0.3, 0.6)
        stratum = np.minimum(generator.geometric(share), 1 + number % 3) if len(frame) else []
        frames.append(
            frame.with_columns(
                data_set=pl.lit(number),
                unit=pl.format("user {}", pl.int_range(pl.len())),
                stratum=pl.Series([str(s) for s in stratum], dtype=pl.String),
            )
        )
    return names, pl.concat(frames)


@pytest.fixture(scope="module")
def results(tmp_path_factory, observations, units) -> dict[str, list[dict[str, Any]]]:
    """The rows of every model."""
    tables = {"observations": observations[1], "units": units[1]}
    return run_models(tmp_path_factory.mktemp("scratch"), MODELS | EXAMPLES, tables)


def arms(frame: pl.DataFrame, *, is_stratified: bool) -> dict[str, Observations]:
    """The observations of each arm."""
    return {
        arm: Observations(
            rows["value"].fill_null(float("nan")).to_numpy(),
            rows["unit"].to_numpy(),
            rows["stratum"].to_numpy() if is_stratified else np.zeros(len(rows)),
        )
        for (arm,), rows in frame.group_by("arm")
    }


def unit_arms(frame: pl.DataFrame, *, is_ratio: bool, is_stratified: bool) -> dict[str, Units]:
    """The units of each arm."""
    return {
        arm: Units(
            rows["unit"].to_numpy(),
            rows["y"].fill_null(float("nan")).to_numpy(),
            rows["d"].fill_null(float("nan")).to_numpy() if is_ratio else np.ones(len(rows)),
            rows["stratum"].to_numpy() if is_stratified else np.zeros(len(rows)),
        )
        for (arm,), rows in frame.group_by("arm")
    }


def have_a_common_stratum(arm: Any, control: Any) -> bool:
    """Whether any stratum has units of both arms."""
    return bool(len(np.intersect1d(arm.stratum, control.stratum)))


FIGURES = [
    *("arm_value", "control_value", "estimate", "estimate_se", "estimate_lower", "estimate_upper", "p_value"),
    *("relative_lift", "relative_lift_lower", "relative_lift_upper"),
]
COUNTS = ["unit_count", "control_unit_count", "null_reason", "is_relative_lift_unbounded"]


def wrong_figures(
    expected: dict[Any, dict[str, Any]],
    rows: list[dict[str, Any]],
    key: list[str],
    figures: list[str],
    counts: list[str],
) -> list[Any]:
    """What differs between the reference's results and those of a macro."""
    actual = {tuple(row[column] for column in key): row for row in rows}
    assert len(actual) == len(rows)
    # An arm without a control has a row that says so, and nothing else.
    uncompared = {name for name, row in actual.items() if row["null_reason"] == "no_control"}
    assert not uncompared & expected.keys()
    assert all(actual[name][figure] is None for name in uncompared for figure in figures)
    actual = {name: row for name, row in actual.items() if name not in uncompared}
    assert actual.keys() == expected.keys()
    wrong = []
    for name, wanted in expected.items():
        got = actual[name]
        scale = max(abs(wanted.get(side) or 0.0) for side in ("arm_value", "control_value"))
        scale = scale if isfinite(scale) else 0.0
        for figure in figures:
            value = wanted.get(figure)
            value = None if value is None or np.isnan(value) else float(value)
            if (value is None) != (got[figure] is None):
                wrong.append((name, figure, value, got[figure], wanted["null_reason"], got["null_reason"]))
            elif value is not None:
                # A difference keeps the rounding of what it is the difference of, and so does what is divided by it.
                allowed = TOLERANCE * abs(value) + 1e-13 * (scale if figure.startswith("estimate") else 0.0)
                if figure.startswith("relative_lift"):
                    allowed += 1e-13 * scale / abs(wanted["control_value"])
                if not abs(got[figure] - value) <= allowed:
                    wrong.append((name, figure, value, got[figure]))
        wrong += [(name, count, wanted[count], got[count]) for count in counts if wanted[count] != got[count]]
    return wrong


@pytest.mark.parametrize("kind", ["pooled", "stratified"])
def test_quantiles_and_their_outer_intervals(observations, results, kind):
    names, frame = observations
    expected = {}
    for (number,), rows in frame.group_by("data_set"):
        by_arm = arms(rows, is_stratified=kind == "stratified")
        for arm in by_arm.keys() - {"control"}:
            if "control" in by_arm and have_a_common_stratum(by_arm[arm], by_arm["control"]):
                contrast = quantile_contrast(by_arm[arm], by_arm["control"], rows["share"][0])
                expected[number, arm] = contrast
    figures = [*FIGURES, "degrees_of_freedom"]
    counts = [*COUNTS, "approximation_quality"]
    assert len(expected) > len(names) * 0.9
    assert wrong_figures(expected, results[f"{kind}_quantiles"], ["data_set", "arm"], figures, counts) == []
    found = {contrast["null_reason"] for contrast in expected.values()}
    assert found == {None, "not_logged", "fewer_than_two_units", "quantile_beyond_data", "zero_variance"}
    qualities = {contrast["approximation_quality"] for contrast in expected.values()}
    assert qualities == {"good", "doubtful", "poor", "unknown"}


def test_a_quantile_is_the_order_statistic_that_numpy_finds(observations, results):
    names, frame = observations
    values = {key: rows["value"].drop_nulls() for key, rows in frame.group_by("data_set", "arm")}
    shares = dict(frame.select("data_set", "share").unique().iter_rows())
    compared = 0
    for row in results["pooled_quantiles"]:
        for side, arm in (("arm_value", row["arm"]), ("control_value", "control")):
            # NumPy's rank of a hundredth is itself a rounding too high.
            if row[side] is not None and names[row["data_set"]] != "one to a hundred":
                observed = values[row["data_set"], arm].to_numpy()
                assert row[side] == np.quantile(observed, shares[row["data_set"]], method="inverted_cdf")
                compared += 1
    assert compared > len(results["pooled_quantiles"])


def test_rounding_does_not_carry_a_quantile_to_the_next_observation(observations, results):
    assert any(100 * share > round(100 * share) for share in HUNDREDTHS)
    hundreds = [number for number, name in enumerate(observations[0]) if name == "one to a hundred"]
    rows = {row["data_set"]: row for row in results["pooled_quantiles"]}
    found = [rows[number]["arm_value"] for number in hundreds]
    assert found == [round(100 * share) for share in HUNDREDTHS]


def test_clustering_widens_the_interval_as_resampling_units_does(results, observations):
    names, frame = observations
    number = names.index("many units")
    (row,) = [row for row in results["pooled_quantiles"] if row["data_set"] == number]
    by_arm = arms(frame.filter(data_set=number), is_stratified=False)
    generator = np.random.default_rng(3)
    share = frame.filter(data_set=number)["share"][0]

    def spread(observed: Observations, *, is_clustered: bool) -> float:
        """The standard deviation of the quantile over samples of units, or of observations, with replacement."""
        kept = ~np.isnan(observed.value)
        value, unit = observed.value[kept], np.unique(observed.unit[kept], return_inverse=True)[1]
        order = np.argsort(value)
        found = []
        for _ in range(200):
            if is_clustered:
                weight = generator.poisson(1.0, unit.max() + 1)[unit][order]
            else:
                weight = generator.poisson(1.0, len(value))
            cumulative = np.cumsum(weight)
            found.append(value[order][np.searchsorted(cumulative, share * cumulative[-1])])
        return float(np.std(found))

    clustered, independent = (
        sqrt(sum(spread(observed, is_clustered=is_clustered) ** 2 for observed in by_arm.values()))
        for is_clustered in (True, False)
    )
    assert row["estimate_se"] == pytest.approx(clustered, rel=0.25)
    assert clustered > 1.2 * independent


def expected_means(frame: pl.DataFrame, *, is_stratified: bool, alpha: float) -> dict[Any, dict[str, Any]]:
    """The reference's bootstrap of every data set, metric and arm."""
    expected = {}
    for (number,), rows in frame.group_by("data_set"):
        for metric in ("mean", "ratio"):
            by_arm = unit_arms(rows, is_ratio=metric == "ratio", is_stratified=is_stratified)
            for arm in by_arm.keys() - {"control"}:
                if "control" in by_arm and have_a_common_stratum(by_arm[arm], by_arm["control"]):
                    contrast = bootstrap_contrast(by_arm[arm], by_arm["control"], SEED, REPLICATES, alpha)
                    expected[number, metric, arm] = contrast
    return expected


@pytest.mark.parametrize(
    ("model", "alpha"), [("pooled_means", 0.05), ("stratified_means", 0.05), ("means_at_eighty_percent", 0.2)]
)
def test_resampled_means_and_ratios(units, results, model, alpha):
    names, frame = units
    expected = expected_means(frame, is_stratified=model == "stratified_means", alpha=alpha)
    key = ["data_set", "metric", "arm"]
    assert len(expected) > len(names) * 1.8
    assert wrong_figures(expected, results[model], key, FIGURES, COUNTS) == []
    reasons = {"not_logged", "fewer_than_two_units", "zero_denominator", "empty_resample", "zero_variance"}
    assert {contrast["null_reason"] for contrast in expected.values()} == {None, *reasons}
    assert any(contrast["is_relative_lift_unbounded"] for contrast in expected.values())


@pytest.mark.parametrize("kind", ["pooled", "stratified"])
def test_resampled_quantiles(observations, results, kind):
    _, frame = observations
    expected = {}
    for (number,), rows in frame.filter(pl.col("data_set") % 8 == 0).group_by("data_set"):
        by_arm = arms(rows, is_stratified=kind == "stratified")
        share = rows["share"][0]
        for arm in by_arm.keys() - {"control"}:
            if "control" in by_arm and have_a_common_stratum(by_arm[arm], by_arm["control"]):
                expected[number, arm] = resampled_quantile(by_arm[arm], by_arm["control"], share)
    found = results[f"{kind}_resampled_quantiles"]
    assert wrong_figures(expected, found, ["data_set", "arm"], FIGURES, COUNTS) == []
    assert {None, "not_logged"} < {contrast["null_reason"] for contrast in expected.values()}


def resampled_quantile(arm: Observations, control: Observations, share: float) -> dict[str, Any]:
    """The reference's bootstrap of a quantile."""
    unresampled = quantile_contrast(arm, control, share)
    known = {key: unresampled.get(key) for key in ("arm_value", "control_value", "estimate", "relative_lift", *COUNTS)}
    known["is_relative_lift_unbounded"] = False
    if unresampled["null_reason"] in {"not_logged", "fewer_than_two_units"}:
        return known
    strata = [
        s
        for s in np.intersect1d(arm.stratum, control.stratum)
        if arm.within(s).is_observed() and control.within(s).is_observed()
    ]
    sides, values = [], []
    for side in (arm, control):
        kept = np.isin(side.stratum, strata)
        unit, first = np.unique(side.unit[kept], return_index=True)
        stratum = side.stratum[kept][first]
        sides.append(Units(unit, np.ones(len(unit)), np.ones(len(unit)), stratum))
        observed = {u: side.value[kept][side.unit[kept] == u] for u in unit}
        values.append([of_unit[~np.isnan(of_unit)] for of_unit in observed.values()])
    shares = stratum_shares(sides[0].stratum, sides[1].stratum)
    figures = bootstrap_figures(
        *(
            quantiles(side, of_side, shares, share, SEED, REPLICATES)
            for side, of_side in zip(sides, values, strict=True)
        )
    )
    return {"unit_count": len(sides[0].unit), "control_unit_count": len(sides[1].unit), **figures}


@pytest.mark.parametrize(("model", "alpha"), [("pooled_means", 0.05), ("means_at_eighty_percent", 0.2)])
def test_an_interval_excludes_zero_exactly_when_p_is_below_alpha(results, model, alpha):
    rows = [row for row in results[model] if row["p_value"] is not None]
    assert {row["p_value"] < alpha for row in rows} == {True, False}
    # At alpha exactly, where a rank further in or out would make the two disagree; and with differences of exactly 0.
    assert any(row["p_value"] == alpha for row in rows)
    assert any(row["estimate"] == 0 or row["estimate_lower"] == 0 or row["estimate_upper"] == 0 for row in rows)
    assert [
        row for row in rows if (row["p_value"] < alpha) == (row["estimate_lower"] <= 0 <= row["estimate_upper"])
    ] == []
    lifts = [row for row in rows if row["relative_lift_lower"] is not None]
    assert [
        row
        for row in lifts
        if (row["p_value"] < alpha) == (row["relative_lift_lower"] <= 0 <= row["relative_lift_upper"])
    ] == []


def test_the_order_of_the_rows_changes_nothing_but_rounding(results):
    key = ["data_set", "metric", "arm"]
    shuffled = {tuple(row[column] for column in key): row for row in results["shuffled_means"]}
    assert len(shuffled) == len(results["pooled_means"])
    for row in results["pooled_means"]:
        other = shuffled[tuple(row[column] for column in key)]
        scale = max(abs(row["arm_value"] or 0), abs(row["control_value"] or 0))
        for figure in ("arm_value", "control_value", "estimate", "estimate_se", "estimate_lower", "estimate_upper"):
            assert (row[figure] is None) == (other[figure] is None)
            assert row[figure] is None or abs(row[figure] - other[figure]) <= 1e-12 * scale


def test_the_bootstrap_agrees_with_the_delta_method_in_a_large_sample(units, results):
    names, frame = units
    rows = frame.filter(data_set=names.index("many units"))
    for metric in ("mean", "ratio"):
        (found,) = [
            row for row in results["pooled_means"] if (row["data_set"], row["metric"]) == (rows["data_set"][0], metric)
        ]
        variance = 0.0
        for units_of_arm in unit_arms(rows, is_ratio=metric == "ratio", is_stratified=False).values():
            y, d = units_of_arm.numerator, units_of_arm.denominator
            residual = (y - y.sum() / d.sum() * d) / d.mean()
            variance += residual.var(ddof=1) / len(y)
        # The standard deviation of 199 replicates is known to a twentieth.
        assert found["estimate_se"] == pytest.approx(sqrt(variance), rel=0.2)


def test_no_figure_is_infinite_or_no_number(results):
    assert [
        (model, column, value)
        for model, rows in results.items()
        for row in rows
        for column, value in row.items()
        if isinstance(value, float) and not isfinite(value)
    ] == []


def test_examples(results):
    (median,) = results["example_of_quantile_estimates"]
    se = (60 - 41) / (2 * stats.norm.isf(0.025))
    assert (median["arm_value"], median["control_value"], median["estimate"]) == (60, 50, 10)
    assert (median["arm_variance"], median["control_variance"]) == pytest.approx((se**2, se**2))
    assert median["degrees_of_freedom"] == pytest.approx(198)

    clicks, ctr = results["example_of_bootstrap_contrasts"]
    assert (ctr["estimate"], ctr["null_reason"]) == (pytest.approx(0.3), "zero_variance")
    assert (clicks["estimate"], clicks["p_value"]) == (pytest.approx(1 - 50.5), 0.02)
    assert clicks["estimate_lower"] < -49.5 < clicks["estimate_upper"] < 0

    (tail,) = results["example_of_bootstrap_quantile_contrasts"]
    assert (tail["arm_value"], tail["control_value"], tail["p_value"]) == (1002, 95, 0.02)
