# SPDX-License-Identifier: MIT
"""The whole command, killed outright while a page moves things: what the page was told is there at the next start."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from txsim.workbench.session import Session


async def moved_until_killed(process: subprocess.Popen[str], address: str, costs: list[int]) -> int:
    """Move the one-off cost to each of these in turn and kill; return the last that the page was told is accepted."""
    origin, _hash, token = address.rstrip("/").partition("/#")
    entered = await AsyncHTTPClient().fetch(
        f"{origin}/enter", method="POST", body=json.dumps({"token": token}), headers={"Origin": origin}
    )
    told = {"Origin": origin, "Cookie": entered.headers["Set-Cookie"].partition(";")[0]}
    page = await websocket_connect(HTTPRequest(f"{origin.replace('http', 'ws')}/socket", headers=told))
    accepted = 0
    for i, cost in enumerate(costs):
        await page.write_message(json.dumps({"do": "move", "name": "service_desk.one_off", "value": cost, "n": i}))
        if i == len(costs) - 1:  # nobody waits for this one
            os.kill(process.pid, signal.SIGKILL)
            break
        while True:
            message = json.loads(str(await page.read_message()))
            if message["kind"] == "state" and message["values"]["service_desk.one_off"]["middle"] == cost:
                accepted = cost
                break
    while await page.read_message() is not None:
        pass
    page.close()
    return accepted


def test_a_killed_workbench_loses_nothing_that_was_accepted(file: Path, opened: Callable[[], Session]) -> None:
    chance = random.Random(11)
    cost = 22_000
    for _ in range(3):
        command = [sys.executable, "-m", "txsim", "workbench", str(file), "--no-browser", "--draws", "256"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        costs = [cost + 100 * (i + 1) for i in range(chance.randrange(2, 9))]
        accepted = asyncio.run(moved_until_killed(process, address, costs))
        process.wait()
        process.stdout.close()
        assert accepted == costs[-2]
        cost = int(opened().state["service_desk.one_off"])  # type: ignore[call-overload]
        assert cost in costs[-2:]
