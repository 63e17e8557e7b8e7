"""Moments by segment, whose parts are merged, against NumPy on the units themselves.

One table has small data sets of every kind in which a merge could go wrong, and large ones that DuckDB aggregates in
buckets, so that the values of segments are merged, too.
"""

import itertools
import math

import numpy as np
import polars as pl
import pytest
from scratch_project import run_models

COLUMNS = {"numerator": "y", "denominator": "d", "numerator_covariate": "x", "denominator_covariate": "w"}
SEGMENTS = ("country", "platform")
# From here on DuckDB aggregates in buckets.
LARGE = 100_000

METRICS = """{
    'ratio': {
        'numerator': 'y', 'denominator': 'd', 'numerator_covariate': 'x', 'denominator_covariate': 'w',
        'covariates': [{'numerator': 'w'}]
    },
    'mean': {'numerator': 'y', 'numerator_covariate': 'x'},
    'bare': {'numerator': 'y'},
}"""

MODELS = {
    "moments": f"""
        {{{{ feedlift.unit_moments(
            'main.units', ['data_set', 'arm'], {METRICS}, center_by=['data_set'], segments={list(SEGMENTS)}
        ) }}}}
    """,
    "moments_of_everyone": f"""
        {{{{ feedlift.unit_moments('main.units', ['data_set', 'arm'], {METRICS}, center_by=['data_set']) }}}}
    """,
    **{
        f"contrasts_of_{moments}": f"""
            {{{{ feedlift.arm_contrasts(
                "(select * from " ~ ref('{moments}') ~ " where {where}) as chosen", ['data_set', 'metric'],
                "arm = 'control'", covariate_count=2
            ) }}}}
        """
        for moments, where in {"moments": "segment = 'all'", "moments_of_everyone": "true"}.items()
    },
}


