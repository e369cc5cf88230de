# SPDX-License-Identifier: MIT
"""From a company's own panel of EX and CX to its own priors, and from a finished pilot to the next decision."""
