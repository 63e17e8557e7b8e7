"""The statistics of a contrast between two arms, from the users' values: NumPy for sums, SciPy for distributions."""

from dataclasses import dataclass
from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Values = NDArray[np.float64]

# Variances below this share of the squared values are what rounding leaves of zero.
ROUNDING = 1e-28

# Below, the t distribution is poor, or doubtful.
FEW_EVENTS = (20, 100)
FEW_USERS_OF_A_RATIO = (300, 5_000)
USERS_PER_SQUARED_SKEWNESS = (20, 355)

FEWEST_WITH_A_VARIANCE = 2

FROM_BEST = ("good", "doubtful", "unknown", "poor")


@dataclass(frozen=True)
class Sample:
    """The users of one arm, one value each.

    Attributes:
        numerator: The outcome, or the numerator of a ratio.
        denominator: The denominator of a ratio; ones for a mean, which is that ratio.
        numerator_covariate: The numerator in the time before assignment.
        denominator_covariate: The denominator in the time before assignment; ones for a mean.
        stratum: The stratum the user is in, for instance the ramp phase.
    """

    numerator: Values
    denominator: Values
    numerator_covariate: Values
    denominator_covariate: Values
    stratum: NDArray[Any]

    def __len__(self) -> int:
        """The number of users."""
        return len(self.numerator)

    def within(self, strata: NDArray[Any]) -> "Sample":
        """The users in some strata."""
        kept = np.isin(self.stratum, strata)
        return Sample(
            self.numerator[kept],
            self.denominator[kept],
            self.numerator_covariate[kept],
            self.denominator_covariate[kept],
            self.stratum[kept],
        )


@dataclass(frozen=True)
class Linearised:
    """One arm's ratio of post-stratified means, and the users' contributions to it, by stratum (delta method).

    Attributes:
        ratio: The ratio; NaN where the denominator is zero.
        residuals: Of every stratum, the users' (numerator - ratio * denominator) / mean denominator.
        square: The mean square of the two terms of that difference.
        variances: Of every stratum, the sum of the variances of the two terms: what cancels in their difference.
    """

    ratio: float
    residuals: list[Values]
    square: float
    variances: list[float]


def linearised(sample: Sample, weights: dict[Any, float], numerator: Values, denominator: Values) -> Linearised:
    """A ratio of means that are weighted to the strata's shares in the pair of arms."""
    members = [sample.stratum == stratum for stratum in weights]
    mean_numerator, mean_denominator = (
        sum(weight * np.mean(values[member]) for weight, member in zip(weights.values(), members, strict=True))
        for values in (numerator, denominator)
    )
    if mean_denominator == 0:
        return Linearised(nan, [np.zeros(member.sum()) for member in members], 0.0, [0.0 for _ in members])
    ratio = mean_numerator / mean_denominator
    terms = numerator / mean_denominator, ratio * denominator / mean_denominator
    residuals = terms[0] - terms[1]
    return Linearised(
        ratio,
        [residuals[member] for member in members],
        np.mean(terms[0] ** 2 + terms[1] ** 2),
        [np.var(terms[0][member]) + np.var(terms[1][member]) for member in members],
    )


def difference(value: float, adjustments: list[float]) -> float:
    """A value less its adjustments; zero where only rounding is left of it."""
    left = value - sum(adjustments)
    return left if abs(left) > 1e-14 * (abs(value) + sum(map(abs, adjustments))) else 0.0


def cuped_coefficient(weights: list[float], outcomes: list[Linearised], covariates: list[Linearised]) -> float:
    """The coefficient that leaves the difference of the arms the least variance; 0 where there is no such covariate."""
    if any(np.isnan(covariate.ratio) for covariate in covariates):
        return 0.0
    covariance = variance = 0.0
    for outcome, covariate in zip(outcomes, covariates, strict=True):
        for weight, residuals, covariate_residuals in zip(weights, outcome.residuals, covariate.residuals, strict=True):
            moments = np.cov(residuals, covariate_residuals)
            covariance += weight**2 * moments[0, 1] / len(residuals)
            variance += weight**2 * moments[1, 1] / len(residuals)
    return covariance / variance if variance > ROUNDING * sum(covariate.square for covariate in covariates) else 0.0


