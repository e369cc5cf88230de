# SPDX-License-Identifier: MIT
"""How results are shown: words, tables, files. Computes nothing."""
