"""The parts of a change in a ratio: against complex-step derivatives over hundreds of data sets, and a bootstrap."""

from math import sqrt

import numpy as np
import polars as pl
import pytest
from decomposition_reference import decomposition
from scipy import stats
from scratch_project import run_models

TOLERANCE = 1e-9
KEY = ("data_set", "arm", "component", "is_over_all", "stratum")
FIGURES = [
    *("estimate", "estimate_se", "degrees_of_freedom", "estimate_lower", "estimate_upper", "p_value"),
    *("arm_share", "control_share", "arm_value", "control_value"),
]

CALL = """
    {{ feedlift.ratio_decomposition(
        'main.unit_strata', unit='unit', stratum='stratum', keys=['data_set'], is_control="arm = 'control'",
        numerator='y', denominator='d', %s
    ) }}
"""

MODELS = {
    "by_phase": CALL % "phase='phase'",
    "at_eighty_percent": CALL % "confidence_level=0.8",
    # Both tellers answer more of the calls of every hour, and fewer in all: they take the calls of the busy hour.
    "example_of_ratio_decomposition": """
        with agent_hours as (
            select 'present' as arm, unnest([1, 1, 2, 2, 3]) as agent_id,
                unnest(['quiet', 'busy', 'quiet', 'busy', 'quiet']) as hour,
                unnest([80, 3, 82, 2, 0]) as answered, unnest([100, 10, 100, 10, 0]) as calls
            union all
            select 'new' as arm, unnest([4, 4, 5, 5, 6]) as agent_id,
                unnest(['quiet', 'busy', 'quiet', 'busy', 'quiet']) as hour,
                unnest([9, 30, 9, 35, 0]) as answered, unnest([10, 100, 10, 100, 0]) as calls
        ),

        decomposition as (
            {{ feedlift.ratio_decomposition(
                'agent_hours', unit='agent_id', stratum='hour', keys=[], is_control="arm = 'present'",
                numerator='answered', denominator='calls'
            ) }}
        )

        select * from decomposition
    """,
}


def feed(generator, sizes, strata=3, *, shift=0.0, lift=0.0, rate=0.2, scale=1.0, phases=1):
    """Units by strata: most have something in a few strata, many have nothing at all."""
    frames = []
    for arm, size in zip(("treatment", "control"), sizes, strict=True):
        is_treated = arm == "treatment"
        activity = generator.gamma(0.8, 3, size) * (generator.random(size) < 0.7)
        mix = np.exp(np.arange(strata) * (-0.5 + shift * is_treated))
        d = generator.poisson(np.outer(activity, mix / mix.sum()))
        r = np.clip(rate * np.exp(-0.4 * np.arange(strata)) * (1 + lift * is_treated), 0, 1)
        y = generator.binomial(d, r)
        unit, stratum = (index.ravel() for index in np.indices(d.shape))
        phase = generator.integers(0, phases, size) if phases > 1 else np.zeros(size, int)
        frames.append(
            pl.DataFrame(
                {
                    "arm": arm,
                    "unit": [f"{arm}{i}" for i in unit],
                    "stratum": [f"s{i}" for i in stratum],
                    "phase": [f"p{i}" for i in phase[unit]],
                    "y": (y * scale).ravel().astype(float),
                    "d": (d * scale).ravel().astype(float),
                }
            )
        )
    # Rows of zeros are left out but for one per unit.
    rows = pl.concat(frames)
    return rows.filter((pl.col("d") > 0) | (pl.col("stratum") == "s0"))


