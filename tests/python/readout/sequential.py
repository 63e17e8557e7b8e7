"""What may be looked at every day: always-valid figures, the path of every effect, and the arms' sizes day by day."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
from sequential_reference import always_valid_p_value, half_width, log_bayes_factor, rho_squared
from statistics_reference import contrast, fieller

from readout import contrasts, outcomes

PLANNED_USERS = 10_000
FEWEST_USERS = 100
FEWEST_NONZERO_USERS = 20
ALPHA = 0.05
END_OF_TIME = datetime(9999, 12, 31)  # noqa: DTZ001 the project's times are plain UTC
ALPHA_OF_SAMPLE_RATIOS = 0.001
METRICS = [*contrasts.MEANS, *contrasts.PROPORTIONS, *contrasts.RATIOS]
KEY = ["experiment_id", "population", "metric", "segment", "segment_value", "arm", "method"]


def always_valid(row: dict[str, Any]) -> dict[str, Any]:
    """The always-valid figures of one contrast, or why there are none."""
    sides = ("", "control_")
    if row["null_reason"] is not None:
        return {"sequential_null_reason": row["null_reason"]}
    if min(row[f"{side}unit_count"] for side in sides) < FEWEST_USERS:
        return {"sequential_null_reason": "fewer_than_100_units"}
    if min(row[f"{side}nonzero_unit_count"] for side in sides) < FEWEST_NONZERO_USERS:
        return {"sequential_null_reason": "fewer_than_20_nonzero_units"}
    squares = [(row[f"{side}skewness"] or 0) ** 2 for side in sides]
    users = [row[f"{side}unit_count"] for side in sides]
    if not row["is_ratio"] and any(n < 20 * square for n, square in zip(users, squares, strict=True)):
        return {"sequential_null_reason": "too_skewed"}
    n = row["unit_count"] + row["control_unit_count"]
    estimate, standard_error = row["estimate"], row["estimate_se"]
    width = half_width(n, standard_error, PLANNED_USERS, ALPHA)
    # The bootstrap has no variance of each value, and so no interval of the lift.
    lower = upper = np.nan
    if row["arm_value_variance"] is not None:
        lower, upper = fieller(
            row["arm_value"],
            row["arm_value_variance"],
            row["control_value"],
            row["control_value_variance"],
            width / standard_error,
            row["covariance_of_values"],
        )
    return {
        "sequential_lower": estimate - width,
        "sequential_upper": estimate + width,
        "sequential_p_value": max(1e-300, always_valid_p_value(estimate / standard_error, n, PLANNED_USERS, ALPHA)),
        "sequential_relative_lift_lower": None if np.isnan(lower) else lower,
        "sequential_relative_lift_upper": None if np.isnan(upper) else upper,
        "sequential_null_reason": None,
    }


def end_of(day: date) -> datetime:
    """The first instant after a day."""
    return datetime.combine(day + timedelta(days=1), time())


def looks(unit_measures: pl.DataFrame, events: pl.DataFrame, experiments: pl.DataFrame) -> dict[str, list[date]]:
    """Of every experiment, the days with an event or a new user, from the first assignment to the end."""
    active = set(events["event_at"].dt.date())
    ends = dict(experiments.select("experiment_id", "ends_at").iter_rows())
    found = {}
    for (experiment,), users in unit_measures.group_by("experiment_id"):
        entered = set(users["starts_at"].dt.date())
        found[experiment] = sorted(
            day
            for day in active | entered
            if day >= min(entered) and (ends[experiment] is None or datetime.combine(day, time()) < ends[experiment])
        )
    return found


def path(
    unit_measures: pl.DataFrame,
    events: pl.DataFrame,
    experiments: pl.DataFrame,
    arms: pl.DataFrame,
    days: dict[str, list[date]],
) -> pl.DataFrame:
    """The results of everyone as of the end of some days, from the events up to then."""
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())
    ends = experiments.select("experiment_id", "ends_at")
    outcome_columns = outcomes.MEASURES

    def rows() -> Iterator[dict[str, Any]]:
        for day in sorted({day for of_experiment in days.values() for day in of_experiment}):
            at_look = [experiment for experiment, of_experiment in days.items() if day in of_experiment]
            entered = unit_measures.filter(
                pl.col("experiment_id").is_in(at_look) & (pl.col("starts_at") < end_of(day))
            ).drop(outcome_columns)
            windows = entered.join(ends, on="experiment_id").with_columns(
                ends_at=pl.min_horizontal("ends_at", pl.lit(end_of(day)))
            )
            so_far = entered.join(outcomes.sums(windows, events, ""), on=["experiment_id", "population", "user_id"])
            for (experiment, population), users in so_far.group_by("experiment_id", "population"):
                by_arm = {arm: of_arm for (arm,), of_arm in users.group_by("arm")}
                control_arm = controls[experiment]
                for arm in by_arm.keys() - {control_arm} if control_arm in by_arm else ():
                    for metric in METRICS:
                        samples = [contrasts.sample(by_arm[name], metric) for name in (arm, control_arm)]
                        for method in ("unadjusted", "cuped"):
                            yield {
                                "experiment_id": experiment,
                                "population": population,
                                "metric": metric,
                                "arm": arm,
                                "control_arm": control_arm,
                                "method": method,
                                "look_date": day,
                                **contrast(
                                    *samples, is_ratio=metric in contrasts.RATIOS, is_adjusted=method == "cuped"
                                ),
                            }

    return pl.DataFrame(list(rows()), infer_schema_length=None).fill_nan(None)


def sample_ratio_path(units: pl.DataFrame, arm_shares: pl.DataFrame, days: dict[str, list[date]]) -> pl.DataFrame:
    """Of every experiment and day the arms' sizes, the planned ones, and the test of all users up to then."""
    analysed = units.filter(pl.col("exclusion_reason").is_null())
    concentration = 1 / rho_squared(PLANNED_USERS, ALPHA_OF_SAMPLE_RATIOS)

    def rows() -> Iterator[dict[str, Any]]:
        for experiment, of_experiment in days.items():
            shares = arm_shares.filter(experiment_id=experiment)
            starts = sorted(set(shares["starts_at"]))
            users = analysed.filter(experiment_id=experiment)
            names = sorted(set(shares["arm"]) | set(users["arm"]))
            largest = 0.0
            for day in of_experiment:
                so_far = users.filter(pl.col("assigned_at") < end_of(day))
                counts, expected, evidence = np.zeros(len(names)), np.zeros(len(names)), 0.0
                for start, end in zip(starts, [*starts[1:], END_OF_TIME], strict=True):
                    of_phase = so_far.filter((pl.col("assigned_at") >= start) & (pl.col("assigned_at") < end))
                    planned = dict(shares.filter(starts_at=start).select("arm", "share").iter_rows())
                    share = np.array([float(planned.get(name, 0)) for name in names])
                    count = np.array([(of_phase["arm"] == name).sum() for name in names])
                    counts, expected = counts + count, expected + count.sum() * share
                    evidence += log_bayes_factor(count, share, concentration)
                largest = max(largest, evidence)
                is_sound = np.isfinite(evidence)
                for name, user_count, expected_users in zip(names, counts, expected, strict=True):
                    if user_count or expected_users:
                        yield {
                            "experiment_id": experiment,
                            "look_date": day,
                            "arm": name,
                            "user_count": user_count,
                            "expected_users": expected_users,
                            "log_bayes_factor": evidence if is_sound else None,
                            "p_value": float(np.exp(-largest)) if is_sound else None,
                            "null_reason": None if is_sound else "count_without_share",
                        }

    return pl.DataFrame(list(rows()), infer_schema_length=None)