def fieller(
    value: float, variance: float, control: float, control_variance: float, t: float, covariance: float = 0.0
) -> tuple[float, float]:
    """The lifts d that a t test of value = (1 + d) * control does not reject: an interval, or NaN when unbounded.

    They satisfy (difference - d * control)^2 <= t^2 * var(value - (1 + d) * control), a quadratic in d.
    """
    difference = value - control
    a = control**2 - t**2 * control_variance
    half_b = -(difference * control + t**2 * (control_variance - covariance))
    c = difference**2 - t**2 * (variance - 2 * covariance + control_variance)
    if control <= 0 or a <= 0:
        return nan, nan
    # The root that adds two numbers of one sign keeps its digits; the other follows from their product. What is under
    # the square root is a variance times t^2, and may come out below a zero.
    far = -half_b + np.copysign(sqrt(max(half_b**2 - a * c, 0)), -half_b)
    roots = (far / a, c / far)
    return min(roots), max(roots)


def covariance_of_values(
    weights: list[float], outcomes: list[Linearised], covariates: list[Linearised], coefficient: float
) -> NDArray[np.float64]:
    """The 2 x 2 covariance matrix of the arm's and the control's value, adjusted towards the pair's mean covariate.

    The pair's mean is made of both arms, so each arm's covariate stands in both values: with the arm's share s of the
    stratum's users, s of it in the other's and 1 - s, with the other sign, in its own.
    """
    matrix = np.zeros((2, 2))
    for position, weight in enumerate(weights):
        sizes = np.array([len(outcome.residuals[position]) for outcome in outcomes], dtype=float)
        shares = sizes / sizes.sum()
        for side in (0, 1):
            outcome, covariate = outcomes[side].residuals[position], covariates[side].residuals[position]
            terms = np.empty((2, len(outcome)))
            terms[side] = outcome - coefficient * (1 - shares[side]) * covariate if coefficient else outcome
            terms[1 - side] = coefficient * shares[side] * covariate if coefficient else 0.0
            matrix += weight**2 * np.cov(terms) / len(outcome)
    return matrix


def skewness(sample: Sample, weights: dict[Any, float]) -> float:
    """The third central moment of the numerator within strata over its standard deviation cubed."""
    strata = [(weight, sample.numerator[sample.stratum == stratum]) for stratum, weight in weights.items()]
    if min(len(values) for _, values in strata) < FEWEST_WITH_A_VARIANCE:
        return nan
    third = sum(weight * np.mean((values - values.mean()) ** 3) for weight, values in strata)
    variance = sum(weight * np.var(values, ddof=1) for weight, values in strata)
    return third / variance**1.5 if variance > 0 else nan


def grade(size: float, limits: tuple[float, float]) -> str:
    """How far a sample of this size carries; a size that is NaN tells nothing."""
    return FROM_BEST[int(size < limits[1])] if size >= limits[0] else "poor" if size < limits[0] else "unknown"


def worst(*grades: str) -> str:
    """The worst of some grades: of any that is poor, the rest does not matter."""
    return max(grades, key=FROM_BEST.index)


def approximation_quality(sample: Sample, weights: dict[Any, float], *, is_ratio: bool) -> str:
    """Whether an arm is large and regular enough for the t distribution to be taken at its word."""
    events = grade(np.count_nonzero(sample.numerator), FEW_EVENTS)
    if is_ratio:
        return worst(events, grade(len(sample), FEW_USERS_OF_A_RATIO))
    square = skewness(sample, weights) ** 2
    return worst(events, grade(len(sample) / square if square else np.inf, USERS_PER_SQUARED_SKEWNESS))


def untested(result: dict[str, Any], reason: str) -> dict[str, Any]:
    """The figures that stand where there is no test."""
    return result | {"null_reason": reason, "approximation_quality": "unknown"}


