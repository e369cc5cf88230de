# SPDX-License-Identifier: MIT
"""The command line: one file per verb, each parses, calls one function below and shows."""
