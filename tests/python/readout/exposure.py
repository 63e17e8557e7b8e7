"""How far users and impressions got on the exposure ladder, and rates by every definition of an impression."""

from collections.abc import Iterator
from math import sqrt
from typing import Any

import numpy as np
import polars as pl
from scipy import stats
from statistics_reference import FEW_EVENTS, Sample, contrast, grade

from readout.checks import holm
from readout.contrasts import FAILING
from readout.ctr import KEY, compared
from readout.outcomes import LONG_CLICK_MS, seen

VALUED_TYPES = ["save", "board_add", "follow", "add_to_cart", "purchase"]
RUNGS = ["ranked", "rendered", "in_viewport", "engaged", "valued"]
PREVIOUS = dict(zip(RUNGS[1:], RUNGS, strict=False))
NUMBERS = {rung: number for number, rung in enumerate(["eligible", "assigned", "exposed", *RUNGS], start=1)}
DEFINITIONS = ["logged", "rendered", "viewport"]
NUMERATORS = {"save_rate": "saves", "hide_rate": "hides", "report_rate": "reports"}
SIGNIFICANT = 0.05
PARITY_TOLERANCE = 0.01
SIGNALS = [
    ("session_with_impression_count", "session_count"),
    ("click_with_dwell_count", "click_count"),
    ("click_with_impression_count", "click_count"),
]
FIGURES = ["estimate", "estimate_se", "degrees_of_freedom", "estimate_lower", "estimate_upper", "p_value"]


def reached(accepted: dict[str, pl.DataFrame], engagements: pl.DataFrame) -> pl.DataFrame:
    """Every impression with its surface and module, and 1 for every rung that it reached."""
    is_long = ((pl.col("engagement_type") == "click") & (pl.col("dwell_ms") >= LONG_CLICK_MS)).fill_null(value=False)
    valued = engagements.filter(is_long | pl.col("engagement_type").is_in(VALUED_TYPES))["impression"].drop_nulls()
    is_engaged = pl.col("event_id").is_in(engagements["impression"].drop_nulls().unique().implode())
    return seen(accepted["impressions"], engagements, accepted["items"]).select(
        "user_id",
        "event_at",
        pl.col("surface").fill_null("unknown"),
        pl.col("module_id").fill_null("none").alias("module"),
        ranked=pl.lit(1, pl.Int64),
        rendered=(pl.col("is_drawn") | is_engaged).cast(pl.Int64),
        in_viewport=(pl.col("is_in_view") | is_engaged).cast(pl.Int64),
        engaged=is_engaged.cast(pl.Int64),
        valued=pl.col("event_id").is_in(valued.unique().implode()).cast(pl.Int64),
    )


def cells(inside: pl.DataFrame) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """The cells of one ladder: surface, module and the impressions in them."""
    yield "all", "all", inside
    for (surface,), of_surface in inside.group_by("surface"):
        yield surface, "all", of_surface
        modules = of_surface.partition_by("module", as_dict=True)
        if set(modules) != {("none",)}:
            for (module,), of_module in modules.items():
                yield surface, module, of_module


def sample(users: pl.DataFrame, numerator: Any, denominator: Any) -> Sample:
    """Values of users, without covariate."""
    nothing, ones = np.zeros(len(users)), np.ones(len(users))
    return Sample(numerator.astype(float), denominator.astype(float), nothing, ones, users["phase"].to_numpy())


def arrival(
    eligible: list[tuple[int, str | None]], shares: dict[int, dict[str, float]], arm: str, control: str
) -> dict[str, Any]:
    """The share of an arm's users that arrived, and of control's, from the phase and arm of everybody eligible."""
    known = [(shares[phase], own) for phase, own in eligible if {arm, control} <= set(shares.get(phase, {}))]
    weights = np.array([[(own == side) / planned[side] for side in (arm, control)] for planned, own in known])
    values, difference = weights.mean(0), weights[:, 0] - weights[:, 1]
    freedom = len(known) - 1
    error = difference.std(ddof=1) / sqrt(len(known))
    t = stats.t.isf(0.025, freedom)
    estimate = difference.mean()
    return {
        "arm_value": values[0],
        "control_value": values[1],
        "estimate": estimate,
        "estimate_se": error,
        "degrees_of_freedom": freedom,
        "estimate_lower": estimate - t * error,
        "estimate_upper": estimate + t * error,
        "p_value": 2 * stats.t.sf(abs(estimate) / error, freedom),
        "approximation_quality": grade((weights > 0).sum(0).min(), FEW_EVENTS),
        "null_reason": None,
    }