def contrast(
    arm: Sample, control: Sample, *, is_ratio: bool, is_adjusted: bool, confidence_level: float = 0.95
) -> dict[str, Any]:
    """One arm against control, post-stratified, with CUPED if `is_adjusted`.

    What cannot be computed is NaN or absent. Beside the figures of a contrast stand the magnitudes of what is added
    and subtracted in the estimate, in its variance and in the coefficient (`estimate_scale`, `variance_scale`,
    `coefficient_scale`): no computation with doubles can get these better than to the rounding of those.
    """
    strata = np.intersect1d(arm.stratum, control.stratum)
    if not len(strata):
        reason = "fewer_than_two_units" if len(arm) and len(control) else "not_logged"
        return {
            "unit_count": len(arm),
            "control_unit_count": len(control),
            "cuped_coefficient": 0.0,
            "is_relative_lift_unbounded": False,
            "approximation_quality": "unknown",
            "null_reason": reason,
        }
    sides = [arm.within(strata), control.within(strata)]
    unit_count = sum(len(side) for side in sides)
    weights = {stratum: sum(np.sum(side.stratum == stratum) for side in sides) / unit_count for stratum in strata}
    outcomes = [linearised(side, weights, side.numerator, side.denominator) for side in sides]
    covariates = [linearised(side, weights, side.numerator_covariate, side.denominator_covariate) for side in sides]
    values = [outcome.ratio for outcome in outcomes]
    residuals = [outcome.residuals for outcome in outcomes]
    smallest_stratum = min(len(of_stratum) for of_arm in residuals for of_stratum in of_arm)

    def variances(of_arms: list[list[Values]]) -> list[list[float]]:
        return [
            [
                weight**2 * np.var(values, ddof=1) / len(values)
                for weight, values in zip(weights.values(), of_arm, strict=True)
            ]
            for of_arm in of_arms
        ]

    def scale(of_arms: list[Linearised]) -> float:
        return sum(
            weight**2 * variance / len(values)
            for of_arm in of_arms
            for weight, variance, values in zip(weights.values(), of_arm.variances, of_arm.residuals, strict=True)
        )

    coefficient = 0.0
    if is_adjusted and smallest_stratum > 1 and not np.isnan(values).any():
        coefficient = cuped_coefficient(list(weights.values()), outcomes, covariates)
    if coefficient:
        centre = sum(side.numerator_covariate.sum() for side in sides) / sum(
            side.denominator_covariate.sum() for side in sides
        )
        values = [
            difference(value, [coefficient * (covariate.ratio - centre)])
            for value, covariate in zip(values, covariates, strict=True)
        ]
        residuals = [
            [y - coefficient * x for y, x in zip(outcome.residuals, covariate.residuals, strict=True)]
            for outcome, covariate in zip(outcomes, covariates, strict=True)
        ]
    estimate, control_value = values[0] - values[1], values[1]
    result: dict[str, Any] = {
        "unit_count": len(sides[0]),
        "control_unit_count": len(sides[1]),
        "arm_value": values[0],
        "control_value": control_value,
        "estimate": estimate,
        "cuped_coefficient": coefficient,
        "relative_lift": estimate / control_value if control_value > 1e-12 * abs(values[0]) else nan,
        "is_relative_lift_unbounded": False,
        "approximation_quality": worst(*(approximation_quality(side, weights, is_ratio=is_ratio) for side in sides)),
        "null_reason": None,
        "estimate_scale": sqrt(sum(outcome.square for outcome in outcomes))
        + abs(coefficient) * sqrt(sum(covariate.square for covariate in covariates)),
        "variance_scale": scale(outcomes) + coefficient**2 * scale(covariates),
        "coefficient_scale": sqrt(scale(outcomes) / scale(covariates)) if scale(covariates) > 0 else 0.0,
    }
    if np.isnan(values).any():
        return untested(result, "zero_denominator")
    if smallest_stratum <= 1:
        return untested(result, "fewer_than_two_units")
    terms = variances(residuals)
    variance, control_variance = (sum(of_arm) for of_arm in terms)
    total = variance + control_variance
    if total <= ROUNDING * sum(outcome.square for outcome in outcomes):
        return untested(result | {"estimate_se": 0.0}, "zero_variance")

    degrees_of_freedom = total**2 / sum(
        term**2 / (len(values) - 1)
        for of_arm, values_of_arm in zip(terms, residuals, strict=True)
        for term, values in zip(of_arm, values_of_arm, strict=True)
    )
    t = stats.t.isf((1 - confidence_level) / 2, degrees_of_freedom)
    matrix = covariance_of_values(list(weights.values()), outcomes, covariates, coefficient)
    lower, upper = fieller(values[0], matrix[0, 0], control_value, matrix[1, 1], t, matrix[0, 1])
    return result | {
        "estimate_se": sqrt(total),
        "degrees_of_freedom": degrees_of_freedom,
        "p_value": 2 * stats.t.sf(abs(estimate) / sqrt(total), degrees_of_freedom),
        "estimate_lower": estimate - t * sqrt(total),
        "estimate_upper": estimate + t * sqrt(total),
        "arm_value_variance": matrix[0, 0],
        "control_value_variance": matrix[1, 1],
        "covariance_of_values": matrix[0, 1],
        "relative_lift_lower": lower,
        "relative_lift_upper": upper,
        "is_relative_lift_unbounded": control_value > 0 and bool(np.isnan(lower)),
        "variance_reduction": 1 - total / sum(map(sum, variances([outcome.residuals for outcome in outcomes]))),
    }
