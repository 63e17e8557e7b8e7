"""Cochran's test of heterogeneity, by NumPy and SciPy."""

import numpy as np
from scipy import stats


def cochran(estimates: np.ndarray, errors: np.ndarray, values: list[str]) -> dict:
    """The test of some groups; estimates are taken from one of them, which loses no digits and changes nothing."""
    if not len(estimates):
        return {"estimate_count": 0, "null_reason": "fewer_than_two_estimates"}
    order = sorted(range(len(values)), key=lambda i: (estimates[i], values[i]))
    backwards = sorted(range(len(values)), key=lambda i: (-estimates[i], values[i]))
    found = {
        "estimate_count": len(estimates),
        "lowest_estimate": estimates[order[0]],
        "lowest_value": values[order[0]],
        "highest_estimate": estimates[backwards[0]],
        "highest_value": values[backwards[0]],
    }
    if len(estimates) == 1:
        return found | {"null_reason": "fewer_than_two_estimates"}
    anchor = estimates[np.argmin(errors)]
    moved = (estimates - anchor).astype(np.longdouble)
    weights = (errors.min() / errors.astype(np.longdouble)) ** 2
    pooled = np.sum(weights * moved) / np.sum(weights)
    q = float(np.sum(((moved - pooled) / errors) ** 2))
    df = len(estimates) - 1
    return found | {
        "pooled_estimate": float(anchor + pooled),
        "cochran_q": q,
        "degrees_of_freedom": df,
        "p_value": max(stats.chi2.sf(q, df), 1e-300),
        "i_squared": max(0.0, (q - df) / q) if q else 0.0,
        "null_reason": None,
    }
