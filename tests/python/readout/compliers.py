"""The effect on those who received the treatment, by assignment as an instrument."""

from collections.abc import Iterator
from math import copysign, sqrt
from typing import Any

import numpy as np
import polars as pl
from scipy import stats
from statistics_reference import contrast, grade, worst

from readout.contrasts import MEANS, PROPORTIONS, RETENTION_DAYS, sample
from readout.outcomes import first_exposures

# A ratio of totals over a share of users is nobody's effect.
METRICS = [*MEANS, *PROPORTIONS, *RETENTION_DAYS]
ALPHA = 0.05
FEW_RECIPIENTS = (20, 100)

Row = dict[str, Any]


def receipts(
    analysed: pl.DataFrame, accepted: dict[str, pl.DataFrame], experiments: pl.DataFrame, arms: pl.DataFrame
) -> pl.DataFrame:
    """Every analysed user of an experiment with a trigger, with whether the treatment was received.

    That it was is known of those who met the trigger; in control there is no treatment behind it.
    """
    first = first_exposures(analysed, accepted, experiments)
    is_declared = pl.any_horizontal(pl.col("trigger_surface", "trigger_module_id").is_not_null())
    with_trigger = {*experiments.filter(is_declared)["experiment_id"], *first["experiment_id"]}
    return (
        analysed.filter(pl.col("experiment_id").is_in(with_trigger))
        .join(first.select("experiment_id", "user_id", "exposed_at"), on=["experiment_id", "user_id"], how="left")
        .join(arms.select("experiment_id", "arm", "is_control"), on=["experiment_id", "arm"])
        .select(
            "experiment_id",
            "user_id",
            received=(pl.col("exposed_at").is_not_null() & (pl.col("is_control") == "false")).cast(pl.Float64),
        )
    )


def complier_effect(users: tuple[pl.DataFrame, pl.DataFrame], metric: str) -> Row:
    """One arm against control, both of users with a phase, compared within the phases that both have users in."""
    # Of a retention, the users whose day has passed.
    known = tuple(of_arm.drop_nulls(metric) if metric in RETENTION_DAYS else of_arm for of_arm in users)
    samples = [sample(of_arm, metric) for of_arm in known]
    test = contrast(*samples, is_ratio=False, is_adjusted=False)
    shared = set(samples[0].stratum) & set(samples[1].stratum)
    # By phase and arm the outcomes and receipts, one column per user.
    values = {
        phase: [
            np.vstack([of_arm.numerator[inside], of_known["received"].to_numpy()[inside]])
            for of_arm, of_known in zip(samples, known, strict=True)
            for inside in [of_arm.stratum == phase]
        ]
        for phase in shared
    }
    count = sum(of_arm.shape[1] for of_phase in values.values() for of_arm in of_phase)
    weights = {phase: sum(of_arm.shape[1] for of_arm in of_phase) / count for phase, of_phase in values.items()}
    rates = [sum(weights[phase] * values[phase][side][1].mean() for phase in shared) for side in (0, 1)]
    recipients = sum(of_phase[0][1].sum() for of_phase in values.values())
    row: Row = {
        "unit_count": test["unit_count"],
        "control_unit_count": test["control_unit_count"],
        "compliance_rate": rates[0] if shared else None,
        **{column: test.get(column) for column in ("arm_value", "control_value", "p_value", "degrees_of_freedom")},
        **{f"itt_{column}": test.get(column) for column in ("estimate", "estimate_se")},
        **{f"itt_{column}": test.get(column) for column in ("estimate_lower", "estimate_upper")},
        "complier_effect": None,
        "complier_effect_se": None,
        "complier_effect_lower": None,
        "complier_effect_upper": None,
        "is_complier_effect_unbounded": False,
        "confidence_level": 1 - ALPHA,
        "approximation_quality": worst(test["approximation_quality"], grade(recipients, FEW_RECIPIENTS)),
        "null_reason": test["null_reason"],
    }
    if not shared:
        return row
    received = rates[0] - rates[1]
    if received:
        row["complier_effect"] = test["estimate"] / received
    elif row["null_reason"] is None:
        row["null_reason"] = "no_difference_in_receipt"
    if row["null_reason"]:
        return row
    matrix = sum(weights[phase] ** 2 * np.cov(of_arm) / of_arm.shape[1] for phase in shared for of_arm in values[phase])
    direction = np.array([1, -row["complier_effect"]])
    row["complier_effect_se"] = sqrt(direction @ matrix @ direction) / abs(received)
    # The effects tau for which (difference of outcomes) - tau (difference of receipts) is within t standard errors of
    # zero: a quadratic in tau.
    t = stats.t.isf(ALPHA / 2, test["degrees_of_freedom"])
    a = received**2 - t**2 * matrix[1, 1]
    half_b = test["estimate"] * received - t**2 * matrix[0, 1]
    c = test["estimate"] ** 2 - t**2 * matrix[0, 0]
    if a <= 0:
        return row | {"is_complier_effect_unbounded": True}
    # The root that adds two numbers of one sign keeps its digits; the other follows from their product.
    far = half_b + copysign(sqrt(half_b**2 - a * c), half_b)
    ends = sorted([far / a, c / far])
    return row | {"complier_effect_lower": ends[0], "complier_effect_upper": ends[1]}


def effects(unit_measures: pl.DataFrame, received: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """One row per experiment with a trigger, metric and treatment arm with users."""
    controls = dict(arms.filter(is_control="true").select("experiment_id", "arm").iter_rows())
    users = unit_measures.filter(population="assigned").join(received, on=["experiment_id", "user_id"])

    def rows() -> Iterator[Row]:
        for (experiment,), of_experiment in users.group_by("experiment_id"):
            by_arm = {arm: of_arm for (arm,), of_arm in of_experiment.group_by("arm")}
            control_arm = controls[experiment]
            for arm in by_arm.keys() - {control_arm}:
                for metric in METRICS:
                    yield {
                        "experiment_id": experiment,
                        "metric": metric,
                        "arm": arm,
                        "control_arm": control_arm,
                        **complier_effect((by_arm[arm], by_arm[control_arm]), metric),
                    }

    types = {"null_reason": pl.String}
    return pl.DataFrame(list(rows()), schema_overrides=types, infer_schema_length=None).fill_nan(None)
