"""A change in a ratio split into rates and mix, from a dense table of units: NumPy for sums, complex steps for slopes.

The project derives every influence by hand and sums over the rows that units have. Here the effect is a function of the
means of all sums of a stratum, its derivatives come from differentiating that function by a complex step (Squire and
Trapp 1998), and the variance is that of means with all covariances.
"""

from collections.abc import Callable, Iterator
from itertools import permutations
from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Values = NDArray[np.float64]
Row = dict[str, Any]

STEP = 1e-60
FEWEST_WITH_A_VARIANCE = 2


def slopes(function: Callable[[NDArray[Any]], Any], at: Values) -> Values:
    """The gradient of a function of several means."""
    steps = at + 1j * STEP * np.eye(len(at))
    return np.array([function(step).imag / STEP for step in steps])


def effects(count: int, empty: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> dict[tuple[str, Any], Callable]:
    """The effects as functions of means: y of every stratum, then d, of the arm and then of control.

    Args:
        count: The number of strata.
        empty: Of the arm and of control, which strata have no denominator.
    """

    def parts(means: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        y1, d1, y0, d0 = means.reshape(4, count)
        r1, r0 = (
            np.where(is_empty, 0, y / np.where(is_empty, 1, d))
            for y, d, is_empty in ((y1, d1, empty[0]), (y0, d0, empty[1]))
        )
        return (
            np.where(empty[0], 0, d1) / d1.sum(),
            np.where(empty[1], 0, d0) / d0.sum(),
            np.where(empty[0], r0, r1),
            np.where(empty[1], r1, r0),
            y1.sum() / d1.sum(),
            y0.sum() / d0.sum(),
        )

    def rate(means: NDArray[Any]) -> NDArray[Any]:
        p1, p0, r1, r0, _, _ = parts(means)
        return (p1 + p0) / 2 * (r1 - r0)

    def mix(means: NDArray[Any]) -> NDArray[Any]:
        p1, p0, r1, r0, total_1, total_0 = parts(means)
        return (p1 - p0) * ((r1 + r0) / 2 - (total_1 + total_0) / 2)

    def standardised(means: NDArray[Any]) -> Any:
        _, p0, r1, r0, _, _ = parts(means)
        return (p0 * (r1 - r0)).sum()

    def total(means: NDArray[Any]) -> Any:
        return parts(means)[4] - parts(means)[5]

    found: dict[tuple[str, Any], Callable] = {
        (name, None): lambda means, part=part: part(means).sum() for name, part in {"rate": rate, "mix": mix}.items()
    }
    found |= {("standardised", None): standardised, ("total", None): total}
    for stratum in range(count):
        for name, part in {"rate": rate, "mix": mix}.items():
            found[name, stratum] = lambda means, part=part, stratum=stratum: part(means)[stratum]
    return found


def decomposition(
    arm: tuple[Values, Values, NDArray[Any]], control: tuple[Values, Values, NDArray[Any]], labels: list[str]
) -> Iterator[Row]:
    """The rows of one comparison.

    Args:
        arm: Sums of the numerator and of the denominator, units by strata, and the units' phases.
        control: The same of control.
        labels: The names of the strata.
    """
    phases = sorted(set(arm[2]) & set(control[2]))
    sides = [tuple(values[np.isin(side[2], phases)] for values in side) for side in (arm, control)]
    # Strata that nobody has in either arm are no strata.
    present = [any(side[1][:, s].any() for side in sides) for s in range(len(labels))]
    sides = [(y[:, present], d[:, present], phase) for y, d, phase in sides]
    labels = [label for label, is_present in zip(labels, present, strict=True) if is_present]
    size = sum(len(side[2]) for side in sides)
    weights = {phase: sum(np.sum(side[2] == phase) for side in sides) / size for phase in phases}
    vectors = [np.hstack([y, d]) for y, d, _ in sides]
    means = np.concatenate(
        [
            sum(weight * vector[side[2] == phase].mean(axis=0) for phase, weight in weights.items())
            for vector, side in zip(vectors, sides, strict=True)
        ]
    )
    empty = tuple(~side[1].any(axis=0) for side in sides)
    y1, d1, y0, d0 = means.reshape(4, len(labels))
    counts = {"unit_count": len(sides[0][2]), "control_unit_count": len(sides[1][2])}
    if not d1.sum() or not d0.sum():
        ratio = [y.sum() / d.sum() if d.sum() else None for y, d in ((y1, d1), (y0, d0))]
        yield counts | {
            "stratum": "all",
            "component": "total",
            "is_over_all": True,
            "arm_share": 1.0,
            "control_share": 1.0,
            "arm_value": ratio[0],
            "control_value": ratio[1],
            "null_reason": "zero_denominator",
        }
        return
    smallest = min(np.sum(side[2] == phase) for side in sides for phase in phases)
    ratios = [np.divide(y, d, out=np.full(len(y), np.nan), where=d != 0) for y, d in ((y1, d1), (y0, d0))]
    for (component, stratum), effect in effects(len(labels), empty).items():
        gradient = slopes(effect, means)
        terms, scale, df_part = [], 0.0, 0.0
        for vector, side, of_side in zip(vectors, sides, np.split(gradient, 2), strict=True):
            for phase, weight in weights.items():
                members = vector[side[2] == phase]
                influence = (members - members.mean(axis=0)) @ of_side
                variance = weight**2 * (influence**2).sum() / max(len(members) - 1, 1) / len(members)
                scale += weight**2 * (((members - members.mean(axis=0)) * of_side) ** 2).sum() / len(members) ** 2
                df_part += variance**2 / max(len(members) - 1, 1)
                terms.append(variance)
        is_empty = stratum is not None and bool(empty[0][stratum] or empty[1][stratum])
        row: Row = counts | {
            "stratum": "all" if stratum is None else labels[stratum],
            "component": component,
            "is_over_all": stratum is None,
            "arm_share": 1.0 if stratum is None else d1[stratum] / d1.sum(),
            "control_share": 1.0 if stratum is None else d0[stratum] / d0.sum(),
            "arm_value": y1.sum() / d1.sum() if stratum is None else ratios[0][stratum],
            "control_value": y0.sum() / d0.sum() if stratum is None else ratios[1][stratum],
            "estimate": effect(means),
            "scale": scale,
            "null_reason": None,
        }
        if component == "standardised":
            row["arm_value"] = row["control_value"] + row["estimate"]
        variance = sum(terms)
        if smallest < FEWEST_WITH_A_VARIANCE:
            row["null_reason"] = "fewer_than_two_units"
        elif is_empty and component == "rate":
            row["null_reason"] = "empty_stratum"
        elif variance <= 1e-20 * scale:
            row |= {"null_reason": "zero_variance", "estimate_se": 0.0}
        else:
            degrees_of_freedom = variance**2 / df_part
            t = stats.t.isf(0.025, degrees_of_freedom)
            row |= {
                "estimate_se": sqrt(variance),
                "degrees_of_freedom": degrees_of_freedom,
                "estimate_lower": row["estimate"] - t * sqrt(variance),
                "estimate_upper": row["estimate"] + t * sqrt(variance),
                "p_value": 2 * stats.t.sf(abs(row["estimate"]) / sqrt(variance), degrees_of_freedom),
            }
        yield row


def product_parts(factors_1: NDArray[Any], factors_0: NDArray[Any]) -> NDArray[Any]:
    """What each factor adds to the difference of two products, averaged over all orders of changing them."""
    orders = list(permutations(range(len(factors_1))))
    found = [0.0] * len(factors_1)
    for order in orders:
        now = list(factors_0)
        for factor in order:
            before = prod(now)
            now[factor] = factors_1[factor]
            found[factor] += (prod(now) - before) / len(orders)
    return np.array(found)


def product_decomposition(
    arm: tuple[Values, NDArray[Any]], control: tuple[Values, NDArray[Any]], names: list[str]
) -> Iterator[Row]:
    """A chain of ratios c1/c0 * c2/c1 * ... of the means of columns, and what each adds to the difference of two arms.

    Args:
        arm: The units' sums, one column more than there are factors, and their phases.
        control: The same of control.
        names: The names of the factors.
    """
    phases = sorted(set(arm[1]) & set(control[1]))
    sides = [(values[np.isin(phase, phases)], phase[np.isin(phase, phases)]) for values, phase in (arm, control)]
    size = sum(len(side[1]) for side in sides)
    weights = {phase: sum(np.sum(side[1] == phase) for side in sides) / size for phase in phases}
    means = np.concatenate(
        [sum(weight * v[of == phase].mean(axis=0) for phase, weight in weights.items()) for v, of in sides]
    )

    def factors(at: NDArray[Any]) -> list[NDArray[Any]]:
        return [side[1:] / side[:-1] for side in np.split(at, 2)]

    def total(at: NDArray[Any]) -> Any:
        m1, m0 = np.split(at, 2)
        return m1[-1] / m1[0] - m0[-1] / m0[0]

    found: dict[str, Callable] = {
        name: lambda at, index=index: product_parts(*factors(at))[index] for index, name in enumerate(names)
    }
    smallest = min(np.sum(of == phase) for _, of in sides for phase in phases)
    is_defined = bool((means != 0)[: len(names)].all() and (means != 0)[len(names) + 1 : -1].all())
    for component, effect in (found | {"total": total}).items():
        m1, m0 = np.split(means, 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            index = names.index(component) if component in names else None
            values = [m[-1] / m[0] if index is None else (m[1:] / m[:-1])[index] for m in (m1, m0)]
        row: Row = {
            "component": component,
            "unit_count": len(sides[0][1]),
            "control_unit_count": len(sides[1][1]),
            "arm_value": values[0],
            "control_value": values[1],
            "null_reason": None,
        }
        if component != "total" and not is_defined:
            yield row | {"null_reason": "zero_denominator"}
            continue
        row["estimate"] = effect(means)
        gradient = slopes(effect, means)
        terms, scale, df_part = [], 0.0, 0.0
        for (v, of), of_side in zip(sides, np.split(gradient, 2), strict=True):
            for phase, weight in weights.items():
                members = v[of == phase]
                influence = (members - members.mean(axis=0)) @ of_side
                terms.append(weight**2 * (influence**2).sum() / max(len(members) - 1, 1) / len(members))
                scale += weight**2 * ((members * of_side) ** 2).sum() / len(members) ** 2
                df_part += terms[-1] ** 2 / max(len(members) - 1, 1)
        variance = sum(terms)
        if smallest < FEWEST_WITH_A_VARIANCE:
            row["null_reason"] = "fewer_than_two_units"
        elif variance <= 1e-20 * scale:
            row |= {"null_reason": "zero_variance", "estimate_se": 0.0}
        else:
            degrees_of_freedom = variance**2 / df_part
            t = stats.t.isf(0.025, degrees_of_freedom)
            row |= {
                "estimate_se": sqrt(variance),
                "degrees_of_freedom": degrees_of_freedom,
                "estimate_lower": row["estimate"] - t * sqrt(variance),
                "estimate_upper": row["estimate"] + t * sqrt(variance),
                "p_value": 2 * stats.t.sf(abs(row["estimate"]) / sqrt(variance), degrees_of_freedom),
            }
        yield row
