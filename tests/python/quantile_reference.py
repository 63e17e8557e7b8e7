"""A quantile of one arm against control, from the observations and the units they belong to."""

from dataclasses import dataclass
from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statistics_reference import FEW_EVENTS, USERS_PER_SQUARED_SKEWNESS, Values, fieller, grade, untested, worst


@dataclass(frozen=True)
class Observations:
    """The observations of one arm.

    Attributes:
        value: The number observed; NaN stands for a unit that was not observed.
        unit: The unit that the observation is of.
        stratum: The stratum that the unit is in.
    """

    value: Values
    unit: NDArray[Any]
    stratum: NDArray[Any]

    def within(self, stratum: Any) -> "Observations":
        """The observations in one stratum."""
        kept = self.stratum == stratum
        return Observations(self.value[kept], self.unit[kept], self.stratum[kept])

    def unit_count(self) -> int:
        """How many units there are, observed or not."""
        return len(np.unique(self.unit))

    def is_observed(self) -> bool:
        """Whether there is any observation."""
        return not np.isnan(self.value).all()


@dataclass(frozen=True)
class Quantile:
    """The quantile of one arm with its outer interval.

    Attributes:
        value: The quantile.
        se: Its standard error.
        degrees_of_freedom: Those of the standard error of the share.
        is_beyond_data: Whether an end of the interval is beyond the observations.
        approximation_quality: Poor or doubtful where few units are on one side of it or their share is skewed; unknown
            where an end is tied with it.
    """

    value: float
    se: float
    degrees_of_freedom: float
    is_beyond_data: bool
    approximation_quality: str


def weighted_quantile(values: Values, weights: Values, share: float) -> float:
    """The smallest value with at least a share of the weight at or below it; a rounding's breadth is as good."""
    ordered, position = np.unique(values, return_inverse=True)
    cumulative = np.cumsum(np.bincount(position, weights))
    reached = np.flatnonzero(cumulative >= share * cumulative[-1] * (1 - 1e-12))
    return ordered[reached[0]] if len(reached) else nan


def arm_quantile(strata: list[Observations], weights: list[float], share: float, confidence_level: float) -> Quantile:
    """The quantile of an arm of which every stratum's mean has a weight."""
    sizes = [stratum.unit_count() for stratum in strata]
    values = np.concatenate([stratum.value for stratum in strata])
    weight = np.concatenate(
        [
            np.full(len(stratum.value), of_stratum * sum(sizes) / size)
            for stratum, of_stratum, size in zip(strata, weights, sizes, strict=True)
        ]
    )
    values, weight = values[~np.isnan(values)], weight[~np.isnan(values)]
    quantile = weighted_quantile(values, weight, share)
    reached = weight[values <= quantile].sum() / weight.sum()
    observations_per_unit = weight.sum() / sum(sizes)

    variance = part = skew_numerator = skew_variance = 0.0
    below = above = 0
    for stratum, of_stratum, size in zip(strata, weights, sizes, strict=True):
        _, unit = np.unique(stratum.unit, return_inverse=True)
        y = np.bincount(unit, stratum.value <= quantile, minlength=size)
        d = np.bincount(unit, ~np.isnan(stratum.value), minlength=size)
        below += np.count_nonzero(y)
        above += np.count_nonzero(d - y)
        if size <= 1:
            continue
        moments = np.cov(y, d)
        of_share = (moments[0, 0] - 2 * reached * moments[0, 1] + reached**2 * moments[1, 1]) / observations_per_unit**2
        variance += of_stratum**2 * of_share / size
        part += (of_stratum**2 * of_share / size) ** 2 / (size - 1)
        contribution = (y - reached * d) / observations_per_unit
        skew_numerator += of_stratum * np.mean((contribution - contribution.mean()) ** 3)
        skew_variance += of_stratum * of_share
    z = stats.norm.isf((1 - confidence_level) / 2)
    half_width = z * sqrt(max(variance, 0.0))
    lower, upper = (weighted_quantile(values, weight, share + sign * half_width) for sign in (-1, 1))
    is_constant = values.min() == values.max()
    is_tied = not lower < quantile < upper
    skewness = skew_numerator / skew_variance**1.5 if not is_tied else nan
    return Quantile(
        quantile,
        0.0 if is_constant else (upper - lower) / (2 * z),
        variance**2 / part if part > 0 else nan,
        not is_constant and (quantile == values.max() or share - half_width <= 0 or share + half_width > 1),
        worst(
            grade(min(above, below), FEW_EVENTS),
            grade(sum(sizes) / skewness**2 if skewness else np.inf, USERS_PER_SQUARED_SKEWNESS),
        ),
    )


def quantile_contrast(
    arm: Observations, control: Observations, share: float, confidence_level: float = 0.95
) -> dict[str, Any]:
    """One arm against control; what cannot be computed is NaN or absent."""
    arms = [arm, control]
    shared = np.intersect1d(arm.stratum, control.stratum)
    strata = [s for s in shared if all(of_arm.within(s).is_observed() for of_arm in arms)]
    result: dict[str, Any] = {
        "cuped_coefficient": 0.0,
        "is_relative_lift_unbounded": False,
        "approximation_quality": "unknown",
    }
    if not strata:
        counts = [
            sum(of_arm.within(s).unit_count() for s in shared if of_arm.within(s).is_observed()) for of_arm in arms
        ]
        reason = "fewer_than_two_units" if all(counts) else "not_logged"
        return result | {"unit_count": counts[0], "control_unit_count": counts[1], "null_reason": reason}
    by_arm = [[of_arm.within(s) for s in strata] for of_arm in arms]
    sizes = np.array([[of_stratum.unit_count() for of_stratum in of_arm] for of_arm in by_arm])
    weights = list(sizes.sum(axis=0) / sizes.sum())
    treated, controlled = (arm_quantile(of_arm, weights, share, confidence_level) for of_arm in by_arm)
    estimate = treated.value - controlled.value
    result |= {
        "unit_count": sizes[0].sum(),
        "control_unit_count": sizes[1].sum(),
        "arm_value": treated.value,
        "control_value": controlled.value,
        "estimate": estimate,
        "relative_lift": estimate / controlled.value if controlled.value > 0 else nan,
        "approximation_quality": worst(treated.approximation_quality, controlled.approximation_quality),
        "null_reason": None,
    }
    if sizes.min() <= 1:
        return untested(result, "fewer_than_two_units")
    if treated.is_beyond_data or controlled.is_beyond_data:
        return untested(result, "quantile_beyond_data")
    variances = [treated.se**2, controlled.se**2]
    total = sum(variances)
    if total == 0:
        return untested(result | {"estimate_se": 0.0}, "zero_variance")
    degrees = total**2 / sum(
        variance**2 / side.degrees_of_freedom
        for variance, side in zip(variances, (treated, controlled), strict=True)
        if variance > 0
    )
    t = stats.t.isf((1 - confidence_level) / 2, degrees)
    lower, upper = fieller(treated.value, variances[0], controlled.value, variances[1], t)
    return result | {
        "estimate_se": sqrt(total),
        "degrees_of_freedom": degrees,
        "p_value": 2 * stats.t.sf(abs(estimate) / sqrt(total), degrees),
        "estimate_lower": estimate - t * sqrt(total),
        "estimate_upper": estimate + t * sqrt(total),
        "arm_value_variance": variances[0],
        "control_value_variance": variances[1],
        "covariance_of_values": 0.0,
        "relative_lift_lower": lower,
        "relative_lift_upper": upper,
        "is_relative_lift_unbounded": controlled.value > 0 and bool(np.isnan(lower)),
        "variance_reduction": 0.0,
    }
