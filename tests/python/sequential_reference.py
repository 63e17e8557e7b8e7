"""Tests that may be looked at any number of times: the formulas of the papers, as they are written there."""

from math import exp, inf, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln


def rho_squared(planned_unit_count: float, alpha: float) -> float:
    """The mixture variance whose sequence is narrowest at the planned number of units."""
    return (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / planned_unit_count


def half_width(n: float, standard_error: float, planned_unit_count: float, alpha: float) -> float:
    """Half the width of an asymptotic confidence sequence (Waudby-Smith et al. 2024, theorem 2.2)."""
    rho2 = rho_squared(planned_unit_count, alpha)
    sd = standard_error * sqrt(n)
    return sd * sqrt(2 * (n * rho2 + 1) / (n**2 * rho2) * log(sqrt(n * rho2 + 1) / alpha))


def always_valid_p_value(z: float, n: float, planned_unit_count: float, alpha: float) -> float:
    """One over the mixture likelihood ratio; alpha only chooses the mixture."""
    information = n * rho_squared(planned_unit_count, alpha)
    return min(1.0, sqrt(information + 1) * exp(-(z**2) * information / (2 * (information + 1))))


def log_bayes_factor(counts: NDArray, shares: NDArray, concentration: float) -> float:
    """Counts under a Dirichlet mixture about the shares against the shares (Lindon and Malek 2022)."""
    counts, shares = np.asarray(counts, dtype=float), np.asarray(shares, dtype=float)
    if np.any(counts[shares <= 0] > 0):
        return inf
    counts, shares = counts[shares > 0], shares[shares > 0]
    prior = concentration * shares
    return float(
        gammaln(concentration)
        - gammaln(concentration + counts.sum())
        + np.sum(gammaln(prior + counts) - gammaln(prior) - counts * np.log(shares))
    )
