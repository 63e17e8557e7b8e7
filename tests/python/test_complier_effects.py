"""The effect on compliers, against NumPy's covariance matrices and polynomial roots, over hundreds of data sets."""

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scratch_project import run_models

TOLERANCE = 1e-9

METRICS = "{'saves': {'numerator': 'y'}, 'saver_rate': {'numerator': 'case when y > 3 then 1 when y <= 3 then 0 end'}}"

MODELS = {
    "effects": f"""
        {{{{ feedlift.complier_effects(
            'main.units', arm='arm', control='control', metrics={METRICS}, received='received', group_by=['data_set']
        ) }}}}
    """,
    "effects_at_eighty_percent": f"""
        {{{{ feedlift.complier_effects(
            'main.units', arm="upper(arm)", control='CONTROL', metrics={METRICS}, received='received * 1',
            group_by=['data_set'], confidence_level=0.8
        ) }}}}
    """,
    "moments": """
        {{ feedlift.unit_moments(
            'main.units', ['data_set', 'arm', 'stratum'], {'saves': {'numerator': 'y', 'denominator': 'received'}},
            center_by=['data_set']
        ) }}
    """,
    "post_stratified": """
        {{ feedlift.complier_contrasts(
            ref('moments'), keys=['data_set', 'metric'], is_control="arm = 'control'", stratum='stratum'
        ) }}
    """,
    "intention_to_treat": f"""
        {{{{ feedlift.compare_arms(
            'main.units', arm='arm', control='control', metrics={METRICS}, group_by=['data_set']
        ) }}}}
    """,
    # Of ten who were sent a message five opened it, and saved 2 more: 4 more for each who opened.
    "example_of_complier_effects": """
        with users as (
            select 'messages' as arm, unnest([1, 1, 1, 1, 1, 0, 0, 0, 0, 0]) as opened,
                unnest([6, 7, 8, 6, 8, 2, 1, 3, 2, 2]) as saves
            union all
            select 'control' as arm, unnest([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) as opened,
                unnest([2, 3, 4, 2, 4, 2, 1, 3, 2, 2]) as saves
        ),

        effects as (
            {{ feedlift.complier_effects(
                'users', arm='arm', control='control', received='opened', metrics={'saves': {'numerator': 'saves'}}
            ) }}
        )

        select * from effects
    """,
    "example_of_ratio_interval": """
        select
            {{ feedlift.ratio_interval('lower', '2', '0.25', '-4', '1', '1.96', '0.1') }} as lower_end,
            {{ feedlift.ratio_interval('upper', '2', '0.25', '-4', '1', '1.96', '0.1') }} as upper_end,
            {{ feedlift.ratio_interval('upper', '2', '0.25', '1', '1', '1.96', '0.1') }} as upper_end_of_unbounded
    """,
}


def users(generator, n1, n0, share, leak=0.0, effect=1.0, kind="feed"):
    """Users of whom a share receives what they are assigned to, and who differ from the others."""
    is_treated = np.repeat([True, False], [n1, n0])
    is_complier = generator.random(n1 + n0) < share
    is_taker = generator.random(n1 + n0) < leak
    received = np.where(is_treated, is_complier | is_taker, is_taker)
    if kind == "feed":
        y = generator.poisson(2.0 + is_complier + effect * received).astype(float)
    else:
        mean, sd = (1e9, 1.0) if kind == "billion" else (0.0, 1e-6)
        y = mean + sd * generator.normal(is_complier + effect * received, 1)
    return pl.DataFrame(
        {
            "arm": np.where(is_treated, "treatment", "control"),
            "received": received.astype(float),
            "y": y,
            "stratum": np.where(generator.random(n1 + n0) < np.where(is_treated, 0.3, 0.6), "a", "b"),
        }
    )


