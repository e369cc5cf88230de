# SPDX-License-Identifier: MIT
"""Sections of a report: results in, questions and answers out, as the blocks of txsim/report/document.py."""
