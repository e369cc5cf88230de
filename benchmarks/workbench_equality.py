# SPDX-License-Identifier: MIT
"""Whether every figure of the workbench is what the command prints, move by move.

    python benchmarks/workbench_equality.py scenarios/service_desk_pilot.yaml [--moves 200] [--seconds 3600] [--seed 1]

A workbench serves a copy of the scenario in a process of its own. Through its socket, as a page does, one thing after
another is moved at random: what is weighed or refitted at once is noted, and once the badge says *as txsim run* the
change is saved, and ``txsim run --json`` of the saved file has to print the same figures. Links are not brought into
doubt, for each would be another model to compile. Told are the moves, how they were answered, each difference, and how
far what was weighed lay from what was sampled, in standard errors of their difference (figures of one chain and of
another, so that beyond 3 is 1 in 370).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

#: Things that stand elsewhere than at the beginning at one time: further ones first go back.
_AWAY = 4
#: Largest relative difference of two ways to the same figure: rounding of sums.
SAME = 1e-9


async def entered(address: str) -> WebSocketClientConnection:
    """Return the socket of a page that came by the address that the command printed."""
    origin, _hash, token = address.rstrip("/").partition("/#")
    answer = await AsyncHTTPClient().fetch(
        f"{origin}/enter", method="POST", body=json.dumps({"token": token}), headers={"Origin": origin}
    )
    told = {"Origin": origin, "Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
    return await websocket_connect(HTTPRequest(f"{origin.replace('http', 'ws')}/socket", headers=told))


def run_of(file: Path, draws: int) -> dict[str, Any]:
    """Return what ``txsim run`` prints of a file."""
    command = [sys.executable, "-m", "txsim", "run", str(file), "--draws", str(draws), "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return dict(json.loads(done.stdout))


def on_the_page(answer: dict[str, Any], verdict: dict[str, Any]) -> dict[str, float | None]:
    """Return the figures of the page by name."""
    figures = {tile["key"]: tile["value"] for tile in answer["tiles"]} | dict(answer["range"])
    for name, band in answer["fan"]["bands"].items():
        figures |= {f"month {month} {name}": value for month, value in enumerate(band, 1)}
    for row in verdict["rows"]:
        figures |= {f"{row['name']} mean": row["mean"], f"{row['name']} p_loss": row["p_loss"]}
    return figures


def in_the_run(run: dict[str, Any]) -> dict[str, float | None]:
    """Return the same figures as the command prints them; the fan only where it is that of committing."""
    commit = run["options"]["commit"]
    back = commit["payback_month"]
    figures = {
        "npv": commit["npv"]["mean"], "p_loss": commit["p_loss"]["value"], "cvar05": commit["cvar05"]["value"],
        "payback": None if back is None else back["p_within_horizon"],
        **{key: commit["npv"][key] for key in ("p05", "p95", "median", "mcse")},
    }  # fmt: skip
    if run["page_one"]["option"] == "commit":
        for name in ("p05", "p25", "p50", "p75", "p95"):
            values = run["page_one"]["course"][name]
            figures |= {f"month {month} {name}": round(value, 1) for month, value in enumerate(values, 1)}
    for name, of in (run["options"] | (run["policies"] or {})).items():
        worth = of.get("npv_after_tax") or of["npv"]
        figures |= {f"{name} mean": worth["mean"], f"{name} p_loss": of["p_loss"]["value"]}
    return figures


def differences(page: dict[str, float | None], run: dict[str, float | None]) -> dict[str, tuple[Any, Any]]:
    """Return figures of the page that the command prints otherwise, or not at all."""
    wrong = {}
    drawn = any(name.startswith("month ") for name in run)
    for name, value in page.items():
        if name.startswith("month ") and not drawn:
            continue
        other = run.get(name)
        same = value is None and other is None
        if value is not None and other is not None:
            same = math.isclose(value, other, rel_tol=SAME, abs_tol=1e-9)
        if not same:
            wrong[name] = (value, other)
    return wrong


class Client:
    """A page without a screen."""

    def __init__(self, page: WebSocketClientConnection) -> None:
        self.page, self.n = page, 0
        self.state: dict[str, Any] = {}
        self.verdict: dict[str, Any] = {}

    async def ask(self, **what: Any) -> int:
        self.n += 1
        await self.page.write_message(json.dumps({**what, "n": self.n}))
        return self.n

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next message that is wanted; states and verdicts are kept on the way."""
        while True:
            text = await self.page.read_message()
            if text is None:
                raise RuntimeError("the workbench has ended")
            message = dict(json.loads(text))
            if message["kind"] == "state":
                self.state = message["values"]
            if message["kind"] == "verdict":
                self.verdict = message
            if wanted(message):
                return message

    async def answered(self, n: int) -> list[dict[str, Any]]:
        """Return the answers to a message until one is that of ``txsim run``, its verdict after it; or a refusal."""
        answers: list[dict[str, Any]] = []
        while not (answers and answers[-1]["exact"]):
            message = await self.until(
                lambda m: m["kind"] == "refused" or (m["kind"] == "answer" and m["final"] and m["n"] == n)
            )
            if message["kind"] == "refused":
                return [message]
            answers.append(message)
        await self.until(lambda m: m["kind"] == "verdict")
        return answers

    async def save(self) -> None:
        """Look at the change, and write it."""
        await self.ask(do="preview", by="Benchmark", why="to compare")
        shown = await self.until(lambda m: m["kind"] in ("preview", "refused"))
        n = await self.ask(do="save", by="Benchmark", why="to compare", digest=shown["digest"])
        await self.answered(n)


