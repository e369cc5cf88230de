# SPDX-License-Identifier: MIT
"""What it is worth to know: EVPI, EVPPI and EVSI from draws, on anybody's arrays.

A decision problem is an array of net benefits ``(draw, option)``, more is better, and the parameters of the same
draws. The value of information is what the expected net benefit of the best option rises by when the choice may wait
for the information (Raiffa and Schlaifer, Applied Statistical Decision Theory, 1961; docs/model.md, section 7). Every
estimate comes with a Monte Carlo standard error from batches of draws, by leaving each batch out in turn.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from txsim.decide.regression import as_columns, conditional_mean, fit
from txsim.results.quantities import Estimate
from txsim.types import Array

#: Batches of draws on which a standard error rests, unless told otherwise.
DEFAULT_BATCHES = 50


def jackknife(draws: int, statistic: Callable[[NDArray[np.int64]], float], batches: int = DEFAULT_BATCHES) -> float:
    """Return the standard error of a statistic from leaving out one batch of draws at a time.

    Parameters
    ----------
    draws
        Number of draws; batches are equal stretches of them, independent of each other.
    statistic
        From the positions of the draws that are kept to the statistic.
    batches
        Number of batches; fewer draws than two per batch give NaN.

    Returns
    -------
    float
        ``sqrt((B − 1)/B · Σ (θ₋ᵦ − mean)²)`` (Efron and Stein, Annals of Statistics 9, 1981). For a mean it is the
        batches' own standard error; for what is biased in small samples, such as a maximum or a regression, it is
        closer to the truth than the spread of the statistic between batches.
    """
    if batches < 2 or draws < 2 * batches:
        return float("nan")
    stretches = np.array_split(np.arange(draws), batches)
    replicates = np.array(
        [statistic(np.concatenate([part for j, part in enumerate(stretches) if j != i])) for i in range(batches)]
    )
    return float(np.sqrt((batches - 1) / batches * ((replicates - replicates.mean()) ** 2).sum()))


def _options(net_benefit: ArrayLike, *, states: bool = False) -> Array:
    array = as_columns(net_benefit, states=states)
    if array.shape[1] < 2:
        message = "a decision needs at least two options; add a column of zeros for doing nothing"
        raise ValueError(message)
    return array


def _enough(draws: int, batches: int) -> None:
    """Refuse draws on which no standard error can rest."""
    if batches < 2 or draws < 2 * batches:
        message = (
            f"{draws} draws are too few for a standard error from {batches} batches: pass {2 * max(batches, 2)} draws "
            "at least, fewer `batches` (2 at least), or `weights` where the rows are all the states there are"
        )
        raise ValueError(message)


def _weights(weights: ArrayLike | None, draws: int) -> Array | None:
    if weights is None:
        return None
    mass = np.asarray(weights, dtype=np.float64)
    if mass.shape != (draws,) or not np.isfinite(mass).all() or (mass < 0).any() or not mass.sum() > 0:
        message = f"weights must be {draws} numbers of at least 0, not all 0"
        raise ValueError(message)
    return mass / mass.sum()


def _gain(conditional: Array, weights: Array | None = None) -> float:
    """Return ``E[max] − max E`` over options of ``(draw, option)``."""
    if weights is None:
        return max(0.0, float(conditional.max(axis=1).mean() - conditional.mean(axis=0).max()))
    return max(0.0, float(weights @ conditional.max(axis=1) - (weights @ conditional).max()))


def evpi(net_benefit: ArrayLike, *, weights: ArrayLike | None = None, batches: int = DEFAULT_BATCHES) -> Estimate:
    """Return the expected value of perfect information, ``E[max_a V_a] − max_a E[V_a]``.

    Parameters
    ----------
    net_benefit
        ``(draw, option)``, more is better, in any one unit; or an ``xarray.DataArray`` with these dims in any order,
        such as ``forecast.payoff.npv``.
    weights
        ``(draw,)`` probabilities, where the rows are all the states there are; then the result is exact.
    batches
        Number of batches for the standard error.

    Raises
    ------
    ValueError
        If there are fewer than two options, values are not finite, weights do not fit, or draws are fewer than two a
        batch.

    Examples
    --------
    >>> import numpy as np
    >>> evpi(np.array([[0.0, -10.0], [0.0, 30.0]]), weights=[0.5, 0.5]).value
    5.0
    """
    values = _options(net_benefit, states=weights is not None)
    known = _weights(weights, values.shape[0])
    if known is not None:
        return Estimate(_gain(values, known), 0.0)
    _enough(values.shape[0], batches)
    return Estimate(_gain(values), jackknife(values.shape[0], lambda kept: _gain(values[kept]), batches))


def evppi(
    net_benefit: ArrayLike,
    given: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    discrete: bool | None = None,
    batches: int = DEFAULT_BATCHES,
) -> Estimate:
    """Return the expected value of knowing some parameters, ``E[max_a E[V_a | given]] − max_a E[V_a]``.

    Parameters
    ----------
    net_benefit
        ``(draw, option)``.
    given
        ``(draw,)`` or ``(draw, parameter)``: the parameters that would be known.
    weights, discrete
        See :func:`~txsim.decide.regression.conditional_mean`. With weights the result is exact.
    batches
        Number of batches for the standard error.

    Returns
    -------
    Estimate
        At least 0, at most the EVPI of the same draws.

    Raises
    ------
    ValueError
        If shapes do not fit, values are not finite, or draws are fewer than two a batch.

    Notes
    -----
    By regression of every option's advantage over the best one (Strong, Oakley and Brennan, Medical Decision Making
    34, 2014): only differences between options matter for a choice, and they are less noisy.

    Examples
    --------
    >>> evppi([[0.0, -10.0], [0.0, 30.0]], [0.0, 1.0], weights=[0.5, 0.5]).value
    5.0
    """
    values = _options(net_benefit, states=weights is not None)
    known = _weights(weights, values.shape[0])
    if known is not None:
        mean = conditional_mean(values, given, weights=known, discrete=discrete)
        return Estimate(_gain(mean, known), 0.0)
    _enough(values.shape[0], batches)
    best = int(values.mean(axis=0).argmax())
    regression = fit(values - values[:, [best]], given, discrete=discrete)
    whole = _gain(values)

    def again(kept: NDArray[np.int64]) -> float:
        return _gain(regression.without(kept))

    return Estimate(min(_gain(regression.mean), whole), jackknife(values.shape[0], again, batches))


def evsi(net_benefit: ArrayLike, data: ArrayLike, *, batches: int = DEFAULT_BATCHES) -> Estimate:
    """Return the expected value of data, ``E[max_a E[V_a | data]] − max_a E[V_a]``, from simulated data sets.

    Parameters
    ----------
    net_benefit
        ``(draw, option)``.
    data
        ``(draw,)`` or ``(draw, statistic)``: for each draw one data set simulated from its parameters, as summary
        statistics (an estimate, a mean by arm).
    batches
        Number of batches for the standard error.

    Raises
    ------
    ValueError
        If shapes do not fit or values are not finite.

    Notes
    -----
    Regression on summary statistics (Strong and others, Medical Decision Making 35, 2015). Where the data are a known
    function of the draws plus normal noise, :func:`~txsim.decide.reading.read` needs no simulated data and is more
    exact; where states and results are discrete, :func:`evsi_discrete` is exact.
    """
    return evppi(net_benefit, data, batches=batches)


def evsi_discrete(net_benefit: ArrayLike, probability: ArrayLike, likelihood: ArrayLike) -> Estimate:
    """Return the exact expected value of a test with finitely many results about finitely many states.

    Parameters
    ----------
    net_benefit
        ``(state, option)``.
    probability
        ``(state,)`` prior probabilities, summing to 1.
    likelihood
        ``(state, result)``: probability of each result in each state, rows summing to 1.

    Returns
    -------
    Estimate
        With a standard error of 0.

    Raises
    ------
    ValueError
        If shapes do not fit or probabilities do not sum to 1.

    Examples
    --------
    >>> evsi_discrete([[0, 30], [0, -10]], [0.2, 0.8], [[1, 0], [0, 1]]).value  # a perfect test: EVPI
    6.0
    """
    values = _options(net_benefit, states=True)
    prior, chances = np.asarray(probability, dtype=np.float64), np.asarray(likelihood, dtype=np.float64)
    if prior.shape != (values.shape[0],) or chances.ndim != 2 or chances.shape[0] != values.shape[0]:
        message = "probability must be (state,) and likelihood (state, result), with the states of net_benefit"
        raise ValueError(message)
    if (
        (prior < 0).any()
        or (chances < 0).any()
        or abs(prior.sum() - 1) > 1e-9
        or (abs(chances.sum(axis=1) - 1) > 1e-9).any()
    ):
        message = "prior probabilities, and the probabilities of results in each state, must sum to 1"
        raise ValueError(message)
    joint = chances * prior[:, None]
    return Estimate(max(0.0, float((joint.T @ values).max(axis=1).sum() - (prior @ values).max())), 0.0)


def unit_normal_loss(d: ArrayLike) -> Array:
    """Return ``L(d) = φ(d) − d (1 − Φ(d))``, the expected excess of a standard normal over ``d``.

    Examples
    --------
    >>> round(float(unit_normal_loss(0.0)), 6)
    0.398942
    """
    from scipy.special import ndtr

    at = np.asarray(d, dtype=np.float64)
    return np.asarray(np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi) - at * ndtr(-at), dtype=np.float64)


def expected_gain_normal(mean: float, sd: float) -> float:
    """Return ``E[max(0, X)] − max(0, E X)`` of a normal X: EVPI, EVPPI or EVSI of two options in closed form.

    Parameters
    ----------
    mean, sd
        Of the difference between the options: for EVPI in truth, for EVSI of its preposterior mean.

    Examples
    --------
    >>> round(expected_gain_normal(0.0, 1.0), 4)
    0.3989
    """
    if not sd > 0:
        return 0.0
    return float(sd * unit_normal_loss(abs(mean) / sd))
