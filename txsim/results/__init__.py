# SPDX-License-Identifier: MIT
"""What each verb answers: one frozen type a verb, every figure with its unit, every sentence as a code with parameters.

Producers below make these, the command line prints them as JSON, the report reads them; nobody else subscripts a
result with a string.
"""
