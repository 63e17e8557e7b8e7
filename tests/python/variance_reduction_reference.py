"""Adjustment by several covariates and by strata, and capping, from the users' values by NumPy's least squares."""

from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statistics_reference import (
    Linearised,
    Sample,
    Values,
    contrast,
    covariance_of_values,
    difference,
    fieller,
    linearised,
)

# A covariate of which the ones before it leave less than this share of its variance is passed over.
COLLINEAR = 1e-8
# What is left of a variance that is explained whole.
VANISHED = 1e-12
# One value has no variance.
FEWEST_WITH_A_VARIANCE = 2

Covariates = list[tuple[Values, Values]]


def least_squares(outcome: Values, covariates: list[Values]) -> tuple[list[float], Values]:
    """The coefficients of the covariates, 0 for one that the ones before it explain, and the residuals."""
    used: list[int] = []
    for number, covariate in enumerate(covariates):
        scale = np.linalg.norm(covariate)
        left = covariate / scale if scale > 0 else covariate
        if used:
            basis, _ = np.linalg.qr(np.column_stack([covariates[i] for i in used]))
            left = left - basis @ (basis.T @ left)
        if scale > 0 and left @ left > COLLINEAR:
            used.append(number)
    coefficients = [0.0] * len(covariates)
    if not used:
        return coefficients, outcome
    matrix = np.column_stack([covariates[i] for i in used])
    norms = np.linalg.norm(matrix, axis=0)
    solution = np.linalg.lstsq(matrix / norms, outcome, rcond=None)[0] / norms
    for number, coefficient in zip(used, solution, strict=True):
        coefficients[number] = coefficient
    return coefficients, outcome - matrix @ solution


def contrast_by_covariates(
    arm: Sample,
    control: Sample,
    covariates: tuple[Covariates, Covariates],
    *,
    is_ratio: bool,
    confidence_level: float = 0.95,
) -> dict[str, Any]:
    """One arm against control, adjusted by several covariates, each a numerator and a denominator (ones for a mean).

    The coefficients are those of a regression of the users' linearised outcomes on their linearised covariates, both
    around the means of their arm and stratum, each user weighted by the stratum's share of the pair over the root of
    n (n - 1): its residual sum of squares is the variance of the adjusted difference.
    """
    plain = contrast(arm, control, is_ratio=is_ratio, is_adjusted=False, confidence_level=confidence_level)
    plain |= {"cuped_coefficient": None, "condition": 1.0}
    if plain["null_reason"]:
        return plain
    strata = np.intersect1d(arm.stratum, control.stratum)
    sides = []
    for side, of_side in zip((arm, control), covariates, strict=True):
        kept = np.isin(side.stratum, strata)
        sides.append((side.within(strata), [(x[kept], w[kept]) for x, w in of_side]))
    unit_count = sum(len(side) for side, _ in sides)
    weights = {s: sum(np.sum(side.stratum == s) for side, _ in sides) / unit_count for s in strata}
    outcomes = [linearised(side, weights, side.numerator, side.denominator) for side, _ in sides]
    pasts = [[linearised(side, weights, x, w) for x, w in of_side] for side, of_side in sides]
    # Unknown in one arm, a covariate is of no use in the other.
    known = [i for i in range(len(covariates[0])) if not any(np.isnan(of_side[i].ratio) for of_side in pasts)]

    def stacked(of_sides: list[Linearised]) -> Values:
        return np.concatenate(
            [
                weight * (values - values.mean()) / sqrt(len(values) * (len(values) - 1))
                for side in of_sides
                for weight, values in zip(weights.values(), side.residuals, strict=True)
            ]
        )

    outcome = stacked(outcomes)
    columns = [stacked([of_side[i] for of_side in pasts]) for i in known]
    # What does not vary but for rounding.
    columns = [
        np.zeros_like(column)
        if column @ column <= 1e-26 * sum(of_side[i].square for of_side in pasts) / unit_count
        else column
        for i, column in zip(known, columns, strict=True)
    ]
    coefficients, residual = least_squares(outcome, columns)
    centres = [
        sum(of_side[i][0].sum() for _, of_side in sides) / sum(of_side[i][1].sum() for _, of_side in sides)
        for i in known
    ]
    values = [
        difference(
            of_outcome.ratio,
            [
                theta * (of_side[i].ratio - centre)
                for theta, i, centre in zip(coefficients, known, centres, strict=True)
                if theta
            ],
        )
        for of_outcome, of_side in zip(outcomes, pasts, strict=True)
    ]
    ends = np.cumsum([len(values) for side in outcomes for values in side.residuals])
    terms = np.array([part @ part for part in np.split(residual, ends[:-1])])
    sizes = np.array([len(values) for side in outcomes for values in side.residuals])
    total = terms.sum()
    unadjusted = outcome @ outcome
    explained = sum(theta**2 * (column @ column) for theta, column in zip(coefficients, columns, strict=True))
    estimate, control_value = values[0] - values[1], values[1]
    result = plain | {
        "arm_value": values[0],
        "control_value": control_value,
        "estimate": estimate,
        "relative_lift": estimate / control_value if control_value > 1e-12 * abs(values[0]) else nan,
        "estimate_scale": plain["estimate_scale"]
        + sum(
            abs(theta) * sqrt(sum(of_side[i].square for of_side in pasts))
            for theta, i in zip(coefficients, known, strict=True)
        ),
        "variance_scale": unadjusted + explained + plain["variance_scale"],
        "condition": (unadjusted + explained + plain["variance_scale"]) / total if total > 0 else 1.0,
    }
    if total <= VANISHED * (unadjusted + explained):
        cleared = dict.fromkeys(
            (
                "degrees_of_freedom",
                "p_value",
                "estimate_lower",
                "estimate_upper",
                "relative_lift_lower",
                "relative_lift_upper",
            ),
            nan,
        )
        return (
            result
            | cleared
            | {
                "estimate_se": 0.0,
                "null_reason": "zero_variance",
                "approximation_quality": "unknown",
                "is_relative_lift_unbounded": False,
                "variance_reduction": 1.0,
            }
        )
    degrees_of_freedom = total**2 / np.sum(terms**2 / (sizes - 1))
    t = stats.t.isf((1 - confidence_level) / 2, degrees_of_freedom)
    combined = [
        Linearised(
            0.0,
            [
                sum(
                    (theta * of_side[i].residuals[s] for theta, i in zip(coefficients, known, strict=True) if theta),
                    np.zeros(len(of_side[0].residuals[s])),
                )
                for s in range(len(strata))
            ],
            0.0,
            [],
        )
        for of_side in pasts
    ]
    matrix = covariance_of_values(list(weights.values()), outcomes, combined, 1.0)
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
        "variance_reduction": 1 - total / unadjusted,
    }


