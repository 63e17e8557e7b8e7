"""The launch decision from the rows of the results, by the rule as docs/decisions/0013 states it."""

from math import inf
from typing import Any

from scipy.optimize import brentq
from scipy.stats import norm
from sequential_reference import half_width

Row = dict[str, Any]

ALPHA = 0.05
NON_INFERIORITY_ALPHA = 0.025
POWER = 0.8
PLANNED_USERS = 10_000
PATIENCE_DAYS = 90
VERDICTS = {
    "benefit_shown": "ship",
    "undecided_before_end": "keep_running",
    "undecided_worth_waiting": "keep_running",
    "too_early": "keep_running",
    "invalid": "do_not_read",
    "no_primary_metric": "do_not_read",
    "not_computed": "do_not_read",
}
# From the worst to the best.
RANKS = ["do_not_read", "do_not_ship", "keep_running", "ship"]


def interval(row: Row, has_ended: bool, is_relative: bool) -> tuple[float, float]:
    """The interval that decides, benefit positive; what is not known reaches to infinity."""
    name = {(True, True): "relative_lift", (True, False): "estimate"}.get((has_ended, is_relative))
    name = name or ("sequential_relative_lift" if is_relative else "sequential")
    lower, upper = row[f"{name}_lower"], row[f"{name}_upper"]
    lower, upper = -inf if lower is None else lower, inf if upper is None else upper
    return (lower, upper) if row["desired_direction"] == "increase" else (-upper, -lower)


def reason_for_nulls(row: Row | None, has_ended: bool) -> str | None:
    """Why there are no figures; before the planned end the always-valid ones are needed."""
    if row is None:
        return "no_users"
    return row["null_reason"] or (None if has_ended else row["sequential_null_reason"])


def guardrail_state(row: Row | None, metric: Row, has_ended: bool) -> str:
    """Whether a guardrail is harmed, passed or open."""
    if row is None or reason_for_nulls(row, has_ended) is not None:
        return "open"
    lower, upper = interval(row, has_ended, metric["margin_scale"] == "relative")
    if upper < -metric["margin"]:
        return "harmed"
    passes = row["is_non_inferior"] if has_ended else lower > -metric["margin"]
    return "passed" if passes else "open"


def holm(p_values: list[float | None]) -> list[float | None]:
    """Holm 1979, step by step."""
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for step, (p, place) in enumerate(known):
        largest = max(largest, (len(known) - step) * p)
        adjusted[place] = min(1.0, largest)
    return adjusted


def days(row: Row | None, effect: float | None, experiment: Row, alpha: float, power: float) -> float | None:
    """Days until the users suffice for a test at a one-sided level, at the present rate; null where none are known.

    Where no planned end is to come they have to suffice for the confidence sequence, whose interval is two-sided.
    """
    if reason_for_nulls(row, experiment["has_ended"]) is not None or not effect or not row["daily_new_users"]:
        return None
    variance = row["difference_variance"]
    if experiment["has_planned_end"] and not experiment["has_ended"]:
        needed = variance * ((norm.isf(alpha) + norm.ppf(power)) / effect) ** 2
    else:

        def shortfall(n: float) -> float:
            error = (variance / n) ** 0.5
            return half_width(n, error, PLANNED_USERS, ALPHA) + norm.ppf(power) * error - effect

        needed = brentq(shortfall, 1e-3, 1e12, xtol=1e-12, rtol=1e-14)
    missing = needed - variance / row["estimate_se"] ** 2
    return max(missing, 0.0) / row["pair_share"] / row["daily_new_users"]


def days_before_end(experiment: Row, rule: str, waits: list[float | None]) -> float | None:
    """Days to the planned end, or more where the users by then are too few; without an end, until they suffice."""
    if rule not in ("undecided_before_end", "too_early"):
        return None
    # What has had users enough is not settled by more of them.
    known = [max(waits)] if waits and all(waits) else []
    return max([*known, *([experiment["days_to_end"]] if experiment["has_planned_end"] else [])], default=None)


