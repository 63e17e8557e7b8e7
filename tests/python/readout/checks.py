"""The checks of who came to which arm and of what was measured, from the users and their events."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from readout.contrasts import SEGMENTS
from readout.outcomes import LATENESS

FEWEST_EXPECTED = 5
FAMILIES = {"ramp_phase": "ramp phases", "assigned_date": "days"}
MISSING = {
    "impressions": ["session_id", "surface", "position", "platform"],
    "engagements": ["session_id", "surface", "impression_event_id"],
}


def holm(p_values: list[float]) -> list[float]:
    """p-values corrected for their number by Holm's step-down procedure."""
    order = np.argsort(p_values)
    steps = np.array(p_values)[order] * (len(p_values) - np.arange(len(p_values)))
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return list(corrected)


def parts(assigned: pl.DataFrame) -> Iterator[tuple[str, str, str, pl.DataFrame]]:
    """Every part of every experiment's users: experiment, segment, value and the users."""
    users = assigned.with_columns(
        ramp_phase=pl.col("phase").cast(pl.String), assigned_date=pl.col("assigned_at").dt.date().cast(pl.String)
    )
    for segment in ["ramp_phase", "assigned_date", *SEGMENTS[1:]]:
        for (experiment, value), of_part in users.group_by("experiment_id", segment):
            yield experiment, segment, value, of_part


def sample_ratios_by_segment(assigned: pl.DataFrame, shares: dict[str, dict[int, dict[str, float]]]) -> pl.DataFrame:
    """Every arm's size within parts of the users, against the planned one, with the test of the part."""
    tests = []
    for experiment, segment, value, users in parts(assigned):
        planned = shares[experiment]
        arms = sorted({arm for phase in users["phase"].unique() for arm in planned[phase]})
        expected = [sum(planned[phase].get(arm, 0) for phase in users["phase"]) for arm in arms]
        observed = [(users["arm"] == arm).sum() for arm in arms]
        test = {"experiment_id": experiment, "segment": segment, "segment_value": value, "arms": arms}
        test |= {"user_count": observed, "expected_users": expected, "null_reason": "fewer_than_five_expected"}
        test["test_family"] = FAMILIES.get(segment, "segment values")
        if min(expected) >= FEWEST_EXPECTED:
            test["chi_square"], test["p_value"] = stats.chisquare(observed, expected)
            test["null_reason"] = None
        tests.append(test)
    for family in {(test["experiment_id"], test["test_family"]) for test in tests}:
        judged = [test for test in tests if (test["experiment_id"], test["test_family"]) == family]
        with_p_value = [test for test in judged if "p_value" in test]
        for test, corrected in zip(with_p_value, holm([test["p_value"] for test in with_p_value]), strict=True):
            test["p_value_holm"] = corrected
        for test in judged:
            test["family_size"] = len(with_p_value)
    return (
        pl.DataFrame(tests, infer_schema_length=None)
        .rename({"arms": "arm"})
        .explode("arm", "user_count", "expected_users")
    )


def balance(counts: dict[int, dict[str, dict[str, int]]]) -> tuple[float | None, float | None]:
    """Pearson's chi-square, and its degrees of freedom, of counts by phase, value and arm."""
    total, freedom = 0.0, 0
    for by_value in counts.values():
        arms = sorted({arm for by_arm in by_value.values() for arm in by_arm})
        table = np.array([[by_arm.get(arm, 0) for arm in arms] for by_arm in by_value.values()], dtype=float)
        smallest = np.outer(table.sum(1), table.sum(0)).min(1) / table.sum()
        kept = table[smallest >= FEWEST_EXPECTED]
        rare = table[smallest < FEWEST_EXPECTED].sum(0)
        if (rare.sum() * table.sum(0) / table.sum()).min() >= FEWEST_EXPECTED:
            kept = np.vstack([kept, rare])
        if len(kept) > 1 and len(arms) > 1:
            test = stats.chi2_contingency(kept, correction=False)
            total, freedom = total + test.statistic, freedom + test.dof
    return (total, freedom) if freedom else (None, None)


