# SPDX-License-Identifier: MIT
"""What a calibration can be handed beside its claims: a likelihood of its parameters, whatever it was made from."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class LikelihoodTerm(Protocol):
    """A log likelihood of parameters, with the numbers that it is made of.

    Terms that are about the same parameters share one compiled model: another term is new data of it.
    """

    @property
    def about(self) -> tuple[str, ...]:
        """Parameters of the calibration that it speaks of; they decide the form of the compiled model."""

    @property
    def content(self) -> dict[str, Any]:
        """Plain data that decides the draws."""

    @property
    def numbers(self) -> NDArray[np.float64]:
        """All numbers in one vector ``(number,)``; its length follows from the kind of term alone."""

    def log_likelihood(self, par: Any, xp: Any, numbers: Any = None) -> Any:
        """Return the log likelihood up to a constant.

        Parameters
        ----------
        par
            Parameters by name: arrays of any shape, or PyTensor scalars.
        xp
            Library with ``log``, ``log1p``, ``exp``, ``clip``, ``maximum``, ``minimum``.
        numbers
            As :attr:`numbers`, where they are data of a compiled model; by default the term's own.
        """
