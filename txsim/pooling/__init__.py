# SPDX-License-Identifier: MIT
"""From studies to claims: effect sizes, meta-analysis, and the priors that a meta-analysis becomes."""
