"""Slopes of units: against NumPy and SciPy, on an example, and for the error rate that another way does not keep."""

import numpy as np
import polars as pl
import pytest
from readout.comparison import differences
from scipy import stats
from scratch_project import run_models

TOLERANCE = 1e-9

# Users with every kind of past in a few settings, on days 3 to 9 of a table that has others, too.
CELLS = 60
FIRST_DAY, DAYS = 3, 7
T = np.arange(FIRST_DAY, FIRST_DAY + DAYS)

# A/A tests, and as many in which the treatment's effect fades.
EXPERIMENTS = 300
USERS = 40
EXPERIMENT_DAYS = 14

MODELS = {
    "slopes": f"""
        {{{{ feedlift.unit_slopes(
            'main.unit_days', keys=['cell', 'unit'], day='day_number',
            metrics={{
                'saves': {{'numerator': 'y'}}, 'doubled': {{'numerator': 'y + y'}},
                'ctr': {{'numerator': 'y', 'denominator': 'd'}}
            }},
            day_count={DAYS}, first_day={FIRST_DAY}, within=['cell']
        ) }}}}
    """,
    "whole": f"""
        {{{{ feedlift.unit_slopes(
            'main.unit_days', ['cell', 'unit'], 'day_number', {{'ctr': {{'numerator': 'y', 'denominator': 'd'}}}},
            {DAYS}, {FIRST_DAY}
        ) }}}}
    """,
    "of_experiments": f"""
        with slopes as (
            {{{{ feedlift.unit_slopes(
                'main.user_days', keys=['is_fading', 'experiment', 'arm', 'unit'], day='day_number',
                metrics={{'y': {{'numerator': 'y'}}, 'rate': {{'numerator': 'y', 'denominator': 'd'}}}},
                day_count={EXPERIMENT_DAYS}, within=['is_fading', 'experiment', 'arm']
            ) }}}}
        ),

        tested as (
            {{{{ feedlift.compare_arms(
                'slopes', arm='arm', control='control', group_by=['is_fading', 'experiment'],
                metrics={{
                    'slope': {{'numerator': 'y_slope'}}, 'ratio': {{'numerator': 'rate_slope'}},
                    'trend': {{'numerator': 'y_slope', 'denominator': 'y_daily_mean'}}
                }}
            ) }}}}
        )

        select * from tested
    """,
    # Two treated users lose a save a day and two in control none.
    "example_of_unit_slopes": """
        with user_days as (
            select
                unnest(['a', 'a', 'b', 'b', 'c', 'd']) as user_id,
                unnest(['treatment', 'treatment', 'treatment', 'treatment', 'control', 'control']) as arm,
                unnest([0, 1, 0, 1, 1, 2]) as day_since_start,
                unnest([2, 1, 4, 2, 0, 0]) as saves
        ),

        slopes as (
            {{ feedlift.unit_slopes(
                'user_days', keys=['user_id', 'arm'], day='day_since_start',
                metrics={'saves': {'numerator': 'saves'}}, day_count=3
            ) }}
        ),

        compared as (
            {{ feedlift.compare_arms(
                'slopes', arm='arm', control='control', metrics={'saves': {'numerator': 'saves_slope'}}
            ) }}
        )

        select * from compared
    """,
}


def unit_days() -> pl.DataFrame:
    """Rows per unit and day: days without one, with several, and out of the line; unknown values; every magnitude."""
    generator = np.random.default_rng(5)
    rows = []
    for cell in range(CELLS):
        level = generator.choice([0, 1, 1e-9, 1e9])
        only_day = generator.integers(T[0], T[-1] + 1) if cell % 10 == 0 else None
        for unit in range(int(generator.choice([1, 2, 5, 40]))):
            for day in generator.integers(FIRST_DAY - 2, FIRST_DAY + DAYS + 2, int(generator.choice([1, 3, 12]))):
                d = generator.integers(0, 9) if only_day in (None, day) else 0
                y = level * d + generator.normal() * (level or 1) * (d > 0)
                is_unknown = generator.random(2) < (0.01 if cell % 3 else 0)
                rows.append((cell, unit, day, None if is_unknown[0] else y, None if is_unknown[1] else float(d)))
    return pl.DataFrame(rows, schema=["cell", "unit", "day_number", "y", "d"], orient="row")


