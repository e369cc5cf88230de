# SPDX-License-Identifier: MIT
"""From draws to trajectories and payoffs."""
