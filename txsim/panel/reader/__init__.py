# SPDX-License-Identifier: MIT
"""Reading an organisation's panel: files as people keep them in, a panel as values and a report of repairs out."""