def collapsed_strata(arm: NDArray[Any], within: NDArray[Any], stratum: NDArray[Any]) -> NDArray[Any]:
    """The stratum of every user after thin ones, of which some arm has no two users, are put together.

    If they are too few together, the largest of the others joins them, of equals the first by name.
    """
    labels = np.array([f"{group}: {name}" for group, name in zip(within, stratum, strict=True)], dtype=object)
    for group in np.unique(within):
        inside = within == group
        every_arm, sizes = np.unique(arm[inside], return_counts=True)
        # One unit of an arm is never two in any stratum; of a single arm nothing is compared.
        arms = every_arm[sizes >= FEWEST_WITH_A_VARIANCE]
        if len(arms) <= 1:
            labels[inside] = f"{group} collapsed"
            continue

        def is_thin(members: NDArray[np.bool_], arms: NDArray[Any] = arms) -> bool:
            return any(np.sum(members & (arm == name)) < FEWEST_WITH_A_VARIANCE for name in arms)

        names = sorted(np.unique(stratum[inside]), key=lambda name: (-np.sum(inside & (stratum == name)), name))
        thin = [name for name in names if is_thin(inside & (stratum == name))]
        others = [name for name in names if name not in thin]
        if thin and others and is_thin(inside & np.isin(stratum, thin)):
            thin.append(others[0])
        labels[inside & np.isin(stratum, thin)] = f"{group} collapsed"
    return labels


def with_variance_reduction(result: dict[str, Any], unadjusted: dict[str, Any]) -> dict[str, Any]:
    """A result, with the share of another one's variance that it has less."""
    before = unadjusted.get("estimate_se") or 0.0
    if before > 0 and "estimate_se" in result:
        result = result | {"variance_reduction": 1 - (result["estimate_se"] / before) ** 2}
    return result
