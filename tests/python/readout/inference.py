"""What is concluded from the contrasts: non-inferiority, posteriors, corrected p-values, power."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import ceil, exp, isnan, log, sqrt
from typing import Any

import mpmath
import numpy as np
import polars as pl
from scipy import optimize, stats
from statistics_reference import Values, fieller

ALPHA = 0.05
NON_INFERIORITY_ALPHA = 0.025
PRIOR_SD = 0.3
POWER = 0.8
PLANNED_USERS = 10_000
ENROLMENT_DAYS = 7
RELATIVE_EFFECTS = [0.01, 0.02, 0.05, 0.1, 0.2]
# What nobody wants more of, where the experiment does not say.
UNWANTED = ["hides_per_user", "hide_rate", "reports_per_user", "report_rate", "impression_latency_p95"]
UNWANTED += ["bounce_rate", "opt_outs_per_user", "early_exit_rate", "creator_hhi", "item_hhi"]
# No number of users is given from here on.
NUMBERS_OF_USERS = 1e15
# The least that a tail probability is given as.
LEAST = 1e-300

VARIANCES = ["arm_value_variance", "control_value_variance", "covariance_of_values"]

Row = dict[str, Any]


def non_inferiority(row: Row) -> Row:
    """The test that the harm stays inside the margin, nulls where there is no margin or no test."""
    if not row["non_inferiority_margin"]:
        return {}
    margin = float(row["non_inferiority_margin"])
    figures: Row = {"non_inferiority_margin": margin, "margin_scale": row["margin_scale"], "is_non_inferior": False}
    if row["null_reason"] is not None:
        return figures
    degrees = row["degrees_of_freedom"]
    if degrees is None:
        # A method without a t test.
        return figures | {"is_non_inferior": None}
    benefit = 1 if row["desired_direction"] == "increase" else -1
    t = stats.t.isf(NON_INFERIORITY_ALPHA, degrees)
    if row["margin_scale"] == "absolute":
        bound = row["estimate"] - benefit * t * row["estimate_se"]
        distance = (benefit * row["estimate"] + margin) / row["estimate_se"]
    else:
        arm_variance, control_variance, covariance = (row[column] for column in VARIANCES)
        ends = fieller(row["arm_value"], arm_variance, row["control_value"], control_variance, t, covariance)
        bound = ends[0] if benefit == 1 else ends[1]
        if isnan(bound):
            return figures
        ratio = 1 - benefit * margin
        variance = arm_variance + ratio**2 * control_variance - 2 * ratio * covariance
        distance = benefit * (row["arm_value"] - ratio * row["control_value"]) / sqrt(variance)
    return figures | {
        "non_inferiority_bound": bound,
        "non_inferiority_p_value": max(stats.t.sf(distance, degrees), LEAST),
        "is_non_inferior": benefit * bound > -margin,
    }


def posterior(row: Row) -> Row:
    """The posterior of the effect: precisions of the estimate and of the prior add up."""
    if row["null_reason"] is not None:
        return {"posterior_null_reason": row["null_reason"]}
    if not row["estimate_se"]:
        return {"posterior_null_reason": "no_standard_error"}
    if row["control_value"] <= 0:
        return {"posterior_null_reason": "control_not_positive"}
    precision, prior = row["estimate_se"] ** -2, (PRIOR_SD * row["control_value"]) ** -2
    mean, sd = row["estimate"] * precision / (precision + prior), (precision + prior) ** -0.5
    z = mpmath.mpf(mean / sd * (-1 if row["desired_direction"] == "decrease" else 1))
    with mpmath.workdps(60):
        loss = mpmath.npdf(z) - z * mpmath.erfc(z / mpmath.sqrt(2)) / 2
        chance = mpmath.erfc(-z / mpmath.sqrt(2)) / 2
    return {
        "posterior_mean": mean,
        "credible_lower": mean - stats.norm.isf(ALPHA / 2) * sd,
        "credible_upper": mean + stats.norm.isf(ALPHA / 2) * sd,
        "chance_to_beat_control": max(float(chance), LEAST),
        "expected_loss": max(float(loss), LEAST) * sd,
    }


def with_conclusions(contrasts: pl.DataFrame, metrics: pl.DataFrame) -> pl.DataFrame:
    """The contrasts, each with its test of non-inferiority and its posterior, by what the metrics are wanted to do."""
    schema = {
        "non_inferiority_margin": pl.Float64,
        "margin_scale": pl.String,
        "non_inferiority_bound": pl.Float64,
        "non_inferiority_p_value": pl.Float64,
        "is_non_inferior": pl.Boolean,
        "posterior_mean": pl.Float64,
        "credible_lower": pl.Float64,
        "credible_upper": pl.Float64,
        "chance_to_beat_control": pl.Float64,
        "expected_loss": pl.Float64,
        "posterior_null_reason": pl.String,
    }
    wanted = ["desired_direction", "non_inferiority_margin", "margin_scale"]
    judged = contrasts.join(
        metrics.select("experiment_id", "metric", *wanted), on=["experiment_id", "metric"], how="left"
    )
    by_definition = pl.when(pl.col("metric").is_in(UNWANTED)).then(pl.lit("decrease")).otherwise(pl.lit("increase"))
    judged = judged.with_columns(desired_direction=pl.coalesce("desired_direction", by_definition))
    conclusions = pl.DataFrame(
        [non_inferiority(row) | posterior(row) for row in judged.iter_rows(named=True)], schema=schema
    )
    shown = judged.select(pl.exclude(*VARIANCES, "non_inferiority_margin", "margin_scale"))
    return pl.concat([shown, conclusions], how="horizontal")


def multiplied(p_values: list[float]) -> dict[str, Values]:
    """The p-values of one family, corrected."""
    p = np.array(p_values)
    order = np.argsort(p, kind="stable")
    back = np.argsort(order, kind="stable")
    ranks = np.arange(1, len(p) + 1)
    holm = np.maximum.accumulate((len(p) + 1 - ranks) * p[order])[back]
    benjamini_hochberg = np.minimum.accumulate((len(p) / ranks * p[order])[::-1])[::-1][back]
    return {
        "p_value_holm": np.minimum(holm, 1),
        "p_value_bonferroni": np.minimum(len(p) * p, 1),
        "p_value_benjamini_hochberg": np.minimum(benjamini_hochberg, 1),
    }


def corrected(results: pl.DataFrame, metrics: pl.DataFrame) -> pl.DataFrame:
    """The p-values of the results, corrected within their families."""
    roles = {(row["experiment_id"], row["metric"]): row["role"] for row in metrics.iter_rows(named=True)}
    families: dict[str, list[Row]] = {}
    for row in results.iter_rows(named=True):
        of_whom = f"{row['experiment_id']}, {row['population']}"
        if row["segment"] == "all":
            questions = f"{roles.get((row['experiment_id'], row['metric']), 'diagnostic')} metrics"
        else:
            questions = f"{row['metric']} by {row['segment']}"
        families.setdefault(f"{of_whom}: {questions}, {row['method']}", []).append(row)

    def rows() -> Iterator[Row]:
        for family, members in families.items():
            tested = [row for row in members if row["p_value"] is not None]
            adjusted = multiplied([row["p_value"] for row in tested])
            values = {column: iter(of_method.tolist()) for column, of_method in adjusted.items()}
            for row in members:
                yield row | {
                    "test_family": family,
                    "family_size": len(tested),
                    **{
                        column: next(of_method) if row["p_value"] is not None else None
                        for column, of_method in values.items()
                    },
                }

    return pl.DataFrame(list(rows()), infer_schema_length=None)


def enrolment(
    unit_measures: pl.DataFrame,
    last_day: date,
    complete_through: datetime,
    experiments: pl.DataFrame,
    arm_shares: pl.DataFrame,
) -> dict[Any, Row]:
    """Of every experiment and population: new users per day, each arm's share of them, whether no more come."""
    begun = arm_shares.filter(pl.col("starts_at").dt.date() <= last_day)
    ended = experiments.filter(pl.col("ends_at") <= complete_through)["experiment_id"].to_list()
    found = {}
    for (experiment, population), users in unit_measures.group_by("experiment_id", "population"):
        phases = begun.filter(experiment_id=experiment)
        latest = phases.filter(starts_at=phases["starts_at"].max())
        shares = {arm: float(share) for arm, share in latest.select("arm", "share").iter_rows()}
        days = users["starts_at"].dt.date()
        # A day that is not whole, the data's last or the planned end's, is counted only where there is no other.
        end = experiments.filter(experiment_id=experiment)["ends_at"].item()
        last = min(last_day, end.date()) if end is not None else last_day
        first = max(last - timedelta(days=ENROLMENT_DAYS), days.min())
        counted = days.is_between(first, max(last - timedelta(days=1), first)).sum()
        found[experiment, population] = {
            "has_ended": experiment in ended,
            "daily_new_users": counted / max((last - first).days, 1),
            "shares": {arm: shares.get(arm) for arm in users["arm"].unique()},
        }
    return found