def data_sets():
    """Data sets by name: of all sizes and mixes, and every kind of degenerate one."""
    generator = np.random.default_rng(1955)
    for _ in range(160):
        sizes = (10 ** generator.uniform(0.4, 2.6, 2)).astype(int)
        yield (
            "usual",
            feed(
                generator,
                sizes,
                generator.integers(1, 9),
                shift=generator.choice([0.0, 0.3, -1.0]),
                lift=generator.choice([0.0, 0.4]),
                rate=generator.choice([0.01, 0.2, 0.9]),
                scale=generator.choice([1.0, 1.0, 1e9, 1e-6]),
                phases=generator.choice([1, 2, 3]),
            ),
        )
    yield "many units", feed(generator, (20_000, 30_000), 4, shift=0.2, lift=0.1, phases=2)
    usual = feed(generator, (200, 100), 4)
    for arm in ("treatment", "control"):
        yield "stratum of one arm", usual.filter(~((pl.col("arm") == arm) & (pl.col("stratum") == "s1")))
    nothing = {"y": pl.lit(0.0), "d": pl.lit(0.0)}
    is_treated = pl.col("arm") == "treatment"
    yield "no strata in common", usual.with_columns(stratum=pl.col("arm") + "_" + pl.col("stratum"))
    yield "empty in both", usual.with_columns(pl.when(pl.col("stratum") != "s2").then(pl.col("y", "d")).otherwise(0.0))
    yield "nothing in one arm", usual.with_columns(pl.when(~is_treated).then(pl.col("y", "d")).otherwise(0.0))
    yield "nothing at all", usual.with_columns(**nothing)
    yield "everything hits", usual.with_columns(y=pl.col("d"))
    yield "nothing hits", usual.with_columns(y=pl.lit(0.0))
    yield "one unit each", feed(generator, (1, 1)).with_columns(y=pl.lit(1.0), d=pl.lit(4.0))
    yield "unknown in one arm", usual.with_columns(y=pl.when(is_treated).then("y"))
    yield "unknown of some", usual.with_columns(y=pl.when(~pl.col("unit").str.ends_with("7")).then("y"))
    more = usual.filter(is_treated).with_columns(arm=pl.lit("other"), y=pl.col("y") / 2)
    once = usual.unique("unit", maintain_order=True)
    yield "values of a billion", once.with_columns(y=pl.lit(generator.normal(1e9, 1, len(once))), d=pl.lit(1.0))
    yield "no control", usual.filter(is_treated)
    yield "arm unknown", usual.with_columns(arm=pl.when(~pl.col("unit").str.ends_with("7")).then("arm"))
    yield "three arms", pl.concat([usual, more])
    yield "split rows", pl.concat([usual, usual.sample(fraction=0.5, seed=1)])
    yield (
        "a phase of one arm",
        usual.with_columns(
            phase=pl.when(is_treated & (pl.col("unit").str.ends_with("1"))).then(pl.lit("p9")).otherwise("phase")
        ),
    )


@pytest.fixture(scope="module")
def unit_strata():
    """The data sets in one table, and their names."""
    names, frames = zip(*data_sets(), strict=True)
    return names, pl.concat(frame.with_columns(data_set=pl.lit(number)) for number, frame in enumerate(frames))


@pytest.fixture(scope="module")
def results(tmp_path_factory, unit_strata):
    """The rows of every model."""
    return run_models(tmp_path_factory.mktemp("decomposition"), MODELS, {"unit_strata": unit_strata[1]})


def samples(frame, arm):
    """Two arms as matrices of units by strata, and the names of the strata."""
    labels = sorted(set(frame["stratum"]))
    sides = []
    for name in (arm, "control"):
        side = frame.filter(arm=name)
        units = sorted(set(side.filter(pl.col("y").is_null() | pl.col("d").is_null())["unit"]))
        side = side.filter(~pl.col("unit").is_in(units))
        units = {unit: row for row, unit in enumerate(sorted(set(side["unit"])))}
        y, d = np.zeros((2, len(units), len(labels)))
        phases = np.empty(len(units), object)
        for unit, stratum, phase, *values in side.select("unit", "stratum", "phase", "y", "d").iter_rows():
            cell = units[unit], labels.index(stratum)
            y[cell] += values[0]
            d[cell] += values[1]
            phases[cell[0]] = phase
        sides.append((y, d, phases))
    return sides, labels


@pytest.fixture(scope="module")
def expected(unit_strata):
    """What the reference says, by the key of a row."""
    rows = {}
    for (number,), frame in unit_strata[1].group_by("data_set"):
        for arm in set(frame["arm"]) - {"control", None}:
            sides, labels = samples(frame, arm)
            if not all(len(side[2]) for side in sides):
                continue
            for row in decomposition(*sides, labels):
                rows[number, arm, row["component"], row["is_over_all"], row["stratum"]] = row
    return rows


def test_effects_and_standard_errors(results, expected, unit_strata):
    got = {tuple(row[column] for column in KEY): row for row in results["by_phase"]}
    unknown = {key: row["null_reason"] for key, row in got.items() if key not in expected}
    assert {(unit_strata[0][number], reason) for (number, *_), reason in unknown.items()} == {
        ("unknown in one arm", "not_logged"),
        ("no control", "no_control"),
        ("arm unknown", "unknown_arm"),
    }
    assert got.keys() - unknown.keys() == expected.keys()
    judged = len(expected)
    assert judged > 2000
    for key, row in expected.items():
        name = unit_strata[0][key[0]], key
        assert got[key]["null_reason"] == row["null_reason"], name
        for column in ("unit_count", "control_unit_count"):
            assert got[key][column] == row[column], name
        for column in FIGURES:
            value = row.get(column)
            value = None if value is not None and np.isnan(value) else value
            assert (got[key][column] is None) == (value is None), (name, column)
            if value is not None:
                # An effect is a difference of shares and ratios; what cancels in a variance is part of its scale.
                se = row.get("estimate_se") or np.inf
                size = max([1, *(abs(got[key][value] or 0) for value in ("arm_value", "control_value"))])
                conditioning = 1 + 1e-6 * row.get("scale", 0) / se**2 + 1e-5 * size / se
                floor = 2e-15 * size if column not in ("estimate_se", "degrees_of_freedom", "p_value") else 0
                assert got[key][column] == pytest.approx(value, rel=TOLERANCE * conditioning, abs=floor), (name, column)