def eligible_users(
    eligibility: pl.DataFrame, units: pl.DataFrame, experiments: pl.DataFrame, arm_shares: pl.DataFrame
) -> dict[str, list[tuple[int, str | None]]]:
    """Of every experiment, the phase and the arm of everybody who was eligible before its end."""
    starts = {
        experiment: sorted(rows["starts_at"].unique()) for (experiment,), rows in arm_shares.group_by("experiment_id")
    }
    analysed = units.filter(pl.col("exclusion_reason").is_null()).select("experiment_id", "user_id", "arm")
    first = (
        eligibility.group_by("experiment_id", "user_id")
        .agg(pl.col("eligible_at").min())
        .join(experiments.select("experiment_id", "starts_at", "ends_at"), on="experiment_id")
        .filter(pl.col("ends_at").is_null() | (pl.col("eligible_at") < pl.col("ends_at")))
        .with_columns(pl.max_horizontal("eligible_at", "starts_at").alias("eligible_at"))
        .join(analysed, on=["experiment_id", "user_id"], how="left")
    )
    eligible: dict[str, list[tuple[int, str | None]]] = {}
    for experiment, eligible_at, arm in first.select("experiment_id", "eligible_at", "arm").iter_rows():
        phase = sum(start <= eligible_at for start in starts.get(experiment, []))
        eligible.setdefault(experiment, []).append((phase, arm))
    return eligible


def ladder(
    inside: pl.DataFrame,
    unit_measures: pl.DataFrame,
    eligible: dict[str, list[tuple[int, str | None]]],
    shares: dict[str, dict[int, dict[str, float]]],
    arms: pl.DataFrame,
) -> pl.DataFrame:
    """The ladder of every comparison, one row per cell and rung, with p-values corrected by experiment."""

    def user_rungs(key: dict[str, str], sides: list[pl.DataFrame]) -> Iterator[dict[str, Any]]:
        experiment = key["experiment_id"]
        counts = {"user_count": len(sides[0]), "control_user_count": len(sides[1])}
        if key["population"] == "assigned":
            logged = eligible.get(experiment)
            count = len(logged) if logged else None
            yield {
                "rung": "eligible",
                "user_count": count,
                "control_user_count": count,
                "approximation_quality": "unknown",
                "null_reason": "first_rung" if logged else "not_logged",
            }
            test: dict[str, Any] = {"approximation_quality": "unknown", "null_reason": "not_logged"}
            if logged:
                test = arrival(logged, shares[experiment], key["arm"], key["control_arm"])
            yield {"rung": "assigned", "previous_rung": "eligible"} | counts | test
        else:
            scope = {"experiment_id": experiment, "population": "assigned"}
            samples = []
            for name, exposed in zip((key["arm"], key["control_arm"]), sides, strict=True):
                assigned = unit_measures.filter(arm=name, **scope)
                is_exposed = assigned["user_id"].is_in(exposed["user_id"].implode()).to_numpy()
                samples.append(sample(assigned, is_exposed, np.ones(len(assigned))))
            test = contrast(*samples, is_ratio=True, is_adjusted=False)
            yield {"rung": "exposed", "previous_rung": "assigned"} | test | counts

    def impression_rungs(
        key: dict[str, str], sides: list[pl.DataFrame], surface: str, of_cell: pl.DataFrame
    ) -> Iterator[dict[str, Any]]:
        sums = of_cell.group_by("user_id").agg(pl.col(RUNGS).sum())
        counted = [
            users.join(sums, on="user_id", how="left").with_columns(pl.col(RUNGS).fill_null(0)) for users in sides
        ]
        is_in_one_arm = surface != "all" and any(users["ranked"].sum() == 0 for users in counted)
        for rung in RUNGS:
            previous = PREVIOUS.get(rung)
            samples = [
                sample(users, users[rung].to_numpy(), users[previous].to_numpy() if previous else np.ones(len(users)))
                for users in counted
            ]
            test = contrast(*samples, is_ratio=True, is_adjusted=False)
            if is_in_one_arm:
                test |= dict.fromkeys(FIGURES)
                test |= {"null_reason": "not_in_both_arms", "approximation_quality": "unknown"}
            yield test | {
                "rung": rung,
                "previous_rung": previous or key["population"],
                "user_count": (counted[0][rung] > 0).sum(),
                "control_user_count": (counted[1][rung] > 0).sum(),
                "event_count": counted[0][rung].sum(),
                "control_event_count": counted[1][rung].sum(),
            }

    def rows() -> Iterator[dict[str, Any]]:
        for key, sides in compared(unit_measures, arms):
            for row in user_rungs(key, sides):
                yield key | {"surface": "all", "module": "all"} | row
            scope = {name: key[name] for name in ("experiment_id", "population")}
            for surface, module, of_cell in cells(inside.filter(**scope)):
                for row in impression_rungs(key, sides, surface, of_cell):
                    yield key | {"surface": surface, "module": module} | row

    found = pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)
    found = found.with_columns(rung_number=pl.col("rung").replace_strict(NUMBERS))
    tested = pl.concat(
        rows.with_columns(
            pl.Series("p_value_holm", holm(rows["p_value"].to_list())), pl.lit(len(rows)).alias("family_size")
        )
        for _, rows in found.drop_nulls("p_value").group_by("experiment_id", "population")
    )
    key = [*KEY[:2], "arm", "surface", "module", "rung"]
    sizes = tested.select("experiment_id", "population", "family_size").unique()
    return (
        found.join(tested.select(*key, "p_value_holm"), on=key, how="left")
        .join(sizes, on=["experiment_id", "population"], how="left")
        .with_columns(pl.col("family_size").fill_null(0))
        .rename({"arm_value": "rate_from_previous", "control_value": "control_rate_from_previous"})
    )