def multiplier(units: float) -> float:
    """Half the width of the confidence sequence, in standard errors."""
    rho_squared = (-2 * log(ALPHA) + log(-2 * log(ALPHA) + 1)) / PLANNED_USERS
    x = units * rho_squared
    return sqrt(2 * (x + 1) / x * log(sqrt(x + 1) / ALPHA))


def needed_units(test: str, variance: float, effect: float) -> float:
    """Units of both arms with which the effect is shown with the wanted power."""
    quantile = stats.norm.ppf(POWER)
    if test == "fixed_horizon":
        return (stats.norm.isf(ALPHA / 2) + quantile) ** 2 * variance / effect**2
    log_units = optimize.brentq(
        lambda u: u - 2 * log((multiplier(exp(u)) + quantile) * sqrt(variance) / abs(effect)),
        -40,
        80,
        xtol=1e-13,
    )
    return exp(log_units)


def plan_of(
    test: str, effect: float | None, variance: float | None, weight: float | None, pair_share: float | None
) -> Row:
    """Units an arm and its control need together and apiece, and the users the experiment needs for that."""
    names = ["needed_unit_count", "needed_control_unit_count", "needed_user_count"]
    if not (effect and variance):
        return dict.fromkeys(names) | {"needed_units": None}
    units = needed_units(test, variance, effect)
    figures = (units * weight, units * (1 - weight), units / pair_share)
    counts = (ceil(figure) if figure < NUMBERS_OF_USERS else None for figure in figures)
    return dict(zip(names, counts, strict=True)) | {"needed_units": units}


