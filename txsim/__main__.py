# SPDX-License-Identifier: MIT
"""``python -m txsim`` is the command ``txsim``; Ctrl-C is told in a sentence while Python still imports, too."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    try:
        from txsim.cli.main import main as run
    except KeyboardInterrupt:  # no language is known yet
        sys.stderr.write("stopped; no file is half-written\n")
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