def data_sets():
    """Data sets by name: of all sizes and shares of compliers, and every kind of degenerate one."""
    generator = np.random.default_rng(1996)
    for _ in range(300):
        n1, n0 = (10 ** generator.uniform(0.5, 2.7, 2)).astype(int)
        share = generator.choice([0.02, 0.2, 0.5, 0.9, 1.0])
        leak = generator.choice([0.0, 0.0, 0.1])
        effect = generator.choice([-1.5, 0.0, 0.5, 3.0])
        yield "usual", users(generator, n1, n0, share, leak, effect, generator.choice(["feed", "feed", "tiny"]))
    for _ in range(5):
        yield "mean of a billion", users(generator, 300, 200, 0.6, kind="billion")
    yield "many users", users(generator, 50_000, 50_000, 0.3)
    # Unknown for everyone in one arm, for some.
    for column in ("y", "received"):
        for unknown in (pl.col("arm") == "treatment", pl.col("stratum") == "a"):
            frame = users(generator, 100, 100, 0.5)
            yield "unknown", frame.with_columns(pl.when(~unknown).then(column).alias(column))
    nobody = users(generator, 50, 50, 0.0)
    yield "nobody received", nobody
    yield "nobody received and no variance", nobody.with_columns(y=pl.lit(2.0))
    yield "no variance", users(generator, 50, 50, 0.5).with_columns(y=pl.lit(2.0))
    yield "outcome is receipt", users(generator, 50, 50, 0.5).with_columns(y=pl.col("received") * 7)
    yield "treatment repels", users(generator, 400, 400, 0.5).with_columns(received=1 - pl.col("received"))
    yield "one unit", users(generator, 1, 50, 0.5)
    yield "one unit each", users(generator, 1, 1, 1.0)
    # Three arms.
    pair = users(generator, 200, 300, 0.4)
    more = users(generator, 250, 0, 0.8, effect=2.0).with_columns(arm=pl.lit("other"))
    yield "three arms", pl.concat([pair, more])
    everybody = users(generator, 400, 400, 0.5)
    in_one_arm = (pl.col("arm") == "treatment") & (pl.col("stratum") == "a")
    yield "unknown in a stratum of one arm", everybody.with_columns(y=pl.when(~in_one_arm).then("y"))
    number = pl.int_range(pl.len())
    for count in (99, 100):
        yield f"{count} received", everybody.with_columns(received=(number < count).cast(pl.Float64))


@pytest.fixture(scope="module")
def units():
    """The data sets in one table, and their names."""
    names, frames = zip(*data_sets(), strict=True)
    return names, pl.concat(frame.with_columns(data_set=pl.lit(number)) for number, frame in enumerate(frames))


@pytest.fixture(scope="module")
def results(tmp_path_factory, units):
    """The rows of every model."""
    return run_models(tmp_path_factory.mktemp("compliers"), MODELS, {"units": units[1]})


def moments_of_differences(treated, control, column):
    """Differences of outcome and receipt, their covariance matrix, and the degrees of freedom of the outcome's test."""
    strata = sorted(set(treated["stratum"]) & set(control["stratum"]))
    sizes = {s: [len(side.filter(stratum=s)) for side in (treated, control)] for s in strata}
    total = sum(map(sum, sizes.values()))
    differences, matrix, parts = np.zeros(2), np.zeros((2, 2)), []
    for stratum in strata:
        weight = sum(sizes[stratum]) / total
        for side, sign in ((treated, 1), (control, -1)):
            values = side.filter(stratum=stratum).select(column, "received").to_numpy().T
            differences += sign * weight * values.mean(axis=1)
            n = values.shape[1]
            part = weight**2 * np.cov(values) / n
            matrix += part
            parts.append(part[0, 0] ** 2 / (n - 1))
    return differences, matrix, matrix[0, 0] ** 2 / sum(parts)