def powers(contrasts: pl.DataFrame, metrics: pl.DataFrame, enrolled: dict[Any, Row]) -> tuple[pl.DataFrame, ...]:
    """The power of every contrast for everyone, and its power curve.

    Args:
        contrasts: The contrasts with the variances of the arms' values, and the reason for which the always-valid test
            has no result.
        metrics: What each experiment is judged by.
        enrolled: The result of `enrolment`.
    """
    effects = {
        (row["experiment_id"], row["metric"]): float(row["smallest_effect_of_interest"] or 0) or None
        for row in metrics.iter_rows(named=True)
    }
    key = ["experiment_id", "population", "metric", "arm", "control_arm", "method"]
    now, curves = [], []
    for row in contrasts.filter(segment="all").iter_rows(named=True):
        of_population = enrolled[row["experiment_id"], row["population"]]
        arm_share, control_share = (of_population["shares"][row[arm]] for arm in ("arm", "control_arm"))
        variance = weight = pair_share = None
        if arm_share and control_share:
            pair_share = arm_share + control_share
            weight = arm_share / pair_share
            if row["arm_variance"] is not None:
                variance = row["arm_variance"] * row["unit_count"] / weight
                variance += row["control_variance"] * row["control_unit_count"] / (1 - weight)

        for test in ("fixed_horizon", "always_valid"):
            null_reason = row["null_reason"] if test == "fixed_horizon" else row["sequential_null_reason"]
            se = row["estimate_se"] if null_reason is None else None
            critical = stats.norm.isf(ALPHA / 2)
            if test == "always_valid" and se:
                critical = multiplier(row["unit_count"] + row["control_unit_count"])
            effect = effects.get((row["experiment_id"], row["metric"]))
            figures = {column: row[column] for column in key} | {"test": test}
            plan = plan_of(test, effect, variance, weight, pair_share)
            detectable = days = None
            if se:
                detectable = (critical + stats.norm.ppf(POWER)) * se
                if effect and detectable <= effect:
                    days = 0.0
                elif plan["needed_units"] and not of_population["has_ended"] and of_population["daily_new_users"]:
                    missing = plan["needed_units"] - variance / se**2
                    days = max(missing, 0) / pair_share / of_population["daily_new_users"]
            now.append(
                figures
                | {name: count for name, count in plan.items() if name != "needed_units"}
                | {
                    "minimum_detectable_effect": detectable,
                    "minimum_detectable_lift": detectable / row["control_value"]
                    if detectable and row["control_value"] > 0
                    else None,
                    "smallest_effect_of_interest": effect,
                    "power_at_smallest_effect": stats.norm.sf(critical - effect / se) if effect and se else None,
                    "daily_new_users": of_population["daily_new_users"],
                    "days_to_go": days,
                    "null_reason": null_reason,
                }
            )
            for relative_effect in RELATIVE_EFFECTS:
                has_lift = row["control_value"] is not None and row["control_value"] > 0
                effect = relative_effect * row["control_value"] if has_lift else None
                plan = plan_of(test, effect, variance, weight, pair_share)
                curves.append(
                    figures
                    | {name: count for name, count in plan.items() if name != "needed_units"}
                    | {
                        "relative_effect": relative_effect,
                        "effect": effect,
                        "power_at_effect": stats.norm.sf(critical - effect / se) if effect and se else None,
                        "null_reason": null_reason or (None if has_lift else "control_not_positive"),
                    }
                )
    return tuple(pl.DataFrame(rows, infer_schema_length=None) for rows in (now, curves))
