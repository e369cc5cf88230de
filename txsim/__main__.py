# SPDX-License-Identifier: MIT
"""``python -m txsim`` is the command ``txsim``; signals are listened to before anything large is imported."""

import os
import sys
import warnings

from txsim.interruption import exit_code, interruptible


def main() -> None:
    """Run the command line."""
    if not sys.warnoptions and not os.environ.get("TXSIM_DEBUG"):
        # Remarks of libraries to programmers; what a person should know is checked and said by txsim itself.
        warnings.simplefilter("ignore")
        os.environ["PYTHONWARNINGS"] = "ignore"  # of the processes that we start, too
    with interruptible():
        try:
            from txsim.cli.main import main as run
        except KeyboardInterrupt:  # no language is known yet
            sys.stderr.write("stopped; no file is half-written\n")
            sys.exit(max(exit_code(), 130))
        run()


if __name__ == "__main__":
    main()
