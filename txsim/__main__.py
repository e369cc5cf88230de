# SPDX-License-Identifier: MIT
"""``python -m txsim`` is the command ``txsim``."""

from txsim.cli.main import main

main()
