# SPDX-License-Identifier: MIT
"""Catalogues of messages, one file a language; see txsim/catalogues.py."""
