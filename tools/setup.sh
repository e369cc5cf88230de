#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes .venv with the pinned versions; `--group dev` adds what tests, style and docs need. Needs Python 3.12, 3.13 or
# 3.14 with venv and pip; no compiler.
set -euo pipefail
cd "$(dirname "$0")/.."
good='import sys; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 14))'
python=
for candidate in python3 python3.13 python3.14 python3.12 python; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$good" >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    found=$(python3 --version 2>&1 || echo "no python3")
    echo "txsim needs Python 3.12, 3.13 or 3.14; found: $found." >&2
    echo "With pyenv: pyenv install 3.13, then run make again in this folder." >&2
    exit 1
fi
echo "Setting up .venv${1:+ for development} with $("$python" --version) (about a minute) ..." >&2
"$python" -m venv .venv
# --group needs pip 25.1, which Python 3.12 and 3.13 may not bring.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --constraint constraints.txt pip
.venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "$@" --editable .
# Imports are three times slower without byte-code, and some environments switch its writing off.
env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m compileall -q .venv/lib txsim >/dev/null 2>&1 || true
