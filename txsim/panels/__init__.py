# SPDX-License-Identifier: MIT
"""An organisation's own panel of EX and CX: read as it is, as values, and as information for the calibration."""