def test_values_far_from_zero_keep_their_variance(results, unit_strata):
    number = unit_strata[0].index("values of a billion")
    (total,) = (row for row in results["by_phase"] if row["data_set"] == number and row["component"] == "total")
    assert total["estimate_se"] == pytest.approx(sqrt(1 / 200 + 1 / 100), rel=0.1)


def test_parts_add_up_to_the_whole(results):
    rows = pl.DataFrame(results["by_phase"], infer_schema_length=None).filter(
        pl.col("estimate").is_not_null(), pl.col("component") != "standardised"
    )
    key = ["data_set", "arm"]
    strata = rows.filter(~pl.col("is_over_all")).group_by(*key, "component").agg(pl.col("estimate").sum())
    over_all = rows.filter(pl.col("is_over_all"))
    joined = strata.join(over_all, on=[*key, "component"], suffix="_over_all")
    assert len(joined) > 300
    scale = pl.max_horizontal(1, pl.col("control_value").abs())
    error = (pl.col("estimate") - pl.col("estimate_over_all")).abs() / scale
    assert joined.select(error.max()).item() < 1e-14
    parts = over_all.with_columns(pl.col("estimate") / scale).pivot("component", index=key, values="estimate")
    assert (parts["rate"] + parts["mix"] - parts["total"]).abs().max() < 1e-14


def test_intervals_follow_the_confidence_level(results):
    rows = [row for row in results["at_eighty_percent"] if row["null_reason"] is None]
    assert len(rows) > 1000
    for row in rows:
        t = stats.t.isf(0.1, row["degrees_of_freedom"])
        assert row["confidence_level"] == 0.8
        assert row["estimate_upper"] - row["estimate"] == pytest.approx(t * row["estimate_se"], rel=1e-9)


def test_standard_errors_are_those_of_resampled_users():
    """The reference, which the macro agrees with, against a bootstrap: a shared mistake in the influence would show."""
    generator = np.random.default_rng(7)
    frame = feed(generator, (15_000, 25_000), 4, shift=0.3, lift=0.3)
    sides, labels = samples(frame, "treatment")
    rows = {(row["component"], row["stratum"]): row for row in decomposition(*sides, labels)}
    replicates: dict[tuple[str, str], list[float]] = {key: [] for key in rows}
    for _ in range(1000):
        totals = []
        for y, d, _phase in sides:
            weights = generator.poisson(1, len(y))
            totals.append((weights @ y, weights @ d))
        (y1, d1), (y0, d0) = totals
        p1, p0, r1, r0 = d1 / d1.sum(), d0 / d0.sum(), y1 / d1, y0 / d0
        centre = (y1.sum() / d1.sum() + y0.sum() / d0.sum()) / 2
        parts = {"rate": (p1 + p0) / 2 * (r1 - r0), "mix": (p1 - p0) * ((r1 + r0) / 2 - centre)}
        for name, part in parts.items():
            replicates[name, "all"].append(part.sum())
            for label, value in zip(labels, part, strict=True):
                replicates[name, label].append(value)
        replicates["standardised", "all"].append((p0 * (r1 - r0)).sum())
        replicates["total", "all"].append(parts["rate"].sum() + parts["mix"].sum())
    for key, values in replicates.items():
        # 1,000 replicates tell a standard deviation to about 2.2 %.
        assert rows[key]["estimate_se"] == pytest.approx(np.std(values), rel=0.1), key


def test_example(results):
    rows = {(row["component"], row["stratum"]): row for row in results["example_of_ratio_decomposition"]}
    total = rows["total", "all"]
    assert total["estimate"] == pytest.approx(83 / 220 - 167 / 220)
    assert rows["rate", "quiet"]["estimate"] > 0
    assert rows["rate", "busy"]["estimate"] > 0
    assert rows["mix", "all"]["estimate"] < total["estimate"] < 0
    assert rows["standardised", "all"]["estimate"] == pytest.approx(
        200 / 220 * (18 / 20 - 162 / 200) + 20 / 220 * (65 / 200 - 5 / 20)
    )
    # Who had no calls counts.
    assert total["unit_count"] == 3