def line(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray:
    """Slope of the weighted least-squares line through ratios of days, the last axis, by its normal equations."""
    s0, s1, s2 = (np.sum((T - T.mean()) ** power * denominators, axis=-1) for power in (0, 1, 2))
    r0, r1 = (np.sum((T - T.mean()) ** power * numerators, axis=-1) for power in (0, 1))
    return (s0 * r1 - s1 * r0) / (s0 * s2 - s1 * s1)


def matrices(rows: pl.DataFrame) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Units, and what they did by day, nan where any of it is unknown."""
    units = sorted(rows["unit"].unique())
    y, d = np.zeros((2, len(units), DAYS))
    for unit, day, y_value, d_value in rows.select("unit", "day_number", "y", "d").iter_rows():
        row = units.index(unit)
        y[row] += np.nan if y_value is None else y_value * (day == T)
        d[row] += np.nan if d_value is None else d_value * (day == T)
    return units, y, d


def reference(rows: pl.DataFrame, *, is_by_cell: bool) -> list[dict]:
    """Slopes by scipy's regression of every user, and for the ratio by an infinitesimal jackknife."""
    expected = []
    for cell, of_cell in rows.group_by("cell") if is_by_cell else [((None,), rows)]:
        units, y, d = matrices(of_cell)
        is_known = ~np.isnan(y).any(1) & ~np.isnan(d).any(1)
        totals = y[is_known].sum(0), d[is_known].sum(0)
        ratio_slopes = np.full(len(units), np.nan)
        if np.count_nonzero(totals[1]) > 1:
            step = 1e-30j
            moved = line(totals[0] + step * y[is_known], totals[1] + step * d[is_known])
            ratio_slopes[is_known] = line(*totals) + is_known.sum() * np.imag(moved) / 1e-30
        for unit, values, denominators, ratio_slope in zip(units, y, d, ratio_slopes, strict=True):
            is_unknown = np.isnan(values).any()
            expected.append(
                {
                    "cell": cell[0],
                    "unit": unit,
                    "saves_slope": None if is_unknown else stats.linregress(T, values).slope,
                    "saves_daily_mean": None if is_unknown else values.mean(),
                    "ctr_slope": None if np.isnan(ratio_slope) else ratio_slope,
                    "ctr_denominator_daily_mean": None if np.isnan(denominators).any() else denominators.mean(),
                }
            )
    return expected


@pytest.fixture(scope="module")
def given():
    """The table of units and days."""
    return unit_days()


@pytest.fixture(scope="module")
def experiments():
    """What users of experiments did on every day, an array of experiments by arms by users by days, and how often.

    Users come and go: a user's taste drifts from day to day, so that days of one user are alike.
    """
    generator = np.random.default_rng(8)
    shape = (2, EXPERIMENTS, 2, USERS, EXPERIMENT_DAYS)
    taste = np.exp(np.cumsum(generator.normal(0, 0.25, shape), axis=-1) + generator.normal(0, 0.5, (*shape[:-1], 1)))
    d = generator.poisson(3 * taste)
    lift = np.zeros(shape)
    # In the second half of the experiments the treatment doubles what is done, and the surplus halves every 4 days.
    lift[1, :, 1] = 2.0 ** (-np.arange(EXPERIMENT_DAYS) / 4)
    return generator.binomial(d, 0.25 * (1 + lift)), d


@pytest.fixture(scope="module")
def results(given, experiments, tmp_path_factory):
    """The rows of all models."""
    y, d = experiments
    fading, experiment, arm, unit, day = (axis.ravel() for axis in np.indices(y.shape, dtype=np.int32))
    # Days on which nothing was done have no row, but for the first.
    kept = (d.ravel() > 0) | (day == 0)
    user_days = pl.DataFrame(
        {
            "is_fading": fading[kept] == 1,
            "experiment": experiment[kept],
            "arm": np.array(["control", "treatment"])[arm[kept]],
            "unit": unit[kept],
            "day_number": day[kept],
            "y": y.ravel()[kept],
            "d": d.ravel()[kept],
        }
    )
    tables = {"unit_days": given, "user_days": user_days}
    return run_models(tmp_path_factory.mktemp("slopes"), MODELS, tables)


def scaled(rows: list[dict], given: pl.DataFrame) -> pl.DataFrame:
    """Slopes in units of the largest value of their cell: near a mean of 1e9 a slope of 0 has lost nine digits."""
    sizes = given.group_by("cell").agg(size=pl.col("y").abs().max().fill_null(1).clip(1e-12))
    frame = pl.DataFrame(rows, infer_schema_length=None)
    slopes = [name for name in frame.columns if name not in ("cell", "unit")]
    joined = frame.join(sizes, on="cell", how="left").with_columns(pl.col("size").fill_null(given["y"].abs().max()))
    return joined.select("cell", "unit", *(pl.col(name) / pl.col("size") for name in slopes))


def test_against_scipy_and_a_jackknife(given, results):
    expected = scaled(reference(given, is_by_cell=True), given)
    actual = scaled(results["slopes"], given)
    for column in ("saves_slope", "ctr_slope"):
        assert 0 < expected[column].null_count() < len(expected) / 2
        assert expected[column].drop_nulls().n_unique() > 300
    assert differences(expected, actual, ["cell", "unit"], TOLERANCE, floor=1e-12) == []
    doubled = actual.select("cell", "unit", saves_slope=pl.col("doubled_slope") / 2)
    assert differences(actual.select("cell", "unit", "saves_slope"), doubled, ["cell", "unit"], 1e-14) == []


def test_the_mean_of_a_ratio_s_figures_is_the_weighted_least_squares_slope(given, results):
    slopes = pl.DataFrame(results["slopes"], infer_schema_length=None)
    compared = 0
    for (cell,), rows in given.group_by("cell"):
        known = slopes.filter(pl.col("cell") == cell).drop_nulls("ctr_slope")
        if known.is_empty():
            continue
        units, y, d = matrices(rows)
        is_known = np.isin(units, known["unit"].to_numpy())
        totals = y[is_known].sum(0), d[is_known].sum(0)
        has_any = totals[1] > 0
        fit = np.polyfit(
            T[has_any] - T.mean(), totals[0][has_any] / totals[1][has_any], 1, w=np.sqrt(totals[1][has_any])
        )
        assert known["ctr_slope"].mean() == pytest.approx(fit[0], rel=1e-9, abs=1e-9 * abs(fit[1]))
        compared += 1
    assert compared > CELLS / 2


def test_without_cells_one_line_goes_through_all(given, results):
    within_all = given.with_columns(unit=pl.col("cell") * 1000 + pl.col("unit"))
    expected = pl.DataFrame(reference(within_all, is_by_cell=False), infer_schema_length=None)
    actual = pl.DataFrame(results["whole"], infer_schema_length=None).select(
        unit=pl.col("cell") * 1000 + pl.col("unit"), ctr_slope="ctr_slope"
    )
    scale = expected["ctr_slope"].abs().max()
    expected, actual = (rows.with_columns(pl.col("ctr_slope") / scale) for rows in (expected, actual))
    assert differences(expected.select("unit", "ctr_slope"), actual, ["unit"], TOLERANCE, floor=1e-12) == []


def test_documented_example(results):
    (row,) = results["example_of_unit_slopes"]
    slopes = [stats.linregress([0, 1, 2], values).slope for values in ([2, 1, 0], [4, 2, 0])]
    assert row["estimate"] == pytest.approx(np.mean(slopes), rel=1e-12) == -1.5
    assert row["estimate_se"] == pytest.approx(np.std(slopes, ddof=1) / np.sqrt(2), rel=1e-12)


def share_rejected(results, metric, *, is_fading):
    """How many of the experiments have p < .05."""
    rows = [row for row in results["of_experiments"] if row["metric"] == metric and row["is_fading"] == is_fading]
    assert len(rows) == EXPERIMENTS
    return sum(row["p_value"] < 0.05 for row in rows)


@pytest.mark.parametrize("metric", ["slope", "ratio", "trend"])
def test_true_nulls_are_rejected_as_often_as_promised_and_fading_effects_found(results, metric):
    lower, upper = stats.binom.ppf([0.0005, 0.9995], EXPERIMENTS, 0.05)
    assert lower <= share_rejected(results, metric, is_fading=False) <= upper
    assert share_rejected(results, metric, is_fading=True) > 2 * upper


def test_least_squares_on_the_effects_of_days_rejects_true_nulls(experiments):
    """Days share their users, so that their errors come in runs, which look like trends."""
    y = experiments[0][0]
    effects = y[:, 1].mean(1) - y[:, 0].mean(1)
    rejected = sum(stats.linregress(np.arange(EXPERIMENT_DAYS), effect).pvalue < 0.05 for effect in effects)
    assert rejected > 0.2 * EXPERIMENTS
