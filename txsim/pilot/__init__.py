# SPDX-License-Identifier: MIT
"""A pilot: whether one is worth it, by which rule it is judged, what it measured, and go or stop afterwards."""
