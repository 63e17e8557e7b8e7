"""The Poisson bootstrap of one arm against control, with the weights drawn a second time from their definition."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import md5
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statistics_reference import Values

MODULUS = 2**31 - 1
LARGEST_WEIGHT = 12

# Differences of the replicates within this share of the values are what rounding leaves of none.
ROUNDING = 1e-13


@dataclass(frozen=True)
class Units:
    """The units of one arm, whose value is a ratio of totals or a quantile.

    Attributes:
        unit: The key that draws the weights.
        numerator: The outcome of each unit; NaN, it is not known.
        denominator: The denominator of each unit; ones for a mean.
        stratum: The stratum that the unit is in.
    """

    unit: NDArray[Any]
    numerator: Values
    denominator: Values
    stratum: NDArray[Any]


@cache
def unit_weights(unit: str, seed: str, replicates: int) -> NDArray[np.int64]:
    """The weight of a unit in the data themselves, where it is 1, and in every replicate."""
    digest = md5(f"{seed}:{unit}".encode(), usedforsecurity=False).hexdigest()
    start, step = int(digest[:15], 16) % MODULUS, int(digest[16:31], 16) % (MODULUS - 1) + 1
    y = (start + np.arange(1, replicates + 1) * step) % MODULUS
    square = y * y % MODULUS
    draws = square * square % MODULUS * y % MODULUS
    steps = np.round(stats.poisson.cdf(np.arange(LARGEST_WEIGHT), 1) * MODULUS)
    return np.append(1, np.searchsorted(steps, draws, side="right"))


def poisson_weights(units: Iterable[Any], seed: Any, replicates: int) -> Values:
    """The weights of some units, one row each."""
    return np.stack([unit_weights(str(unit), str(seed), replicates) for unit in units]).astype(float)


def interval_rank(replicates: int, alpha: float) -> int:
    """The largest rank k with 2 k / (B + 1) < alpha."""
    return max(k for k in range(1, replicates + 1) if 2 * k / (replicates + 1) < alpha)


def ratios(units: Units, shares: dict[Any, float], seed: Any, replicates: int) -> Values:
    """The ratio of totals in the data and in every replicate, NaN where it has no weight or no denominator."""
    numerator = denominator = np.zeros(replicates + 1)
    for stratum, share in shares.items():
        members = units.stratum == stratum
        weights = poisson_weights(units.unit[members], seed, replicates)
        total = weights.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Of a single stratum the factor cancels, and equal ratios of whole numbers stay equal.
            factor = np.where(total > 0, 1.0, nan) if len(shares) == 1 else share / np.where(total > 0, total, nan)
        numerator = numerator + factor * (units.numerator[members] @ weights)
        denominator = denominator + factor * (units.denominator[members] @ weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        return numerator / np.where(denominator == 0, nan, denominator)


def quantiles(
    units: Units, values: list[Values], shares: dict[Any, float], share: float, seed: Any, replicates: int
) -> Values:
    """The quantile of the units' observations in the data and in every replicate."""
    distinct = np.unique(np.concatenate(values))
    mass = np.zeros((replicates + 1, len(distinct)))
    for stratum, of_stratum in shares.items():
        members = np.flatnonzero(units.stratum == stratum)
        weights = poisson_weights(units.unit[members], seed, replicates)
        counts = np.zeros((len(members), len(distinct)))
        for row, member in enumerate(members):
            np.add.at(counts[row], np.searchsorted(distinct, values[member]), 1)
        total = weights.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(total > 0, 1.0, nan) if len(shares) == 1 else of_stratum / np.where(total > 0, total, nan)
        mass += factor[:, None] * (weights.T @ counts)
    cumulative = np.cumsum(mass, axis=1)
    is_reached = cumulative >= share * cumulative[:, -1:] * (1 - 1e-12)
    has_mass = np.isfinite(cumulative[:, -1]) & (cumulative[:, -1] > 0)
    return np.where(has_mass, distinct[np.argmax(is_reached, axis=1)], nan)


def stratum_shares(arm: NDArray[Any], control: NDArray[Any]) -> dict[Any, float]:
    """The share of the pair's units in every stratum that has units of both arms."""
    strata = np.intersect1d(arm, control)
    sizes = {stratum: np.sum(arm == stratum) + np.sum(control == stratum) for stratum in strata}
    return {stratum: size / sum(sizes.values()) for stratum, size in sizes.items()}


def bootstrap_figures(arm: Values, control: Values, alpha: float = 0.05) -> dict[str, Any]:
    """Estimate, interval, p-value and lift from the two arms' values, the first of each being that of the data."""
    estimates, replicates = arm - control, len(arm) - 1
    estimate, differences = estimates[0], estimates[1:]
    result: dict[str, Any] = {
        "arm_value": arm[0],
        "control_value": control[0],
        "estimate": estimate,
        "relative_lift": estimate / control[0] if control[0] > 0 else nan,
        "is_relative_lift_unbounded": False,
        "null_reason": None,
    }
    if np.isnan(differences).any():
        return result | {"null_reason": "empty_resample"}
    if np.ptp(differences) <= ROUNDING * (abs(arm[0]) + abs(control[0])):
        return result | {"null_reason": "zero_variance", "estimate_se": 0.0}
    rank = interval_rank(replicates, alpha)
    ordered = np.sort(differences)
    rarer_sign = min(np.sum(differences <= 0), np.sum(differences >= 0))
    result |= {
        "estimate_se": np.std(differences, ddof=1),
        "estimate_lower": ordered[rank - 1],
        "estimate_upper": ordered[-rank],
        "p_value": min(1.0, 2 * (rarer_sign + 1) / (replicates + 1)),
    }
    if control[0] <= 0:
        return result
    if (control[1:] <= 0).any():
        return result | {"is_relative_lift_unbounded": True}
    lifts = np.sort(differences / control[1:])
    return result | {"relative_lift_lower": lifts[rank - 1], "relative_lift_upper": lifts[-rank]}


def bootstrap_contrast(arm: Units, control: Units, seed: Any, replicates: int, alpha: float = 0.05) -> dict[str, Any]:
    """One arm against control in a mean or a ratio of totals."""
    known = []
    for units in (arm, control):
        kept = ~np.isnan(units.numerator) & ~np.isnan(units.denominator)
        known.append(Units(units.unit[kept], units.numerator[kept], units.denominator[kept], units.stratum[kept]))
    shares = stratum_shares(known[0].stratum, known[1].stratum)
    counts = {"unit_count": len(known[0].unit), "control_unit_count": len(known[1].unit)}
    if not shares:
        reason = "fewer_than_two_units" if all(counts.values()) else "not_logged"
        return counts | {"is_relative_lift_unbounded": False, "null_reason": reason}
    members = [np.isin(units.stratum, list(shares)) for units in known]
    counts = {"unit_count": members[0].sum(), "control_unit_count": members[1].sum()}
    values = [ratios(units, shares, seed, replicates) for units in known]
    figures = bootstrap_figures(*values, alpha)
    observed = {key: figures[key] for key in ("arm_value", "control_value", "estimate", "relative_lift")}
    unknown = counts | observed | {"is_relative_lift_unbounded": False}
    if np.isnan(figures["estimate"]):
        return unknown | {"null_reason": "zero_denominator"}
    if min(np.sum(units.stratum == stratum) for units in known for stratum in shares) <= 1:
        return unknown | {"null_reason": "fewer_than_two_units"}
    return counts | figures
