"""Concentration of observations over entities, arm against control, from dense matrices of units and entities."""

import hashlib
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from randomisation_reference import MODULUS, draw
from scipy import stats
from statistics_reference import Sample, Values, contrast

MEASURES = ["herfindahl_hirschman_index", "gini", "top_share"]


@dataclass(frozen=True)
class Side:
    """The units of one arm: what each is called, its stratum, and the entities it observed, in order."""

    units: list[Any]
    stratum: NDArray[Any]
    observed: list[list[Any]]

    def chosen(self, places: list[int]) -> "Side":
        """Some of the units."""
        return Side([self.units[i] for i in places], self.stratum[places], [self.observed[i] for i in places])

    def counts(self, entities: dict[Any, int]) -> Values:
        """How often each unit observed each entity."""
        matrix = np.zeros((len(self.units), len(entities)))
        for row, observed in enumerate(self.observed):
            np.add.at(matrix[row], [entities[entity] for entity in observed], 1)
        return matrix


def gini_scores(counts: Values) -> Values:
    """The scores of entities whose mean over observations is Gini's coefficient."""
    return (2 * stats.rankdata(counts) - len(counts) - 1) / len(counts)


def top_scores(counts: Values, top_share: float) -> Values:
    """How much of each entity is among the top ones; those that are tied at the edge share what is left of it."""
    size = ceil(round(len(counts) * top_share, 9))
    if not size:
        return counts
    edge = np.sort(counts)[-size]
    above, at = counts > edge, counts == edge
    return above + at * (size - above.sum()) / at.sum()


def start(unit: Any, seed: int) -> int:
    """By what the units of a stratum are ordered."""
    return int(hashlib.md5(f"{seed}:{unit}".encode(), usedforsecurity=False).hexdigest()[:15], 16) % MODULUS


def at_equal_volume(sides: list[Side], seed: int) -> list[Side]:
    """As many units of each stratum in both arms, with as many observations as chance makes of the smaller number."""
    matched = []
    for side, other in (sides, sides[::-1]):
        places = []
        for stratum in np.intersect1d(side.stratum, other.stratum):
            size = min((one.stratum == stratum).sum() for one in sides)
            inside = np.flatnonzero(side.stratum == stratum)
            places += sorted(inside, key=lambda i, side=side: (start(side.units[i], seed), side.units[i]))[:size]
        matched.append(side.chosen(places))
    volumes = [sum(map(len, side.observed)) for side in matched]
    thinned = []
    for side, volume in zip(matched, volumes, strict=True):
        limit = min(volumes) / volume * MODULUS if volume else 0
        kept = [
            [entity for number, entity in enumerate(observed, 1) if draw(unit, seed, number) < limit]
            for unit, observed in zip(side.units, side.observed, strict=True)
        ]
        thinned.append(Side(side.units, side.stratum, kept))
    return thinned


def sample(numerator: Values, denominator: Values, stratum: NDArray[Any]) -> Sample:
    """Units without covariates."""
    return Sample(numerator, denominator, np.zeros(len(numerator)), np.ones(len(numerator)), stratum)


def pair_samples(sides: list[Side], entities: dict[Any, int]) -> list[Sample]:
    """The chance that observations of two units are of one entity, as sums over units with twice their deviations."""
    strata = np.intersect1d(sides[0].stratum, sides[1].stratum)
    sizes = {stratum: [(side.stratum == stratum).sum() for side in sides] for stratum in strata}
    samples = []
    for number, side in enumerate(sides):
        weight = np.array([sum(sizes[stratum]) / sizes[stratum][number] for stratum in side.stratum])
        counts = side.counts(entities)
        totals = counts.sum(axis=1)
        # Everything, less the pairs that a unit makes with itself.
        pairs = counts @ (weight @ counts) - weight * (counts**2).sum(axis=1)
        all_pairs = totals * (weight @ totals - weight * totals)
        index = weight @ pairs / (weight @ all_pairs) if weight @ all_pairs else 0.0
        samples.append(sample(2 * pairs - index * all_pairs, all_pairs, side.stratum))
    return samples


def concentration_contrasts(arm: Side, control: Side, universe: list[Any], top_share: float, seed: int = 1) -> dict:
    """The contrast of every measure, with the number of observations in both arms and of entities that they show."""
    entities = {entity: place for place, entity in enumerate(universe)}
    shared = np.intersect1d(arm.stratum, control.stratum)
    whole = [side.chosen(list(np.flatnonzero(np.isin(side.stratum, shared)))) for side in (arm, control)]
    equal = at_equal_volume(whole, seed)
    results = {}
    for measure in MEASURES:
        sides = whole if measure == "herfindahl_hirschman_index" else equal
        counts = [side.counts(entities) for side in sides]
        if measure == "herfindahl_hirschman_index":
            samples = pair_samples(sides, entities)
        else:
            samples = []
            for side, of_side in zip(sides, counts, strict=True):
                total = of_side.sum(axis=0)
                scores = gini_scores(total) if measure == "gini" else top_scores(total, top_share)
                samples.append(sample(of_side @ scores, of_side.sum(axis=1), np.zeros(len(side.units))))
        figures = contrast(*samples, is_ratio=True, is_adjusted=False)
        for prefix, of_side in zip(("", "control_"), counts, strict=True):
            figures[f"{prefix}observation_count"] = int(of_side.sum())
            figures[f"{prefix}shown_entity_count"] = int((of_side.sum(axis=0) > 0).sum())
        results[measure] = figures | {
            "entity_count": len(universe),
            "top_entity_count": ceil(round(len(universe) * top_share, 9)),
        }
    return results