def moved_to(chance: random.Random, start: dict[str, Any], now: dict[str, Any], name: str) -> tuple[str, float]:
    """Return a part of something and where to put it, not far from where it stood at the beginning."""
    if now["ends"] is None or start["ends"] is None:
        to = (
            chance.uniform(0.05, 0.95)
            if name.startswith("credibility:")
            else start["middle"] * chance.uniform(0.6, 1.5)
        )
        return "middle", to
    part = chance.choice(["low", "middle", "high"])
    if part == "middle":
        return part, start["middle"] * chance.uniform(0.7, 1.4)
    end = start["ends"][part == "high"]
    return part, now["middle"] + (end - start["middle"]) * chance.uniform(0.6, 1.2)


async def compared(
    address: str, file: Path, *, moves: int, seconds: float, seed: int, draws: int, names: Callable[[str], bool]
) -> dict[str, Any]:
    """Move, compare and tell.

    Parameters
    ----------
    address
        As the command printed it.
    file
        The scenario that it serves.
    moves, seconds
        After how many moves and seconds to end, whichever comes first.
    seed
        Of what is moved where.
    draws
        Of the workbench.
    names
        Which things may be moved.
    """
    chance = random.Random(seed)
    with closing(await entered(address)) as socket:  # whatever ends the moves
        client = Client(socket)
        await client.until(lambda m: m["kind"] == "state")
        start = dict(client.state)
        own = [name for name in start if names(name)]
        away: list[str] = []
        ways: Counter[str] = Counter()
        errors: list[float] = []
        wrong: list[dict[str, Any]] = []
        refused: list[str] = []
        began, done = time.monotonic(), 0
        while done < moves and time.monotonic() - began < seconds:
            part, to = "middle", 0.0
            if len(away) >= _AWAY:
                name = away.pop(0)
                to = start[name]["middle"]
            else:
                name = chance.choice(own)
                part, to = moved_to(chance, start[name], client.state[name], name)
                away.append(name)
            if name == "horizon_months" or name.removeprefix("pilot.") in (
                "months",
                "decision_months",
                "units",
                "waves",
            ):
                to = float(round(to))
            n = await client.ask(do="move", name=name, part=part, value=to)
            answers = await client.answered(n)
            if answers[0]["kind"] == "refused":
                refused.append(f"{name} {part} {to:g}: {answers[0]['text']}")
                continue
            done += 1
            ways[answers[0]["badge"]["kind"]] += 1
            page = on_the_page(answers[-1], client.verdict)
            await client.save()
            found = differences(page, in_the_run(await asyncio.to_thread(run_of, file, draws)))
            if found:
                wrong.append({"move": done, "name": name, "part": part, "to": to, "page and run": found})
            if len(answers) > 1:
                one, other = answers[0], answers[-1]
                error = math.hypot(one["range"]["mcse"], other["range"]["mcse"])
                errors.append(abs(one["tiles"][0]["value"] - other["tiles"][0]["value"]) / error)
                if answers[0]["badge"]["kind"] == "weighed" and errors[-1] > 3:
                    wrong.append({"move": done, "name": name, "part": part, "to": to, "weighed, in errors": errors[-1]})
            print(
                done, name, part, f"{to:.4g}", answers[0]["badge"]["text"], found or "same", file=sys.stderr, flush=True
            )
    return {
        "moves": done, "answered at first by": dict(ways), "figures a move": len(page) if done else 0,
        "moves that differ": wrong, "not possible": refused,
        "weighed or refitted against sampled, in standard errors: mean, largest": [
            round(sum(errors) / len(errors), 2), round(max(errors), 2)] if errors else [],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--draws", type=int, default=1024)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="txsim-workbench-") as folder:
        shutil.copytree(given.scenario.parent, Path(folder) / "s")
        file = Path(folder) / "s" / given.scenario.name
        command = [sys.executable, "-m", "txsim", "workbench", str(file), "--no-browser", "--draws", str(given.draws)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        try:
            address = server.stdout.readline().split()[-1]
            told = asyncio.run(
                compared(
                    address, file, moves=given.moves, seconds=given.seconds, seed=given.seed, draws=given.draws,
                    names=lambda name: not name.startswith("doubt:"),
                )
            )  # fmt: skip
        finally:
            server.terminate()
            server.wait(60)
    print(json.dumps(told, indent=1, ensure_ascii=False))
    sys.exit(1 if told["moves that differ"] else 0)


if __name__ == "__main__":
    main()
