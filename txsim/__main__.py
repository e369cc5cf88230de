# SPDX-License-Identifier: MIT
"""``python -m txsim`` is the command ``txsim``; signals are listened to before anything else is imported."""

import os
import signal
import sys
from types import FrameType


def _leave(number: int, _frame: FrameType | None) -> None:
    """Leave at once: nothing has been begun, and no language is known yet."""
    try:
        os.write(2, b"stopped; no file is half-written\n")
    finally:
        os._exit(128 + number)


# Python's own answer to Ctrl-C is a traceback in the middle of an import. What whoever started us ignores stays so;
# processes that we start read this module by another name, and end with us.
if __name__ in ("__main__", "txsim.__main__"):
    for _number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(_number) in (signal.SIG_DFL, signal.default_int_handler):
            try:
                signal.signal(_number, _leave)
            except ValueError:  # not the main thread: whoever imports us from another listens himself
                break

import warnings  # noqa: E402

from txsim.interruption import exit_code, interruptible  # noqa: E402


def main() -> None:
    """Run the command line."""
    if not sys.warnoptions and not os.environ.get("TXSIM_DEBUG"):
        # Remarks of libraries to programmers; what a person should know is checked and said by txsim itself.
        warnings.simplefilter("ignore")
        os.environ["PYTHONWARNINGS"] = "ignore"  # of the processes that we start, too
    try:
        with interruptible():
            from txsim.cli.main import main as run

            run()
    except KeyboardInterrupt as stop:
        if isinstance(stop.__context__, SystemExit):  # a second signal, while the first one's words were being said
            raise stop.__context__ from None
        # Before the command line listened, or after it: an import was just over, or the streams were being set up.
        sys.stderr.write("stopped; no file is half-written\n")  # no language is known yet
        sys.exit(exit_code() if exit_code() > 1 else 130)


if __name__ == "__main__":
    main()