def attribute_balance(assigned: pl.DataFrame) -> pl.DataFrame:
    """Of every experiment and segment, whether its values are spread over the arms alike."""
    rows = []
    for segment in SEGMENTS[1:]:
        for (experiment,), users in assigned.group_by("experiment_id"):
            counts: dict[int, dict[str, dict[str, int]]] = {}
            for phase, value, arm in users.select("phase", segment, "arm").iter_rows():
                by_arm = counts.setdefault(phase, {}).setdefault(value, {})
                by_arm[arm] = by_arm.get(arm, 0) + 1
            chi_square, freedom = balance(counts)
            rows.append(
                {
                    "experiment_id": experiment,
                    "segment": segment,
                    "chi_square": chi_square,
                    "degrees_of_freedom": freedom,
                    "p_value": None if freedom is None else stats.chi2.sf(chi_square, freedom),
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def ramp_evidence(
    users: list[tuple[float, str]], earlier: dict[str, float], later: dict[str, float]
) -> tuple[float, int] | None:
    """The Bayes factor, as a logarithm, of another instant of change than the planned one, and the likeliest offset.

    Args:
        users: Hours from the planned change to the assignment, and the arm, of all users of both phases.
        earlier: The shares before the change.
        later: The shares after it.
    """
    offsets = {int(np.floor(hours)) + 1 if hours >= 0 else int(np.floor(hours)) for hours, _ in users}
    logs = {}
    for offset in offsets:
        log = 0.0
        for hours, arm in users:
            is_moved = 0 <= hours < offset or offset <= hours < 0
            own, other = (later, earlier) if hours >= 0 else (earlier, later)
            if is_moved and own.get(arm, 0) > 0:
                log += np.log(other[arm] / own[arm]) if other.get(arm, 0) > 0 else -np.inf
        logs[offset] = log
    if not logs:
        return None
    likeliest = min(logs, key=lambda offset: (-logs[offset], abs(offset), offset))
    # Where no other instant is possible at all, the factor is 0.
    return float(max(-690, np.logaddexp.reduce(list(logs.values())) - np.log(len(logs)))), likeliest


def ramp_timing(units: pl.DataFrame, arm_shares: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Of every experiment whose shares change, one over the mean of the Bayes factors of its changes."""
    for (experiment,), of_experiment in arm_shares.group_by("experiment_id"):
        starts = sorted(of_experiment["starts_at"].unique())
        analysed = units.filter(pl.col("exclusion_reason").is_null() & (pl.col("experiment_id") == experiment))
        logs = []
        for number, change in enumerate(starts[1:], start=1):
            earlier, later = (
                {arm: float(share) for arm, share in of_phase.select("arm", "share").iter_rows()}
                for of_phase in (
                    of_experiment.filter(starts_at=starts[number - 1]),
                    of_experiment.filter(starts_at=change),
                )
            )
            near = analysed.filter(
                pl.col("phase").is_between(number, number + 1) & pl.col("arm").is_in([*earlier, *later])
            )
            hours = (near["assigned_at"] - change).dt.total_microseconds() / 3.6e9
            evidence = ramp_evidence(list(zip(hours, near["arm"], strict=True)), earlier, later)
            logs += [evidence[0]] if evidence else []
        if logs:
            evidence_of_all = np.logaddexp.reduce(logs) - np.log(len(logs))
            p_value = float(np.exp(-max(0, evidence_of_all)))
            yield {"experiment_id": experiment, "check_name": "ramp_timing", "p_value": p_value}


def spoiling(assigned: pl.DataFrame, units: pl.DataFrame, arm_shares: pl.DataFrame) -> pl.DataFrame:
    """The p-values of those checks here of which a failure spoils every effect."""
    balances = (
        attribute_balance(assigned)
        .group_by("experiment_id")
        .agg(p_value=pl.min_horizontal(1.0, pl.col("p_value").min() * pl.col("p_value").count()))
        .select("experiment_id", "p_value", check_name=pl.lit("attribute_balance"))
    )
    ramps = pl.DataFrame(list(ramp_timing(units, arm_shares)), infer_schema_length=None)
    return pl.concat([balances, ramps], how="diagonal")


def missing_values(assigned: pl.DataFrame, accepted: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Of every assigned user, the rows from assignment to the end, and those that lack a value or came late."""
    counted = assigned.select("experiment_id", "user_id", "arm", "phase")
    for name, columns in MISSING.items():
        is_late = pl.col("received_at") > pl.col("event_at") + LATENESS
        rows = (
            assigned.select("experiment_id", "user_id", "starts_at", "ends_at")
            .join(accepted[name], on="user_id")
            .filter((pl.col("event_at") >= pl.col("starts_at")) & (pl.col("event_at") < pl.col("ends_at")))
            .group_by("experiment_id", "user_id")
            .agg(
                pl.len().alias(f"{name}_count"),
                is_late.sum().alias(f"late_{name}"),
                *(pl.col(column).null_count().alias(f"{name}_without_{column}") for column in columns),
            )
        )
        counted = counted.join(rows, on=["experiment_id", "user_id"], how="left")
    return counted.fill_null(0).with_columns(
        row_count=pl.col("impressions_count") + pl.col("engagements_count"),
        late_rows=pl.col("late_impressions") + pl.col("late_engagements"),
    )


def verdict(checks: list[dict[str, Any]], deciding_population: str) -> str:
    """What the checks of an experiment say together."""
    about_exposure = {"exposure_rate", "time_to_exposure"}
    spoiling = {check["check_name"] for check in checks if check["status"] == "fail"}
    if spoiling - (about_exposure if deciding_population == "assigned" else set()):
        return "invalid"
    warned = {
        check["check_name"]
        for check in checks
        if check["status"] == "warn" and (check["statistic"] is not None or check["p_value"] is not None)
    }
    if any(check["check_name"] == "sample_ratio_mismatch" and check["status"] != "pass" for check in checks):
        return "not_judged"
    notes = {"excluded_users", "refused_assignments", "trigger", "weekday_coverage"}
    return "doubtful" if warned - notes else "valid"
