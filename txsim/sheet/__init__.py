# SPDX-License-Identifier: MIT
"""A scenario as a workbook that people fill in, and back: the same file but for what was changed in a cell."""

from txsim.sheet.form import form_of
from txsim.sheet.reading import Change, Filled, read_filled
from txsim.sheet.workbook import workbook_of
