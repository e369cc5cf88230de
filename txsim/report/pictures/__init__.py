# SPDX-License-Identifier: MIT
"""Every picture: a result in, a message and its description in Vega-Lite out."""
