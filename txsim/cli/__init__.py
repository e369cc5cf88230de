# SPDX-License-Identifier: MIT
"""The command line: one file per verb, each parses, calls one function below and shows."""

import atexit
import gc

# Modules, classes and functions are for good. Python would look through them for garbage every two thousand objects,
# and several times more on its way out, and find none: a third of a warm run.
gc.set_threshold(max(gc.get_threshold()[0], 200_000))
atexit.register(gc.freeze)
