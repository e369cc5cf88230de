# SPDX-License-Identifier: MIT
"""When what is computed: the latest wish at once, in a thread; what takes long in another process; nothing twice.

The loop of the server never computes. A wish that comes while another is worked on is taken up at the next step of it,
and wishes between the two are left out: a hand that drags asks for more than anybody can read.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from txsim.errors import TxsimError
from txsim.language import _
from txsim.results.explain import Explanation
from txsim.scenario import Scenario
from txsim.workbench import words
from txsim.workbench.bench import EXACT, Answer, Bench, Refused, Verdict
from txsim.workbench.in_hand import in_hand
from txsim.workbench.protocol import refusal
from txsim.workbench.quantities import Part
from txsim.workbench.session import Session, State
from txsim.workbench.settling import Settling

#: Seconds without a move after which chains are sampled as `txsim run` does, and then claims left out: that is half a
#: minute of a processor where a model must be compiled for it.
_SETTLE_AFTER, _TEST_AFTER = 1.0, 8.0
#: Seconds that a hand must rest before more than figures and curves follow it.
_PAUSE = 0.15

Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Wish:
    """What a page wants to see."""

    hand: str  #: What is in hand.
    #: Name, part and value of what is being moved, and whether it moves alone; ``None`` once it is let go.
    drag: tuple[str, Part, float, bool | None] | None = None
    n: int = 0  #: Number that the page gave the wish; the answer carries it.


def _seen(future: asyncio.Future[str]) -> None:
    """Look at how a future ended, so that one that nobody waits for any more is not told of."""
    if not future.cancelled():
        future.exception()


class Runner:
    """Computes for one session.

    ``draws``, ``seed``: as for :func:`txsim.forecast`.
    """

    def __init__(self, session: Session, *, draws: int, seed: int | None, tell: Tell) -> None:
        self.session, self.draws, self.seed, self._tell = session, draws, seed, tell
        self._thread = ThreadPoolExecutor(1, "bench")
        self._settling = Settling(session.path, session.root, draws=draws, seed=seed)
        self._bench: Bench | None = None
        self._beginning = asyncio.Lock()
        self._wish: Wish | None = None
        self._newer = asyncio.Event()
        self._mark = ""
        self._grain: float | None = None
        self._verdicts: dict[tuple[str, bool], Verdict] = {}
        self._carried: dict[tuple[str, str], Explanation | None] = {}
        self._loading = False
        self.last: dict[str, dict[str, Any]] = {}

    def want(self, wish: Wish) -> None:
        """Ask for an answer, in place of any that was asked for before and is not being worked on."""
        self._wish = wish
        self._newer.set()

    def tell(self, kind: str, **what: Any) -> None:
        """Tell the page, and keep it for a page that comes later."""
        self.last[kind] = {"kind": kind, **what}
        self._tell(self.last[kind])

    async def run(self) -> None:
        """Work on wishes until cancelled."""
        try:
            while True:
                await self._newer.wait()
                self._newer.clear()
                if self._wish is not None:
                    try:
                        await self._serve(self._wish)
                    except TxsimError as error:
                        self.tell("busy", text="")
                        self._tell({"kind": "refused", "text": refusal(error)})
                    except Exception as error:  # a fault of ours must not leave a room without answers
                        logging.getLogger(__name__).debug("a wish failed", exc_info=error)
                        fault = f"{type(error).__name__}: {error}"
                        self.tell("busy", text="")
                        self._tell({"kind": "refused", "text": _("txsim has a fault: {fault}").format(fault=fault)})
        finally:
            self._settling.close()
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _do(self, function: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*args, **more))

    async def _serve(self, wish: Wish) -> None:
        bench = await self._begun()
        final = wish.drag is None
        state: State = self.session.state
        self._mark = self.session.mark
        if wish.drag is not None:
            state = await self._do(self.session.with_move, *wish.drag)
        scenario = await self._do(self.session.scenario_of, state)
        baseline = await self._found(bench, self.session.pinned)
        if baseline is None:
            return
        answer = await self._do(bench.at_once, scenario)
        if isinstance(answer, Refused):
            if not final:
                text = _("weights cannot carry this: refits when you let go")
                self.tell("badge", badge={"kind": "far", "text": text}, why=str(answer.why))
                return
            answer = await self._refitted(bench, scenario, state)
            if answer is None:
                return
        await self._show(bench, answer, baseline, state, wish)
        if final and not self._newer.is_set():
            await self._settle(bench, answer, baseline, state, wish)

    async def found(self, state: State) -> Answer | None:
        """Return the answer under a state, whatever it takes; ``None`` if there is something newer to do."""
        answer = await self._found(await self._begun(), state)
        self._loaded()
        return answer

    def _loaded(self) -> None:
        """Say no longer that something is read, once there is a first answer."""
        if self._loading:
            self._loading = False
            self.tell("busy", text="")

    async def judged(self, answer: Answer) -> Verdict:
        """Return what to do on an answer, without leaving out claims."""
        return await self._judged(await self._begun(), answer, False)

    async def _begun(self) -> Bench:
        """Return the bench once there are draws of the file as it is."""
        async with self._beginning:
            return await self._begin()

    async def _begin(self) -> Bench:
        if self._bench is None:
            self.tell("busy", text=_("reading the scenario and what evidence says of it: some seconds"))
            self._loading = True
            scenario = await self._do(self.session.scenario_of, {})
            self._bench = await self._do(Bench, scenario, draws=self.draws, seed=self.seed)
            if not await self._do(self._bench.begun):
                self.tell("busy", text=_("sampling what evidence says, first time for these beliefs: up to a minute"))
                fault = await self._await(self._settling.settle(()), whatever=True)
                self.tell("busy", text="")
                if fault:
                    self._tell({"kind": "refused", "text": fault})
        return self._bench

    def file_changed(self) -> None:
        """Begin anew from the file: it was written."""
        self._bench = None
        self._verdicts.clear()
        self._carried.clear()

    async def _found(self, bench: Bench, state: State) -> Answer | None:
        """Return the answer under a state, whatever it takes; ``None`` if there is something newer to do."""
        scenario = await self._do(self.session.scenario_of, state)
        answer = await self._do(bench.at_once, scenario)
        return answer if isinstance(answer, Answer) else await self._refitted(bench, scenario, state)

    async def _refitted(self, bench: Bench, scenario: Scenario, state: State) -> Answer | None:
        answer: Answer | None = None
        while answer is None:  # twice at most: a model nearby, where that cannot carry it the belief's own
            if not await self._compiled(bench, scenario, state):
                return None
            try:
                answer = await self._do(bench.refitted, scenario)
            finally:
                self.tell("busy", text="")
        return answer

    async def _compiled(self, bench: Bench, scenario: Scenario, state: State) -> bool:
        """Wait for a model that can sample a belief; whether there is one."""
        if await self._do(bench.compiled_for, scenario):
            self.tell("badge", badge={"kind": "busy", "text": _("refitting, about 1 s")}, why="")
            return True
        # It is done twice, there and here; here from what is stored, which may still take half a minute.
        self.tell("badge", badge={"kind": "busy", "text": _("computing")}, why="")
        text = _(
            "loading the model: some seconds, or one to three minutes where this machine has never compiled it; "
            "figures wait for it, those of costs and months too"
        )
        if bench.loaded:
            text = _(
                "compiling another model for this belief: one to three minutes, once on a machine; figures wait for "
                "it, those of costs and months too"
            )
        self.tell("busy", text=text)
        near = await self._do(bench.samples_nearby, scenario)
        fault = await self._await(self._settling.compile(self.session.overrides(state), near=near))
        if fault != "":
            self.tell("busy", text="")
            if fault:
                self._tell({"kind": "refused", "text": fault})
        return fault == ""

    async def _await(self, future: Future[str], *, whatever: bool = False) -> str | None:
        """Wait for the other process; ``None`` if something newer comes first."""
        waited = asyncio.wrap_future(future)
        waited.add_done_callback(_seen)
        if whatever:
            return await waited
        newer = asyncio.ensure_future(self._newer.wait())
        both: set[asyncio.Future[Any]] = {waited, newer}
        done, _rest = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        newer.cancel()
        if waited in done:
            return waited.result()
        future.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            waited.cancel()
        return None

    async def _show(self, bench: Bench, answer: Answer, baseline: Answer, state: State, wish: Wish) -> None:
        """Tell what was found, the quickest first; leave off where something newer has come."""
        if wish.drag is None:
            # Money is told as roughly as the verdict tells it; while a hand drags that stays as it was.
            self._grain = (await self._judged(bench, answer, False)).recommendation.resolution
        said = await self._do(words.answered, answer, baseline, self._grain)
        self._loaded()
        self.tell("answer", n=wish.n, final=wish.drag is None, mark=self._mark, **said)
        if self._newer.is_set():
            return
        if wish.drag is not None:
            await self._in_hand(answer, baseline, state, wish, whole=False)
            if await self._moves_within(_PAUSE):
                return
        await self._in_hand(answer, baseline, state, wish, whole=True)
        if self._newer.is_set():
            return
        await self._verdict(bench, answer, baseline, whole=False)
        if self._newer.is_set() or wish.drag is not None:
            return
        now, was = await self._paths(bench, answer), await self._paths(bench, baseline)
        if now is None:
            self.tell("carried", title="", rows=[], unit="", divisor=1.0, note="")
        else:
            self.tell("carried", **words.carried(now, was, said["unit"]))

    async def _in_hand(self, answer: Answer, baseline: Answer, state: State, wish: Wish, *, whole: bool) -> None:
        control = (await self._do(self.session.controls, state)).by_name.get(wish.hand)
        base = self.session.base.by_name.get(wish.hand)
        if base is None:
            return
        pinned = (await self._do(self.session.controls, self.session.pinned)).by_name.get(wish.hand)
        held = await self._do(
            in_hand, control or base, base, answer.scenario, answer.payoff.forecast.calibration,
            baseline.payoff.forecast.calibration, baseline.scenario, pinned=pinned, whole=whole,
        )  # fmt: skip
        if control is not None and control.ends is not None and wish.drag is not None:
            held["held"] = {"low": control.ends[0], "middle": control.middle, "high": control.ends[1]}
        self.tell("hand", **held)

    async def _verdict(self, bench: Bench, answer: Answer, baseline: Answer, *, whole: bool) -> None:
        verdict = await self._judged(bench, answer, whole)
        was = None
        if answer is not baseline:
            was = await self._judged(bench, baseline, False)
        self.tell("verdict", **words.verdict_said(verdict, was, self._currency(answer), whole=whole))

    @staticmethod
    def _currency(answer: Answer) -> str:
        return answer.scenario.organisation.currency

    async def _judged(self, bench: Bench, answer: Answer, whole: bool) -> Verdict:
        key = (f"{answer.scenario.hash}-{answer.how}", whole)
        if key not in self._verdicts:
            while len(self._verdicts) >= 16:
                del self._verdicts[next(iter(self._verdicts))]
            self._verdicts[key] = await self._do(bench.verdict, answer, claims=whole)
        return self._verdicts[key]

    async def _paths(self, bench: Bench, answer: Answer) -> Explanation | None:
        key = (answer.scenario.hash, answer.how)
        if key not in self._carried:
            while len(self._carried) >= 16:
                del self._carried[next(iter(self._carried))]
            self._carried[key] = await self._do(bench.carried, answer, await self._judged(bench, answer, False))
        return self._carried[key]

    async def _settle(self, bench: Bench, answer: Answer, baseline: Answer, state: State, wish: Wish) -> None:
        """Go on to what ``txsim run`` says, as long as nothing moves."""
        overrides = self.session.overrides(state)
        if answer.how not in EXACT:
            if await self._moves_within(_SETTLE_AFTER):
                return
            self.tell(
                "busy", text=_("sampling as txsim run does, from 5 s to a minute; everything can be moved meanwhile")
            )
            fault = await self._await(self._settling.settle(overrides))
            self.tell("busy", text="")
            if fault is None:
                return
            settled = None if fault else await self._do(bench.settled, answer.scenario)
            if settled is None:
                self._tell({"kind": "refused", "text": fault})
                return
            answer = settled
            await self._show(bench, answer, baseline, state, wish)
            if self._newer.is_set():
                return
        if baseline.how not in EXACT:
            # A pin may have been taken while figures were weighed: it is a state, and its figures settle as others do.
            if await self._moves_within(_SETTLE_AFTER):
                return
            self.tell("busy", text=_("sampling the baseline as txsim run does"))
            fault = await self._await(self._settling.settle(self.session.overrides(self.session.pinned)))
            self.tell("busy", text="")
            if fault is None or self._newer.is_set():
                return
            if fault:
                self._tell({"kind": "refused", "text": fault})
                return
            settled = await self._found(bench, self.session.pinned)
            if settled is None:
                return
            baseline = settled
            await self._show(bench, answer, baseline, state, wish)
            if self._newer.is_set():
                return
        if await self._moves_within(_TEST_AFTER):
            return
        self.tell("busy", text=_("leaving out each claim in turn"))
        fault = await self._await(self._settling.test(overrides))
        self.tell("busy", text="")
        if fault == "":
            await self._verdict(bench, answer, baseline, whole=True)

    async def _moves_within(self, seconds: float) -> bool:
        """Whether something newer comes before so many seconds are over."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._newer.wait(), seconds)
        return self._newer.is_set()

    async def compare(self, a: State, b: State) -> dict[str, Any]:
        """Return two states side by side."""
        bench = await self._begun()
        one, other = await self._found(bench, a), await self._found(bench, b)
        if one is None or other is None:
            return {"kind": "compare", "a": None, "b": None}
        sides = []
        verdicts = [await self._judged(bench, answer, False) for answer in (one, other)]
        grain = max(each.recommendation.resolution for each in verdicts)  # figures side by side have the same digits
        for answer, judged in zip((one, other), verdicts, strict=True):
            said = await self._do(words.answered, answer, one, grain)
            verdict = words.verdict_said(judged, None, self._currency(answer), whole=False)
            sides.append({"tiles": said["tiles"], "badge": said["badge"], "verdict": verdict["heading"],
                          "lead": verdict["lead"]})  # fmt: skip
        return {"kind": "compare", "a": sides[0], "b": sides[1]}
