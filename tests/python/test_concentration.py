"""Concentration over entities: against NumPy, on textbook examples, and for its error rate in arms of unequal size."""

import numpy as np
import polars as pl
import pytest
from concentration_reference import MEASURES, Side, concentration_contrasts, gini_scores, top_scores
from readout.comparison import differences
from scipy import stats
from scratch_project import run_models

TOLERANCE = 1e-9
TABLES = 600
COMPARISONS = 60
EXPERIMENTS = 200

COMPARED = [
    *("unit_count", "control_unit_count", "null_reason", "approximation_quality"),
    *("arm_value", "control_value", "estimate", "estimate_lower", "estimate_upper", "p_value"),
    *("relative_lift", "relative_lift_lower", "relative_lift_upper", "entity_count", "top_entity_count"),
    *("observation_count", "control_observation_count", "shown_entity_count", "control_shown_entity_count"),
]

MODELS = {
    "measured": """
        {{ feedlift.concentration('main.amounts', ['number', 'part'], 'entity', 'amount', 'existing', 0.1) }}
    """,
    "compared": """
        with estimates as (
            {{ feedlift.concentration_estimates(
                'main.observations', unit='unit', entity='seen', keys=['number'], is_control="arm = 'control'",
                stratum='phase', top_share=0.1
            ) }}
        ),

        tested as (
            {{ feedlift.contrast_tests('estimates') }}
        )

        select * from tested
    """,
    "alike": """
        with estimates as (
            {{ feedlift.concentration_estimates(
                'main.seen_by_alike', unit='unit', entity='seen', keys=['experiment'], is_control="arm = 'control'"
            ) }}
        ),

        tested as (
            {{ feedlift.contrast_tests('estimates') }}
        )

        select * from tested
    """,
    "plain": """
        with counts as (
            select experiment, arm, seen, count(*) as impressions
            from main.seen_by_alike
            where seen is not null
            group by experiment, arm, seen
        ),

        measured as (
            {{ feedlift.concentration('counts', ['experiment', 'arm'], 'seen', 'impressions', 60) }}
        )

        select * from measured
    """,
    "without_control": """
        {{ feedlift.concentration_estimates(
            "(select case when arm = 'other' then null else arm end as arm, unit, seen from main.observations"
            " where number = 0) as observed", unit='unit', entity='seen', keys=[], is_control="arm = 'contrl'"
        ) }}
    """,
    # The shares 0.5, 0.3, 0.2 of three creators, of ten that there are.
    "example_of_concentration": """
        with creators as (
            select
                unnest(['a', 'b', 'c']) as creator,
                unnest([5, 3, 2]) as impressions
        ),

        measured as (
            {{ feedlift.concentration('creators', [], 'creator', 'impressions', entity_count=10, top_share=0.1) }}
        )

        select * from measured
    """,
    # Two users of treatment see the same creator, two of control different ones.
    "example_of_concentration_estimates": """
        with impressions as (
            select
                unnest(['control', 'control', 'treatment', 'treatment', 'treatment']) as arm,
                unnest([1, 2, 3, 4, 5]) as user_id,
                unnest(['a', 'b', 'a', 'a', 'b']) as creator
        ),

        estimates as (
            {{ feedlift.concentration_estimates(
                'impressions', unit='user_id', entity='creator', keys=[], is_control="arm = 'control'"
            ) }}
        )

        select * from estimates
    """,
}