def data_sets(generator):
    """Per data set its name and its units, of which what is NaN or blank is unknown."""

    def usual(size):
        taste = generator.gamma(0.5, 2.0, size)
        return {
            "arm": generator.choice(["control", "treatment"], size, p=[0.9, 0.1]),
            "segment_country": generator.choice(["AT", "CH", "DE", ""], size, p=[0.5, 0.3, 0.1, 0.1]),
            "segment_platform": generator.choice(["app", "web"], size),
            "y": generator.poisson(taste) * 1.0,
            "d": generator.poisson(4 * taste) * 1.0,
            "x": generator.poisson(taste) * 1.0,
            "w": generator.poisson(3 * taste) * 1.0,
        }

    for size in (400, LARGE):
        units = usual(size)
        is_control = units["arm"] == "control"
        is_first = units["segment_country"] == "AT"
        normal = {column: generator.normal(0, 1, size) for column in COLUMNS.values()}
        yield "usual", units
        yield "mean of a billion", units | {column: values + 1e9 for column, values in normal.items()}
        yield "segments unknown", units | {f"segment_{segment}": np.full(size, "") for segment in SEGMENTS}
        yield "a value per unit", units | {"segment_country": [f"country {i % 400}" for i in range(size)]}
        gaps = {column: np.where(generator.random(size) < 0.2, np.nan, units[column]) for column in COLUMNS.values()}
        yield "values unknown", units | gaps
        yield (
            "values unknown in one country",
            units | {column: np.where(is_first, np.nan, units[column]) for column in "yx"},
        )
        yield "one arm far away", units | {c: values + 1e4 * is_control for c, values in normal.items()}
        yield "one country far away", units | {c: values + 1e6 * is_first for c, values in normal.items()}
        # A tenth is no double: sums of different numbers of tenths are rounded differently.
        tenths = {"y": np.full(size, 0.1), "d": np.full(size, 0.3), "x": np.full(size, 1e9 + 0.1), "w": np.zeros(size)}
        yield "constants", units | tenths
        yield "constants by arm", units | {c: values + 0.7 * is_control for c, values in tenths.items()}
        yield "constants by country", units | {c: values + 0.7 * is_first for c, values in tenths.items()}
        # As many ones as minus ones in every arm and country, and so a mean of exactly zero.
        counts = {c: np.tile(1.0 + units[c][: size // 2], 2) for c in COLUMNS.values()}
        mirrored = {c: np.tile(np.asarray(values)[: size // 2], 2) for c, values in units.items() if c not in counts}
        sign = np.repeat([1.0, -1.0], size // 2)
        yield "mean of zero", mirrored | {c: sign * values for c, values in counts.items()}
        # Three units of a third arm, in a bucket of their own each or not.
        stray = np.where(np.arange(size) < 3, "stray", units["arm"])
        yield "few units", units | {"arm": stray, "segment_country": np.full(size, "AT")}
    out_of_range = usual(400)
    out_of_range["y"][7] = 1e80
    yield "out of range", out_of_range
    yield "one unit", {c: values[:1] for c, values in usual(400).items()}


@pytest.fixture(scope="module")
def units():
    """Every unit of every data set, and the data sets' names."""
    frames, names = [], []
    for number, (name, columns) in enumerate(data_sets(np.random.default_rng(20261122))):
        names.append(name)
        frame = pl.DataFrame(columns).select(pl.lit(number).alias("data_set"), "arm", pl.exclude("arm"))
        frames.append(frame.fill_nan(None).with_columns(pl.col("^segment_.*$").replace("", None)))
    return names, pl.concat(frames)


@pytest.fixture(scope="module")
def results(units, tmp_path_factory):
    return run_models(tmp_path_factory.mktemp("segments"), MODELS, {"units": units[1]})


def reference(units, metric):
    """The moments of some units, and how large what is summed for them is."""
    parts = {part: c for part, c in COLUMNS.items() if metric == "ratio" or part == "numerator"}
    if metric == "mean":
        parts["numerator_covariate"] = "x"
    known = units.drop_nulls(["y", "d"] if metric == "ratio" else ["y"])
    values = {part: known[c].fill_null(0.0).to_numpy() for part, c in parts.items()}
    n = len(known)
    figures = {"unit_count": n, "nonzero_unit_count": int(np.count_nonzero(values["numerator"]))}
    means = {part: math.fsum(v) / n if n else None for part, v in values.items()}
    figures |= {f"{part}_mean": mean for part, mean in means.items()}
    if metric != "ratio" and n > 0:
        figures["denominator_mean"] = 1.0
    if n > 1:
        centred = {part: v - means[part] for part, v in values.items()}
        for a, b in itertools.combinations_with_replacement(values, 2):
            name = f"{a}_variance" if a == b else f"{a}_{b}_covariance"
            figures[name] = (centred[a] @ centred[b] - centred[a].sum() * centred[b].sum() / n) / (n - 1)
        figures["numerator_third_moment"] = np.mean(centred["numerator"] ** 3)
    return figures


def groups(units):
    """Per data set, arm, segment and value its units."""
    for (number, arm), of_arm in units.group_by("data_set", "arm"):
        yield (number, arm, "all", "all"), of_arm
        for segment in SEGMENTS:
            for (value,), of_value in of_arm.group_by(f"segment_{segment}"):
                yield (number, arm, segment, value), of_value


def test_moments_by_segment(results, units):
    names, all_units = units
    rows = {
        tuple(r[k] for k in ("data_set", "arm", "segment", "segment_value", "metric")): r for r in results["moments"]
    }
    assert len(rows) == len(results["moments"])
    centres = all_units.group_by("data_set").agg(pl.col("y", "d", "x", "w").mean())
    centres = {number: dict(zip("ydxw", means, strict=True)) for number, *means in centres.iter_rows()}
    wrong, judged = [], set()
    for key, of_group in groups(all_units):
        name = names[key[0]]
        for metric in ("ratio", "mean", "bare"):
            judged.add((*key, metric))
            row = rows[*key, metric]
            if name == "out of range":
                continue
            wanted = reference(of_group, metric)
            spread = {part: math.sqrt(wanted.get(f"{part}_variance", 0)) for part in COLUMNS}
            # Values are no sharper than the doubles that they are after the pooled mean is taken off.
            distance = {
                part: abs((wanted.get(f"{part}_mean") or 0) - (centres[key[0]][column] or 0))
                for part, column in COLUMNS.items()
            }
            for figure, value in wanted.items():
                got = row[figure]
                if value is None or isinstance(value, int):
                    if got != value:
                        wrong.append((name, *key, metric, figure, value, got))
                    continue
                if figure.endswith("_mean"):
                    allowed = 4e-16 * abs(value) + 1e-16 * spread[figure.removesuffix("_mean")]
                elif figure.endswith("_third_moment"):
                    # Cubes around the pooled mean, and a reference around a mean that is rounded, too.
                    allowed = 4 * np.spacing(abs(wanted["numerator_mean"])) * wanted["numerator_variance"]
                    allowed += 1e-40 + 1e-12 * (of_group["y"] - centres[key[0]]["y"]).abs().max() ** 3
                else:
                    first, second = sides(figure)
                    allowed = 1e-12 * spread[first] * spread[second]
                    allowed += 1e-15 * (spread[first] * distance[second] + spread[second] * distance[first])
                if got is None or not abs(got - value) <= allowed:
                    wrong.append((name, *key, metric, figure, value, got, allowed))
    assert judged == rows.keys()
    assert wrong[:20] == []


def sides(figure):
    """The two variables of a variance or covariance."""
    if figure.endswith("_variance"):
        return [figure.removesuffix("_variance")] * 2
    (pair,) = [(a, b) for a in COLUMNS for b in COLUMNS if figure == f"{a}_{b}_covariance"]
    return pair


def test_what_does_not_vary_has_no_variance(results, units):
    names, _ = units
    judged = 0
    for row in results["moments"]:
        name = names[row["data_set"]]
        is_constant = name in {"constants", "constants by arm"} or (
            name == "constants by country" and row["segment"] == "country"
        )
        if not is_constant or row["unit_count"] < 2:
            continue
        judged += 1
        figures = [c for c in row if c.endswith(("_variance", "_covariance")) and row[c] is not None]
        assert "numerator_variance" in figures
        assert {c: row[c] for c in figures if row[c] != 0} == {}, (name, row["segment"], row["segment_value"])
    assert judged > 100


def test_zeros_and_what_cancels_have_the_mean_zero(results, units):
    names, _ = units
    judged = 0
    for row in results["moments"]:
        name = names[row["data_set"]]
        if name == "mean of zero":
            judged += 1
            assert row["numerator_mean"] == 0
        if name == "constants" and row["metric"] == "ratio":
            judged += 1
            assert row["denominator_covariate_mean"] == 0
    assert judged > 80


def test_what_is_out_of_range_is_unknown(results, units):
    names, _ = units
    rows = [row for row in results["moments"] if names[row["data_set"]] == "out of range"]
    assert {row["numerator_variance"] for row in rows} == {None}
    everyone = [row for row in rows if row["segment"] == "all"]
    assert {row["numerator_mean"] is None for row in everyone} == {True, False}


def test_everyone_is_compared_as_without_segments(results, units):
    names, _ = units
    keys = ("data_set", "metric", "arm", "method")
    rows = {tuple(r[k] for k in keys): r for r in results["contrasts_of_moments"]}
    assert len(rows) == len(results["contrasts_of_moments_of_everyone"])
    compared = 0
    for wanted in results["contrasts_of_moments_of_everyone"]:
        row = rows[tuple(wanted[k] for k in keys)]
        # Ratios of such values, and covariates that are one another's copies, magnify the last digits of the moments.
        if any(word in names[row["data_set"]] for word in ("far away", "billion", "constants")):
            continue
        for figure, value in wanted.items():
            if not isinstance(value, float):
                assert row[figure] == value, (names[row["data_set"]], figure)
                continue
            compared += 1
            scale = wanted["estimate_se"] or 1
            assert row[figure] == pytest.approx(value, rel=1e-9, abs=1e-12 * scale), (
                names[row["data_set"]],
                figure,
            )
    assert compared > 1000
