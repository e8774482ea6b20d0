"""vLLM, llama.cpp or another OpenAI-compatible server behind our prompts (docs/backends.md).

Prompts stay ours: POST /v1/completions with the whole transcript. Text never becomes a control
token over there. llama.cpp is sent token ids that it made of text read as text only; every other
server is sent one string in which each `<|` of a text is broken by a space. What the server can do
is found out once it answers (openai_probe.py), and again after it was away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from pathlib import PurePosixPath
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr

from model_server.backends.base import Ask, Chose, Ended, Likelihood, Piece
from model_server.backends.openai_answer import Answer
from model_server.backends.openai_body import seed_of
from model_server.backends.openai_calls import Calls
from model_server.backends.openai_choice import drawn, fits, only, shares
from model_server.backends.openai_probe import Abilities, Served, abilities, served
from model_server.backends.openai_wire import Wire, nonsense
from model_server.prompts import END, Segment
from model_server.streaming import TextStream
from services.chassis import Failure
from services.contract import ErrorCode, InfoResponse, Missing

_PROBE_TIMEOUT_S = 20.0
_CALM = 5  # a server that answers is looked at this many times more rarely
_BEGIN_TOKENS = 8  # enough to see which of `begin` a text begins with

Event = Chose | Piece | Ended
T = TypeVar("T")


class OpenAIBackend:
    """A Backend (base.py) over HTTP. `n` candidates are `n` calls: llama-cpp-python ignores `n`,
    llama.cpp counts only the last one's tokens, and both it and vLLM share the prefix anyway."""

    def __init__(
        self,
        *,
        url: str,
        model: str = "",
        api_key: SecretStr | None = None,
        max_context_tokens: int = 8192,
        timeout_s: float = 60.0,
        retry_s: float = 2.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`model` "" is the first that the server lists; `timeout_s` bounds each wait for it;
        `retry_s`: how soon a server that is away is looked for again. ValueError: the url is none.
        """
        self._wire = Wire(url, api_key, timeout_s, transport)
        self._wanted = model
        self._max_context = max_context_tokens
        self._retry_s = retry_s
        self._inside = 0
        self._found: tuple[Served, Abilities] | None = None
        self._problem = "it has not answered yet"
        self._watch: asyncio.Task[None] | None = None

    # --- whether it is there ----------------------------------------------------------------

    async def start(self) -> None:
        self._watch = asyncio.create_task(self._watching())

    async def stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        await self._wire.close()

    def missing(self) -> list[Missing]:
        if self._found is not None:
            return []
        part = f"the model server at {self._wire.name}"
        return [Missing(part=part, how=self._problem, required=True)]

    def info(self) -> InfoResponse:
        models, _ = self._ready()
        return InfoResponse(
            model=self._shown_name(models.model),
            adapters=list(models.adapters),
            max_context_tokens=self._context(models),
            backend="openai",
        )

    def _context(self, models: Served) -> int:
        return min(self._max_context, models.context or self._max_context)

    @staticmethod
    def _shown_name(model: str) -> str:
        """llama.cpp names a model by its file, whose folder is nobody's business."""
        return PurePosixPath(model).name if model.startswith("/") else model

    async def _watching(self) -> None:
        while True:
            try:
                # Who is at work for us is there, and llama-cpp-python waits with its list.
                if self._found is None or not self._inside:
                    async with asyncio.timeout(_PROBE_TIMEOUT_S):
                        await self._look()
            except Failure as failure:
                self._found, self._problem = None, failure.message
            except TimeoutError:
                self._found, self._problem = None, "it did not answer in time"
            await asyncio.sleep(self._retry_s * (_CALM if self._found else 1))

    async def _look(self) -> None:
        models = await served(self._wire, self._wanted)
        if self._found is None or self._found[0] != models:
            self._found = models, await abilities(self._wire, models.model)

    def _ready(self) -> tuple[Served, Abilities]:
        if self._found is None:
            message = f"the model server at {self._wire.name}: {self._problem}"
            raise Failure(ErrorCode.UNAVAILABLE, message, retry_after_s=1)
        return self._found

    @contextmanager
    def _entered(self, adapter: str | None) -> Iterator[Calls]:
        """Count a request, and make the calls that it may make."""
        models, can = self._ready()
        if adapter is not None and adapter not in models.adapters:
            allowed = ", ".join(models.adapters) or "none, and so null"
            message = f"adapter: {adapter[:100]!r} is not served; allowed: {allowed}"
            raise Failure(ErrorCode.INVALID_REQUEST, message)
        self._inside += 1
        try:
            yield Calls(self._wire, adapter or models.model, can, self._context(models))
        finally:
            self._inside -= 1

    # --- writing ----------------------------------------------------------------------------

    async def write(self, prompt: Sequence[Segment], ask: Ask) -> AsyncGenerator[Event, None]:
        with self._entered(ask.adapter) as calls:
            if ask.followed_by:
                await calls.prompt([*prompt, *ask.followed_by], ask.max_tokens)
            weights = await _begin(calls, prompt, ask)
            events: asyncio.Queue[Event | Exception] = asyncio.Queue(maxsize=64)

            async def draw(index: int) -> None:
                try:
                    async with aclosing(_candidate(calls, index, prompt, ask, weights)) as one:
                        async for event in one:
                            await events.put(event)
                except Exception as error:
                    await events.put(error)

            drawing = [asyncio.create_task(draw(index)) for index in range(ask.n)]
            try:
                left = ask.n
                while left:
                    event = await events.get()
                    if isinstance(event, Exception):
                        raise event
                    left -= isinstance(event, Ended)
                    yield event
            finally:
                await _end(drawing)

    # --- reading ----------------------------------------------------------------------------

    async def probabilities(
        self,
        prompt: Sequence[Segment],
        branches: Sequence[str],
        options: Sequence[str],
        adapter: str | None,
    ) -> list[list[float]]:
        """One call for each branch, all at once (openai_choice.shares on what a short list of
        tokens tells). Failure(unavailable): the server tells no probabilities."""
        with self._entered(adapter) as calls:
            if not calls.can.top:
                raise _lacks("token probabilities (`logprobs` of /v1/completions)")
            tops = await _together(calls.likely([*prompt, branch]) for branch in branches)
            return [shares(top, options) for top in tops]

    async def likelihoods(
        self, prompt: Sequence[Segment], continuations: Sequence[str], adapter: str | None
    ) -> list[Likelihood]:
        """Where tokens can be forced (llama.cpp), one call a token; where prompts are echoed
        (vLLM), ln P of prompt and continuation less that of the prompt.
        Failure(unavailable): the server can do neither."""
        with self._entered(adapter) as calls:
            if calls.can.bias:
                return await _together(calls.forced(prompt, one) for one in continuations)
            if not calls.can.echo:
                raise _lacks("probabilities of given text (`echo` with `logprobs`)")
            before = await calls.echoed(prompt)
            whole = await _together(calls.echoed([*prompt, one]) for one in continuations)
            return [
                Likelihood(
                    one.log_likelihood - before.log_likelihood, max(1, one.tokens - before.tokens)
                )
                for one in whole
            ]


async def _begin(calls: Calls, prompt: Sequence[Segment], ask: Ask) -> list[float]:
    """How much each of `ask.begin` is to be chosen.

    By the probabilities of the next token. Where the server tells none: the one that a text
    written freely begins with. Where that says nothing either: the last, `User,` of a research
    output, since an answer ends the turn and a query may not.
    """
    last = only(len(ask.begin) - 1, len(ask.begin))
    if len(ask.begin) < 2:
        return last
    if calls.can.top:
        top = await calls.likely(prompt)
        known = any(fits(token, ask.begin) is not None for token in top)
        return shares(top, ask.begin) if known else last
    sent = await calls.prompt(prompt, _BEGIN_TOKENS)
    text = (await calls.written(sent, _BEGIN_TOKENS, ask.sampling)).lstrip()
    fitting = (i for i, option in enumerate(ask.begin) if text.startswith(option))
    return only(next(fitting, len(ask.begin) - 1), len(ask.begin))


async def _candidate(
    calls: Calls, index: int, prompt: Sequence[Segment], ask: Ask, weights: Sequence[float]
) -> AsyncGenerator[Event, None]:
    if ask.begin:
        choice = drawn(weights, ask.sampling.temperature, seed_of(ask.sampling, index))
        yield Chose(index, choice)
        prompt = [*prompt, ask.begin[choice]]
    sent = await calls.prompt(prompt, ask.max_tokens)
    text, answer = TextStream((END, *ask.sampling.stop)), Answer()
    async with aclosing(calls.streamed(sent, ask.max_tokens, ask.sampling, index)) as chunks:
        async for chunk in chunks:
            if piece := text.feed(answer.take(chunk).encode(errors="replace")):
                yield Piece(index, piece)
            if text.stopped:
                answer.reason = "stop"
                break
    if answer.reason not in ("stop", "length"):
        raise nonsense("broke off: too long for its context, or dropped for another request")
    if piece := text.end():
        yield Piece(index, piece)
    yield answer.ended(index, 0 if isinstance(sent, str) else len(sent))


async def _together(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All at once, in order; the first failure ends the others."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await _end(tasks)


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _lacks(what: str) -> Failure:
    message = f"the model server does not offer {what}; docs/backends.md says which do"
    return Failure(ErrorCode.UNAVAILABLE, message)