def conclusion(test: dict[str, Any]) -> str | None:
    """What a reader would conclude from a test."""
    if "p_value" not in test:
        return None
    if test["p_value"] >= SIGNIFICANT:
        return "not_significant"
    return "increase" if test["estimate"] > 0 else "decrease"


def by_definition(unit_measures: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """Rates over impressions, one row per comparison, metric and definition, with what a reader would conclude."""

    def test(sides: list[pl.DataFrame], metric: str, definition: str) -> dict[str, Any]:
        numerator = NUMERATORS.get(metric, f"clicked_{definition}_impressions")
        columns = numerator, f"{definition}_impressions"
        samples = [sample(users, *(users[column].to_numpy() for column in columns)) for users in sides]
        return contrast(*samples, is_ratio=True, is_adjusted=False)

    def rows() -> Iterator[dict[str, Any]]:
        for key, sides in compared(unit_measures, arms):
            for metric in ("ctr", *NUMERATORS):
                tests = {definition: test(sides, metric, definition) for definition in DEFINITIONS}
                configured = conclusion(tests["viewport"])
                for definition, result in tests.items():
                    own = conclusion(result)
                    is_known = own is not None and configured is not None
                    yield (
                        key
                        | {"metric": metric, "definition": definition, "conclusion": own}
                        | {
                            "is_configured_definition": definition == "viewport",
                            "agrees_with_configured_definition": own == configured if is_known else None,
                        }
                        | result
                    )

    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)


def signals(impressions: pl.DataFrame, engagements: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Of every analysed user, sessions and clicks from assignment on, and those that have what comes with them."""
    key = ["user_id", "session_id"]
    times = [impressions.select(*key, "event_at", is_impression=True), engagements.select(*key, "event_at")]
    sessions = (
        pl.concat(times, how="diagonal")
        .drop_nulls("session_id")
        .group_by(key)
        .agg(pl.col("event_at").min(), session_count=1, session_with_impression_count=pl.col("is_impression").any())
    )
    clicks = engagements.filter(engagement_type="click").select(
        "user_id",
        "event_at",
        click_count=1,
        click_with_dwell_count=pl.col("dwell_ms").is_not_null(),
        click_with_impression_count=pl.col("impression").is_not_null(),
    )
    events = pl.concat([sessions.drop("session_id"), clicks], how="diagonal")
    counts = pl.col("^.*_count$").cast(pl.Int64)
    windows = units.select("experiment_id", "user_id", "assigned_at", "ends_at")
    inside = windows.join(events, on="user_id").filter(
        (pl.col("event_at") >= pl.col("assigned_at"))
        & (pl.col("ends_at").is_null() | (pl.col("event_at") < pl.col("ends_at")))
    )
    totals = inside.group_by("experiment_id", "user_id").agg(counts.sum())
    return (
        windows.drop("assigned_at", "ends_at")
        .join(totals, on=["experiment_id", "user_id"], how="left")
        .with_columns(counts.fill_null(0))
    )


def parities(users: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """Of every experiment, the signal that differs most between arms, and whether it may."""
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())

    def tests(of_experiment: pl.DataFrame, control_arm: str) -> Iterator[tuple[float, float, float]]:
        by_arm = {arm: of_arm for (arm,), of_arm in of_experiment.group_by("arm")}
        for arm in by_arm.keys() - {control_arm}:
            for part, whole in SIGNALS:
                samples = [
                    sample(by_arm[name], by_arm[name][part].to_numpy(), by_arm[name][whole].to_numpy())
                    for name in (arm, control_arm)
                ]
                test = contrast(*samples, is_ratio=True, is_adjusted=False)
                yield test.get("p_value", 2.0), test["estimate"], test["estimate_se"]

    rows = []
    for (experiment,), of_experiment in users.group_by("experiment_id"):
        found = list(tests(of_experiment, controls[experiment]))
        count = sum(p_value <= 1 for p_value, _, _ in found)
        # A whole arm that lost a signal has no variance, and comes first.
        p_value, estimate, error = min(found, key=lambda test: (test[2] > 0 or test[1] == 0, test[0]))
        is_tested = p_value <= 1
        corrected = min(1.0, p_value * count)
        status = "pass"
        if corrected < FAILING if is_tested else estimate != 0:
            status = "fail" if abs(estimate) >= PARITY_TOLERANCE else "warn"
        rows.append(
            {
                "experiment_id": experiment,
                "status": status,
                "statistic": estimate / error if is_tested else None,
                "p_value": corrected if is_tested else None,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)
