#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs Chromium for the tests of reports where that can be done without asking: as root, on Debian or Ubuntu.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "No Chromium here: the tests that look at reports in a browser will be skipped." >&2
    exit 0
fi
echo "Installing Chromium for the tests of reports (about a minute) ..." >&2
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -q && apt-get install -y -q --no-install-recommends chromium fonts-liberation; } >/dev/null 2>&1; then
    echo "Chromium could not be installed: the tests that look at reports in a browser will be skipped." >&2
fi
