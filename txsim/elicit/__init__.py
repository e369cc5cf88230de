# SPDX-License-Identifier: MIT
"""From people to priors: judgements, the fits that follow from them, several experts as one, and the interview."""