@pytest.mark.parametrize("model", ["effects", "effects_at_eighty_percent", "post_stratified"])
def test_wald_estimate_with_its_standard_error_and_the_interval_of_anderson_and_rubin(results, units, model):
    names, frame = units
    frame = frame.with_columns(
        saves=pl.col("y"), saver_rate=pl.when(pl.col("y") > 3).then(1.0).when(pl.col("y") <= 3).then(0.0)
    ).drop_nulls(["y", "received"])
    if model != "post_stratified":
        frame = frame.with_columns(stratum=pl.lit("all"))
    by_arm = frame.partition_by(["data_set", "arm"], as_dict=True)
    level = 0.8 if model == "effects_at_eighty_percent" else 0.95
    judged = unbounded = 0
    for row in results[model]:
        if row["null_reason"]:
            continue
        sides = [by_arm[row["data_set"], arm] for arm in (row["arm"].lower(), "control")]
        (dy, dd), matrix, degrees = moments_of_differences(*sides, row["metric"])
        t = stats.t.isf((1 - level) / 2, degrees)
        name = (names[row["data_set"]], row["data_set"], row["metric"])
        tau = dy / dd
        se = np.sqrt(max(np.array([1, -tau]) @ matrix @ np.array([1, -tau]), 0)) / abs(dd)
        # What NumPy's own means leave at a billion.
        noise = 1e-15 * np.abs(sides[1][row["metric"]]).max()
        assert row["complier_effect"] == pytest.approx(tau, rel=TOLERANCE, abs=8 * noise / abs(dd)), name
        rounding = 1e-7 * np.sqrt(matrix[0, 0]) / abs(dd) if name[0] == "outcome is receipt" else 10 * noise
        assert row["complier_effect_se"] == pytest.approx(se, rel=TOLERANCE, abs=rounding), name
        assert row["confidence_level"] == level
        is_bounded = dd**2 > t**2 * matrix[1, 1]
        unbounded += not is_bounded
        assert row["is_complier_effect_unbounded"] == (not is_bounded), name
        assert (row["complier_effect_lower"] is not None) == (row["complier_effect_upper"] is not None) == is_bounded
        if is_bounded:
            # The roots in tau of (dy - tau dD)^2 = t^2 V(dy - tau dD), from an eigenvalue solver.
            scale = np.sqrt(matrix[0, 0]) + abs(dy)
            y, v, c = dy / scale, matrix[0, 0] / scale**2, matrix[0, 1] / scale
            ends = scale * np.sort(
                np.roots([dd**2 - t**2 * matrix[1, 1], -2 * (dd * y - t**2 * c), y**2 - t**2 * v]).real
            )
            width = ends[1] - ends[0]
            got = row["complier_effect_lower"], row["complier_effect_upper"]
            closeness = dd**2 / (dd**2 - t**2 * matrix[1, 1])
            allowed = 1e-9 * width * (1 + 1e-3 * closeness) + 10 * noise * closeness / abs(dd) + 1e-14 * scale
            allowed += 1e-7 * abs(tau) if name[0] == "outcome is receipt" else 0
            assert np.abs(np.array(got) - ends).max() <= allowed, (name, got, ends)
        judged += 1
    assert judged > 200
    assert unbounded > 20


def test_the_interval_excludes_zero_exactly_when_intention_to_treat_rejects(results):
    outcomes = set()
    for model in ("effects", "effects_at_eighty_percent", "post_stratified"):
        for row in results[model]:
            if row["complier_effect_lower"] is None:
                continue
            is_significant = row["p_value"] < 1 - row["confidence_level"]
            excludes = not row["complier_effect_lower"] <= 0 <= row["complier_effect_upper"]
            excludes_itt = not row["itt_estimate_lower"] <= 0 <= row["itt_estimate_upper"]
            assert excludes == is_significant == excludes_itt, row
            outcomes.add((model, is_significant))
    assert len(outcomes) == 6


def test_intention_to_treat_is_that_of_the_comparison_of_arms(results):
    plain = {(row["data_set"], row["metric"], row["arm"]): row for row in results["intention_to_treat"]}
    names = {
        "itt_estimate": "estimate",
        "itt_estimate_se": "estimate_se",
        "itt_estimate_lower": "estimate_lower",
        "itt_estimate_upper": "estimate_upper",
        **{name: name for name in ("p_value", "degrees_of_freedom", "arm_value", "control_value", "unit_count")},
    }
    judged = 0
    for row in results["effects"]:
        other = plain[row["data_set"], row["metric"], row["arm"]]
        if row["unit_count"] != other["unit_count"] or row["control_unit_count"] != other["control_unit_count"]:
            # Whether they received is unknown of some.
            continue
        for mine, theirs in names.items():
            assert (row[mine] is None) == (other[theirs] is None)
            if row[mine] is not None:
                # Two queries may add up in two orders: values of a billion are good to their last digits.
                rounding = 1e-14 * (abs(row["arm_value"] or 0) + abs(row["control_value"] or 0))
                assert row[mine] == pytest.approx(other[theirs], rel=1e-9, abs=rounding), (row["data_set"], mine)
        judged += 1
    assert judged > 400


