# SPDX-License-Identifier: MIT
"""An organisation's own panel of EX and CX: read as it is, weighed by its likelihood, answered in words and figures."""