def amounts() -> list[dict]:
    """Tables of entities: one and hundreds, with ties, zeros, billionths and billions, and what cannot be used."""
    generator = np.random.default_rng(5)
    rows = []
    for number in range(TABLES):
        size = int(generator.choice([1, 2, 3, 10, 200]))
        unit = generator.choice([1, 1, 1e9, 1e-9])
        values = np.floor(generator.pareto(generator.choice([0.5, 1, 5]), size) * generator.choice([1, 3, 1000])) * unit
        existing = generator.choice([None, 0, size, size + 1, 10 * size])
        if number % 100 == 7:
            values[:] = 0
        of_table = [None if number % 100 == 8 else value for value in values]
        if number % 100 == 9:
            of_table[0] = [None, -1.0, np.nan, 1e71, np.inf][number // 100 % 5]
        for place, value in enumerate(of_table):
            row = {"number": number, "part": None if number % 3 else "a", "entity": f"e{place}", "existing": existing}
            # Some entities have their amount in two rows.
            halves = [value / 2, value / 2] if place % 4 == 1 and value else [value]
            rows += [row | {"amount": half} for half in halves]
    return rows


def observations(sizes, strata, entities, generator, depth=3.0, loyalty=0.3) -> list[dict]:
    """What the users of arms see: popular entities more often, and some of them again and again."""
    popularity = 1 / np.arange(1, entities + 1) ** 0.7
    rows = []
    for arm, size in sizes.items():
        for unit in range(size):
            row = {"arm": arm, "unit": f"{arm[0]}{unit}", "phase": str(unit * strata // size)}
            count = generator.poisson(generator.lognormal(np.log(depth), 0.9))
            seen = generator.choice(entities, count + 1, p=popularity / popularity.sum())
            seen = np.where(generator.random(count + 1) < loyalty, seen[-1], seen)[:-1]
            rows += [row | {"seen": f"e{entity:03}"} for entity in seen] or [row | {"seen": None}]
    return rows


@pytest.fixture(scope="module")
def given():
    """The tables that the models read."""
    generator = np.random.default_rng(17)
    compared = []
    for number in range(COMPARISONS):
        sizes = {arm: int(generator.choice([1, 2, 5, 30, 80])) for arm in ("control", "treatment", "other")}
        strata = int(generator.choice([1, 1, 2, 3]))
        rows = observations(sizes, strata, int(generator.choice([1, 3, 40])), generator, generator.choice([0.3, 3.0]))
        compared += [{"number": number} | row for row in rows]
    # Nothing differs but how many users an arm has.
    alike = [
        {"experiment": experiment} | row
        for experiment in range(EXPERIMENTS)
        for row in observations({"control": 240, "treatment": 60}, 1, 60, generator)
    ]
    frames = {"amounts": amounts(), "observations": compared, "seen_by_alike": alike}
    return {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in frames.items()}


@pytest.fixture(scope="module")
def results(given, tmp_path_factory):
    """The rows of all models."""
    found = run_models(tmp_path_factory.mktemp("concentration"), MODELS, given)
    return {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in found.items()}


def test_against_differences_of_all_pairs(given, results):
    expected = []
    for (number, part), table in given["amounts"].group_by("number", "part", maintain_order=True):
        values = table["amount"].to_list()
        existing = table["existing"][0] or 0
        sums = table.group_by("entity").agg(pl.col("amount").sum())["amount"].to_numpy()
        size = max(len(sums), existing)
        row = {"number": number, "part": part, "entity_count": size}
        if any(value is None or not 0 <= value <= 1e70 for value in values):
            expected.append(row | {"null_reason": "unusable_amount"})
            continue
        counts = np.concatenate([sums, np.zeros(int(size - len(sums)))])
        total = counts.sum()
        row |= {"nonzero_entity_count": (counts > 0).sum(), "total_amount": total}
        if total > 1:
            row["unbiased_herfindahl_hirschman_index"] = (counts * (counts - 1)).sum() / (total * (total - 1))
        if not total:
            expected.append(row | {"null_reason": "zero_total"})
            continue
        top = np.sort(counts)[::-1][: -(-size // 10)]
        expected.append(
            row
            | {
                "gini": np.abs(counts[:, None] - counts).sum() / (2 * size * total),
                "herfindahl_hirschman_index": ((counts / total) ** 2).sum(),
                "top_share": top.sum() / total,
            }
        )
    wanted = pl.DataFrame(expected, infer_schema_length=None)
    assert set(wanted["null_reason"]) == {None, "unusable_amount", "zero_total"}
    assert wanted["gini"].drop_nulls().is_between(0.1, 0.9).sum() > 200
    known = wanted.filter(pl.col("null_reason").is_null())
    unknown = wanted.filter(pl.col("null_reason").is_not_null()).select(
        "number", "part", "entity_count", "gini", "herfindahl_hirschman_index", "top_share", "null_reason"
    )
    key = ["number", "part"]
    got = results["measured"]
    assert differences(known, got.filter(pl.col("null_reason").is_null()), key, TOLERANCE, floor=1e-12) == []
    assert differences(unknown, got.filter(pl.col("null_reason").is_not_null()), key, TOLERANCE) == []


def sides_of(table):
    """Every arm of a comparison."""
    found = {}
    for (arm,), rows in table.group_by("arm"):
        units = rows.group_by("unit", "phase").agg(pl.col("seen").drop_nulls().sort()).sort("unit")
        found[arm] = Side(units["unit"].to_list(), units["phase"].to_numpy(), units["seen"].to_list())
    return found


def test_estimates_against_matrices(given, results):
    expected = []
    for (number,), table in given["observations"].group_by("number"):
        sides = sides_of(table)
        universe = sorted(table["seen"].drop_nulls().unique())
        for arm in ("treatment", "other"):
            if not set(sides[arm].stratum) & set(sides["control"].stratum) or not universe:
                continue
            found = concentration_contrasts(sides[arm], sides["control"], universe, 0.1)
            expected += [{"number": number, "arm": arm, "measure": name} | row for name, row in found.items()]
    wanted = pl.DataFrame(expected, infer_schema_length=None).fill_nan(None)
    assert wanted["null_reason"].null_count() > COMPARISONS
    assert wanted["null_reason"].n_unique() > 2
    key = ["number", "arm", "measure"]
    got = results["compared"].join(wanted.select(key), on=key, how="semi")
    assert differences(wanted.select(*key, *COMPARED), got, key, TOLERANCE, floor=1e-11) == []
    errors = wanted.filter(pl.col("null_reason").is_null()).select(*key, "estimate_se", "degrees_of_freedom")
    tested = got.filter(pl.col("null_reason").is_null())
    assert differences(errors, tested, key, TOLERANCE, floor=1e-14) == []


def test_the_index_is_the_chance_that_two_units_meet():
    generator = np.random.default_rng(2)
    counts = generator.poisson(1.0, (7, 4))
    side = Side(list(range(7)), np.array(list("aaabbbb")), [list(np.repeat(range(4), row)) for row in counts])
    other = Side([9, 8, 7], np.array(list("abb")), [[0, 1], [1], [2, 2, 3]])
    # A user of phase a stands for 4 / 3 users, one of phase b for 6 / 4.
    weight = np.array([4 / 3] * 3 + [6 / 4] * 4)
    pairs = [
        (weight[i] * weight[j] * counts[i] @ counts[j], weight[i] * weight[j] * counts[i].sum() * counts[j].sum())
        for i in range(7)
        for j in range(7)
        if i != j
    ]
    found = concentration_contrasts(side, other, [0, 1, 2, 3], 0.25)["herfindahl_hirschman_index"]
    assert found["arm_value"] == pytest.approx(sum(same for same, _ in pairs) / sum(total for _, total in pairs))


def test_documented_examples(results):
    (row,) = results["example_of_concentration"].to_dicts()
    counts = np.array([5, 3, 2] + [0] * 7)
    assert row["entity_count"] == 10
    assert row["nonzero_entity_count"] == 3
    assert row["gini"] == pytest.approx(gini_scores(counts) @ counts / 10) == pytest.approx(0.76)
    assert row["herfindahl_hirschman_index"] == pytest.approx(0.38)
    assert row["unbiased_herfindahl_hirschman_index"] == pytest.approx((20 + 6 + 2) / 90)
    assert row["top_share"] == pytest.approx(top_scores(counts, 0.1) @ counts / 10) == pytest.approx(0.5)
    estimates = {row["measure"]: row for row in results["example_of_concentration_estimates"].to_dicts()}
    index = estimates["herfindahl_hirschman_index"]
    assert index["control_value"] == 0
    # Of the three pairs of treatment's users, one has seen the same creator.
    assert index["arm_value"] == pytest.approx(1 / 3)
    assert (index["unit_count"], estimates["gini"]["unit_count"]) == (3, 2)


def test_arms_without_control_are_not_passed_over(results):
    found = results["without_control"]
    rows = {(row["arm"], row["measure"]): row["null_reason"] for row in found.to_dicts()}
    arms = {None: "unknown_arm", "control": "no_control", "treatment": "no_control"}
    assert rows == {(arm, measure): reason for arm, reason in arms.items() for measure in MEASURES}
    assert found["estimate"].is_null().all()


def test_small_arms_are_no_more_concentrated_for_being_small(results):
    arms = results["plain"].pivot("arm", index="experiment", values="gini")
    # What the plain coefficient says of arms that are alike.
    assert (arms["treatment"] > arms["control"]).mean() > 0.95
    found = results["alike"].with_columns(z=pl.col("estimate") / pl.col("estimate_se"))
    for measure, most in (("herfindahl_hirschman_index", 0.08), ("gini", 0.08), ("top_share", 0.05)):
        rows = found.filter(measure=measure)
        assert len(rows) == EXPERIMENTS
        rejected = (rows["p_value"] < 0.05).sum()
        assert rejected <= stats.binom.ppf(0.999, EXPERIMENTS, most), measure
        assert abs(rows["z"].mean()) < 0.35, measure
        # Not by standard errors that nothing could ever pass; a tie at the edge of the top makes it wary.
        assert rows["z"].std() > (0.5 if measure == "top_share" else 0.8), measure