def test_receipt_rates(results, units):
    rates = {
        key: (rate, n)
        for *key, rate, n in units[1]
        .drop_nulls(["y", "received"])
        .group_by("data_set", "arm")
        .agg(pl.col("received").mean(), pl.len())
        .iter_rows()
        for key in [tuple(key)]
    }
    for row in results["effects"]:
        if row["null_reason"] == "not_logged":
            continue
        for column, arm, count in (
            ("arm_receipt_rate", row["arm"], "unit_count"),
            ("control_receipt_rate", "control", "control_unit_count"),
        ):
            rate, n = rates[row["data_set"], arm]
            assert (row[column], row[count]) == (pytest.approx(rate, rel=1e-12, abs=1e-15), n)
        if rates[row["data_set"], row["arm"]][0] * row["unit_count"] < 99.5:
            assert row["approximation_quality"] != "good"
        if rates[row["data_set"], row["arm"]][0] * row["unit_count"] < 19.5:
            assert row["approximation_quality"] in ("poor", "unknown")
    assert {row["approximation_quality"] for row in results["effects"]} == {"good", "doubtful", "poor", "unknown"}
    of_some = {
        units[0][row["data_set"]]: row["approximation_quality"]
        for row in results["effects"]
        if row["metric"] == "saves"
    }
    assert (of_some["99 received"], of_some["100 received"]) == ("doubtful", "good")


def test_everybody_receiving_is_intention_to_treat(results):
    full = 0
    for row in results["effects"]:
        if row["null_reason"] is None and (row["arm_receipt_rate"], row["control_receipt_rate"]) == (1, 0):
            for end in ("", "_se", "_lower", "_upper"):
                assert row[f"complier_effect{end}"] == pytest.approx(row[f"itt_estimate{end}"], rel=1e-9, abs=1e-20)
            full += 1
    assert full > 10


def test_reasons(results, units):
    names = units[0]
    reasons = {}
    for row in results["effects"]:
        if row["metric"] == "saves":
            reasons.setdefault(names[row["data_set"]], set()).add(row["null_reason"])
        figures = [row[f"complier_effect{end}"] for end in ("_se", "_lower", "_upper")]
        assert all(figure is None or np.isfinite(figure) for figure in figures)
        if row["null_reason"]:
            assert figures == [None] * 3
            assert not row["is_complier_effect_unbounded"]
    assert reasons["nobody received"] == {"no_difference_in_receipt"}
    assert reasons["nobody received and no variance"] == reasons["no variance"] == {"zero_variance"}
    assert reasons["one unit"] == reasons["one unit each"] == {"fewer_than_two_units"}
    assert reasons["unknown"] == {"not_logged", None}
    assert reasons["three arms"] == reasons["treatment repels"] == reasons["outcome is receipt"] == {None}
    (nobody,) = (
        row for row in results["effects"] if names[row["data_set"]] == "nobody received" and row["metric"] == "saves"
    )
    assert nobody["complier_effect"] is None
    assert nobody["itt_estimate_se"] > 0


def test_examples(results):
    (messages,) = results["example_of_complier_effects"]
    assert messages["itt_estimate"] == pytest.approx(2)
    assert messages["arm_receipt_rate"] == pytest.approx(0.5)
    assert messages["control_receipt_rate"] == 0
    assert messages["complier_effect"] == pytest.approx(4)
    assert messages["complier_effect_lower"] < 4 < messages["complier_effect_upper"]

    (interval,) = results["example_of_ratio_interval"]
    for end in (interval["lower_end"], interval["upper_end"]):
        assert (2 + 4 * end) ** 2 == pytest.approx(1.96**2 * (0.25 - 2 * 0.1 * end + end**2))
    assert interval["lower_end"] < 2 / -4 < interval["upper_end"]
    assert interval["upper_end_of_unbounded"] is None
