# SPDX-License-Identifier: MIT
"""The workbench: one scenario on a page, on which beliefs and plans are moved and the answer follows at once."""