def of_arm(experiment: Row, primary: Row | None, row: Row | None, p: float | None, guardrails: list[Row]) -> Row:
    """The case of the rule that applies to one treatment arm, and how long it would have to wait."""
    has_ended = experiment["has_ended"]
    states = [guardrail_state(one["row"], one["metric"], has_ended) for one in guardrails]
    waits = []
    for state, one in zip(states, guardrails, strict=True):
        if state == "open":
            margin, result = one["metric"]["margin"], one["row"]
            if one["metric"]["margin_scale"] == "relative" and result is not None:
                margin = margin * result["control_value"] if (result["control_value"] or 0) > 0 else None
            waits.append(days(result, margin, experiment, NON_INFERIORITY_ALPHA, 1 - NON_INFERIORITY_ALPHA))

    reason = reason_for_nulls(row, has_ended)
    is_hopeless = has_ended or reason in ("not_logged", "unknown_cluster", "cluster_in_several_arms")
    smallest = abs((primary or {}).get("smallest_effect") or 0.0)
    lower, upper = interval(row, has_ended, is_relative=False) if primary and reason is None else (-inf, inf)
    is_shown = p is not None and p < ALPHA and lower >= 0
    if not is_shown:
        waits.append(days(row, smallest, experiment, ALPHA / 2, POWER))
    can_wait = all(waits) and max(waits, default=inf) <= PATIENCE_DAYS
    cases = {
        "invalid": not experiment["is_valid"],
        "no_primary_metric": primary is None,
        "primary_harmed": upper < 0,
        "guardrail_harmed": "harmed" in states,
        "not_computed": reason is not None and is_hopeless,
        "too_early": reason is not None,
        "effect_too_small": upper < smallest,
        "benefit_shown": is_shown and "open" not in states,
        "undecided_before_end": experiment["has_planned_end"] and not has_ended,
        "undecided_worth_waiting": can_wait,
        "undecided_not_worth_waiting": True,
    }
    rule = next(case for case, holds in cases.items() if holds)
    return {
        "decision_rule": rule,
        "verdict": VERDICTS.get(rule, "do_not_ship"),
        "days": max(waits) if rule == "undecided_worth_waiting" else days_before_end(experiment, rule, waits),
        "failed_guardrails": sorted(
            g["metric"]["metric"] for g, s in zip(guardrails, states, strict=True) if s == "harmed"
        ),
        "open_guardrails": sorted(
            g["metric"]["metric"] for g, s in zip(guardrails, states, strict=True) if s == "open"
        ),
    }


def decision(experiment: Row, arms: list[str], metrics: list[Row], rows: dict[tuple[str, str], Row]) -> Row:
    """The decision about one experiment.

    Args:
        experiment: `has_ended`, `is_valid` and `has_planned_end`; `days_to_end` where it has one to come.
        arms: The treatment arms.
        metrics: The primary metric and guardrails, with `role`, `smallest_effect`, `margin` and `margin_scale`.
        rows: The row of results of each arm and metric, for the population and by the method that decide.
    """
    primary = next((metric for metric in metrics if metric["role"] == "primary"), None)
    guardrails = [metric for metric in metrics if metric["role"] == "guardrail"]
    of_primary = [rows.get((arm, primary["metric"])) if primary else None for arm in arms]
    p_name = "p_value" if experiment["has_ended"] else "sequential_p_value"

    def benefit(row: Row | None) -> float:
        if row is None or row["estimate"] is None:
            return -inf
        return row["estimate"] if row["desired_direction"] == "increase" else -row["estimate"]

    p_values = holm(
        [row and row[p_name] if row is None or row[p_name] is None or benefit(row) > 0 else 1.0 for row in of_primary]
    )
    decisions = []
    for arm, row, p in zip(arms, of_primary, p_values, strict=True):
        judged = [{"metric": metric, "row": rows.get((arm, metric["metric"]))} for metric in guardrails]
        decisions.append({"arm": arm, "benefit": benefit(row), "p": p} | of_arm(experiment, primary, row, p, judged))
    return min(decisions, key=lambda one: (-RANKS.index(one["verdict"]), -one["benefit"], one["arm"]))
