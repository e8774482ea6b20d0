"""The engine against plain decoding without a cache, and against misuse."""

from __future__ import annotations

import copy
import dataclasses
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pytest
import torch

from model_server.checkpoints.adapter import Adapter
from model_server.checkpoints.layout import products
from model_server.engine.attention import Whole
from model_server.engine.engine import Engine
from model_server.engine.model import Transformer
from model_server.engine.requests import (
    Began,
    Event,
    Failed,
    Finished,
    Generate,
    Request,
    SamplingParameters,
    Score,
    Scored,
    Tokens,
)
from model_server.engine.runner import Runner, quantized
from model_server.kernels.int8 import quantize

PROMPT = (5, 9, 40, 41, 7)
STOP = 2
HOT = SamplingParameters(temperature=1.5, seed=3)

Build = Callable[..., Engine]


@pytest.fixture(params=["torch", "int8"])
def build(model: Transformer, request: pytest.FixtureRequest) -> Iterator[Build]:
    """An engine of the tiny model, all in float32, or with its few-row steps in int8."""
    runners: list[Runner] = []

    def make(
        slots: int = 600,
        running: int = 16,
        prefill: int = 64,
        drafts: int = 7,
        adapters: Mapping[str, Adapter] | None = None,
    ) -> Engine:
        int8 = quantized(model) if request.param == "int8" else None
        runners.append(Runner(model, int8, adapters or {}, slots))
        if int8 is not None:
            runners[-1].few_rows = 8  # so that short prompts take both ways
        return Engine(runners[-1], running, prefill, drafts)

    yield make
    for runner in runners:
        runner.close()


def ask(prompt: Sequence[int] = PROMPT, new: int = 12, key: int = 1, **more: object) -> Generate:
    return Generate(key, tuple(prompt), new, (STOP,), **more)  # type: ignore[arg-type]


def drain(engine: Engine, *requests: Request) -> list[Event]:
    for request in requests:
        engine.submit(request)
    events: list[Event] = []
    for _ in range(10_000):
        if not engine.busy:
            return events
        events += engine.step()
    raise AssertionError("the engine does not come to an end")


def answers(events: Sequence[Event]) -> dict[tuple[int, int], list[int]]:
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for event in events:
        if isinstance(event, Tokens):
            found[event.id, event.index] += event.ids
    return found


def alone(engine: Engine, request: Generate) -> list[int]:
    return answers(drain(engine, request))[request.id, 0]


@torch.inference_mode()
def next_logits(model: Transformer, ids: Sequence[int]) -> torch.Tensor:
    positions = torch.arange(len(ids))[None]
    return model.logits(model(torch.tensor([list(ids)]), positions, Whole(model, positions)))[0, -1]


def greedy_without_cache(
    model: Transformer, prompt: Sequence[int], count: int, stop: int = STOP
) -> list[int]:
    ids = list(prompt)
    while len(ids) < len(prompt) + count:
        logits = next_logits(model, ids).clone()
        if len(ids) == len(prompt):
            logits[stop] = -torch.inf
        token = int(logits.argmax())
        if token == stop:
            break
        ids.append(token)
    return ids[len(prompt) :]


def nothing_left(engine: Engine) -> bool:
    stats = engine.stats()
    return not (stats["running"] or stats["waiting"] or stats["cache_held"] or engine.busy)


@pytest.mark.parametrize("build", ["torch"], indirect=True)
def test_greedy_decoding_takes_the_most_probable_token_each_time(
    model: Transformer, build: Build
) -> None:
    assert alone(build(), ask()) == greedy_without_cache(model, PROMPT, 12)


def test_decoding_ends_before_the_stop_token_or_at_the_length_limit(build: Build) -> None:
    whole = alone(build(), ask())
    stop = next(token for token in whole[1:] if token != whole[0])
    events = drain(build(), dataclasses.replace(ask(), stop=(stop,)))
    assert answers(events)[1, 0] == whole[: whole.index(stop)]
    assert [one.reason for one in events if isinstance(one, Finished)] == ["stop"]
    events = drain(build(), ask(new=3))
    assert answers(events)[1, 0] == whole[:3]
    assert [one.reason for one in events if isinstance(one, Finished)] == ["length"]


def test_a_right_draft_lets_an_answer_of_one_token_end_there(build: Build) -> None:
    [first, second, *_] = alone(build(), ask())
    engine = build()
    drain(engine, ask(new=1))  # the prompt is in the cache: drafts come with its last token
    brief = dataclasses.replace(ask(references=((first, second),)), stop=(second,))
    assert alone(engine, brief) == [first]
    assert engine.stats()["accepted_tokens"] == 1


def test_an_answer_is_never_empty(build: Build) -> None:
    [first] = alone(build(), ask(new=1))
    answer = alone(build(), dataclasses.replace(ask(), stop=(first,)))
    assert answer
    assert answer[0] != first


def test_a_seed_makes_sampling_repeatable_and_seeds_differ(build: Build) -> None:
    def sample(seed: int) -> dict[tuple[int, int], list[int]]:
        sampling = SamplingParameters(temperature=1.5, seed=seed)
        return answers(drain(build(), ask(n=3, sampling=sampling)))

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)


def test_a_seed_draws_the_same_whether_the_prompt_was_in_the_cache_or_not(build: Build) -> None:
    prompt = [3 + i * 7 % 200 for i in range(30)]
    once = drain(engine := build(), ask(prompt, new=20, sampling=HOT))
    again = drain(engine, ask(prompt, new=20, sampling=HOT))
    assert answers(again) == answers(once)
    cold, warm = (one.log_likelihood for one in (*once, *again) if isinstance(one, Finished))
    assert warm == pytest.approx(cold, rel=1e-6)


def test_candidates_differ_when_sampled_and_agree_when_greedy(build: Build) -> None:
    hot = answers(drain(build(), ask(n=4, sampling=HOT)))
    assert len({tuple(one) for one in hot.values()}) > 1
    greedy = answers(drain(build(), ask(n=4)))
    assert list(greedy.values()) == [alone(build(), ask())] * 4


@pytest.mark.parametrize("build", ["torch"], indirect=True)
def test_candidates_come_with_their_log_likelihood(model: Transformer, build: Build) -> None:
    events = drain(build(), ask(n=3, new=6, sampling=HOT))
    written = answers(events)
    for event in events:
        if isinstance(event, Finished):
            ids = written[1, event.index] + ([STOP] if event.reason == "stop" else [])
            total = 0.0
            for place, token in enumerate(ids):
                logits = next_logits(model, [*PROMPT, *ids[:place]])
                total += float(logits.log_softmax(-1)[token])
            assert event.log_likelihood == pytest.approx(total, abs=1e-3)


@pytest.mark.parametrize("sampling", [SamplingParameters(), HOT])
def test_drafts_change_nothing_but_the_number_of_steps(
    build: Build, sampling: SamplingParameters
) -> None:
    plain = build(drafts=0)
    expected = alone(plain, ask(new=24, sampling=sampling))
    half_right = [*expected[:7], 77, *expected[8:15], 78, 79, 80, *expected[18:]]
    for references in ((tuple(expected),), (tuple(half_right),), ((50, 51), tuple(half_right))):
        engine = build(drafts=7)
        assert alone(engine, ask(new=24, sampling=sampling, references=references)) == expected
        stats = engine.stats()
        assert 0 < stats["accepted_tokens"] <= stats["drafted_tokens"]
        assert stats["steps"] < plain.stats()["steps"]


@pytest.mark.parametrize("build", ["torch"], indirect=True)
def test_drafts_do_not_change_the_distribution_of_sampled_tokens(
    model: Transformer, build: Build
) -> None:
    sampling = SamplingParameters(temperature=1.0, top_k=3)
    engine = build(drafts=7, running=1)
    likely = greedy_without_cache(model, PROMPT, 2)
    requests = [
        ask(
            new=2,
            key=key,
            sampling=dataclasses.replace(sampling, seed=key),
            references=(tuple(likely),),
        )
        for key in range(600)
    ]
    drawn = answers(drain(engine, *requests))
    assert engine.stats()["accepted_tokens"] > 50
    second = [tuple(one) for one in drawn.values() if one[0] == likely[0] and len(one) > 1]
    logits = next_logits(model, [*PROMPT, likely[0]])
    best = logits.topk(3)
    for token, share in zip(best.indices.tolist(), best.values.softmax(-1).tolist(), strict=True):
        if token != STOP:
            count = sum(pair[1] == token for pair in second)
            total = sum(one[0] == likely[0] for one in drawn.values())
            assert abs(count - total * share) < 4 * np.sqrt(total * share * (1 - share)) + 1


@pytest.mark.parametrize("build", ["torch"], indirect=True)
def test_a_beginning_stays_within_the_options_however_improbable(
    model: Transformer, build: Build
) -> None:
    ranked = next_logits(model, PROMPT).argsort().tolist()
    options = ((ranked[0], 11), (ranked[1], 12, 13))
    events = drain(build(), ask(new=5, begin=options))
    assert [one.choice for one in events if isinstance(one, Began)] == [1]
    expected = greedy_without_cache(model, [*PROMPT, ranked[1], 12, 13], 5)
    assert answers(events)[1, 0] == expected


@pytest.mark.parametrize("build", ["torch"], indirect=True)
def test_options_with_a_common_beginning_are_told_apart_later(
    model: Transformer, build: Build
) -> None:
    logits = next_logits(model, [*PROMPT, 30])
    better = 50 if logits[50] > logits[60] else 60
    events = drain(build(), ask(new=4, begin=((30, 50), (30, 60))))
    [began] = [one for one in events if isinstance(one, Began)]
    assert (50, 60)[began.choice] == better
    assert answers(events)[1, 0] == greedy_without_cache(model, [*PROMPT, 30, better], 4)


def test_a_single_option_is_given_and_the_answer_follows_it(build: Build) -> None:
    events = drain(build(), ask(begin=((30, 50),)))
    assert [one.choice for one in events if isinstance(one, Began)] == [0]
    assert answers(events)[1, 0] == alone(build(), ask([*PROMPT, 30, 50]))


@pytest.mark.parametrize("build", ["torch"], indirect=True)
@pytest.mark.parametrize("prompt", [PROMPT, PROMPT[:1]])
def test_branches_are_scored_as_if_each_were_read_alone(
    model: Transformer, build: Build, prompt: tuple[int, ...]
) -> None:
    branches = ((8, 9), (8, 10, 11, 12), (13,))
    [scored] = drain(build(), Score(1, prompt, branches, options=(20, 21)))
    assert isinstance(scored, Scored)
    for branch, likelihood, options in zip(
        branches, scored.log_likelihoods, scored.options, strict=True
    ):
        total = 0.0
        for place, token in enumerate(branch):
            logits = next_logits(model, [*prompt, *branch[:place]])
            total += float(logits.log_softmax(-1)[token])
        assert likelihood == pytest.approx(total, abs=1e-3)
        last = next_logits(model, [*prompt, *branch]).log_softmax(-1)
        assert options == pytest.approx(last[[20, 21]].tolist(), abs=1e-3)


def test_what_was_read_before_is_not_read_again(build: Build) -> None:
    engine = build()
    first = alone(engine, ask())
    follow_up = [*PROMPT, *first, 60, 61, 62]
    events = drain(engine, ask(follow_up, key=2))
    [finished] = [one for one in events if isinstance(one, Finished)]
    assert finished.reused >= len(PROMPT) + len(first) - 1
    assert answers(events)[2, 0] == alone(build(), ask(follow_up, key=2))


def test_concurrent_requests_get_what_each_would_get_alone(build: Build) -> None:
    rng = random.Random(4)
    requests = [
        ask([rng.randrange(3, 200) for _ in range(rng.randrange(2, 40))], rng.randrange(1, 15), key)
        for key in range(12)
    ]
    engine = build(running=5, prefill=1000)  # fewer places than requests
    together = answers(drain(engine, *requests))
    for request in requests:
        assert together[request.id, 0] == alone(build(), request)
    assert nothing_left(engine)


def test_requests_share_steps(build: Build) -> None:
    one, many = build(), build()
    drain(one, ask(new=10))
    drain(many, *(ask([7 + key, *PROMPT], new=10, key=key) for key in range(8)))
    assert many.stats()["steps"] < 3 * one.stats()["steps"]


def adapter_of(model: Transformer, seed: int) -> Adapter:
    generator = torch.Generator().manual_seed(seed)

    def factors(rows: int, columns: int) -> tuple[torch.Tensor, torch.Tensor]:
        a, b = (
            torch.randn(2 + seed, columns, generator=generator),
            torch.randn(rows, 2 + seed, generator=generator),
        )
        return a / 8, b / 4

    parts = {
        one.name: [factors(*shape) for _, shape in one.parts] for one in products(model.config)
    }
    return Adapter(str(seed), {}, parts)


def merged(model: Transformer, adapter: Adapter) -> Transformer:
    changed = copy.deepcopy(model)
    for name, weight in changed.named_parameters():
        if (delta := adapter.delta(name)) is not None:
            weight.add_(delta)
    return changed


def test_requests_of_several_adapters_each_get_what_its_merged_model_writes(
    model: Transformer, build: Build
) -> None:
    for weight in model.parameters():  # to what int8 can say, so that both ways compute the same
        if weight.dim() == 2:
            codes, scales = np.empty(weight.shape, np.int8), np.empty(len(weight), np.float32)
            quantize(weight.numpy(), codes, scales)
            weight.copy_(torch.from_numpy(codes * scales[:, None]))
    adapters = {"one": adapter_of(model, 1), "two": adapter_of(model, 2)}
    models = {None: model} | {name: merged(model, one) for name, one in adapters.items()}
    prompts = (PROMPT, tuple(3 + i * 7 % 200 for i in range(30)))
    kinds = [(name, prompt) for prompt in prompts for name in models]
    expected = [greedy_without_cache(models[name], prompt, 10) for name, prompt in kinds]
    assert len({tuple(one) for one in expected}) == len(kinds)
    engine = build(adapters=adapters)
    for _ in range(2):  # anew, and out of the cache
        requests = [
            ask(prompt, 10, key, adapter=name, n=1 + key % 2, references=(tuple(expected[key]),))
            for key, (name, prompt) in enumerate(kinds)
        ]
        written = answers(drain(engine, *requests))
        for (key, _), answer in written.items():
            assert answer == expected[key], kinds[key]
    assert nothing_left(engine)


def test_adapters_take_turns_whoever_comes_and_goes(build: Build, model: Transformer) -> None:
    engine = build(adapters={"one": adapter_of(model, 1), "two": adapter_of(model, 2)})
    for key, name in enumerate((None, "one", "two")):
        engine.submit(ask((5,), new=20, key=key, adapter=name))
    events = [event for _ in range(7) for event in engine.step()]
    engine.cancel(events[-1].id)  # served last: the other two are next, one after the other
    events += [*engine.step(), *engine.step()]
    served = [one.id for one in events if isinstance(one, Tokens)]
    assert served == [0, 1, 2, 0, 1, 2, 0, 1, 2]


def test_a_short_request_does_not_wait_for_a_long_prompt_nor_starve_it(build: Build) -> None:
    engine = build(prefill=16)
    engine.submit(ask([3 + i % 50 for i in range(200)], new=3, key=1))
    engine.step()
    for key in range(2, 12):
        engine.submit(ask([60 + key, 61, 62], new=3, key=key))
    order: list[int] = []
    while engine.busy:
        order += [event.id for event in engine.step() if isinstance(event, Finished)]
    assert order[-1] == 1  # every short one was served while the long one was read
    assert engine.stats()["steps"] < 60  # and it was read on all the time


def test_cancelling_frees_the_slot_before_the_next_step(build: Build) -> None:
    engine = build()
    engine.submit(ask(n=4, new=50, sampling=HOT))
    for _ in range(4):
        engine.step()
    engine.cancel(1)
    assert nothing_left(engine)
    assert engine.step() == []


@pytest.mark.parametrize("steps", range(6))  # waiting, the prompt half read, read, writing
def test_a_cancelled_candidate_is_gone_and_its_sisters_write_on(build: Build, steps: int) -> None:
    prompt = [3 + i * 7 % 200 for i in range(40)]
    request = ask(prompt, n=3, new=10, sampling=HOT)
    expected = answers(drain(build(prefill=20), request))
    engine = build(prefill=20)
    engine.submit(request)
    early = [event for _ in range(steps) for event in engine.step()]
    held = engine.stats()["cache_held"]
    engine.cancel(1, 1)
    if steps > 2:
        assert engine.stats()["running"] == 2
        assert engine.stats()["cache_held"] < held
    late = drain(engine)
    assert all(one.index != 1 for one in late if isinstance(one, Tokens | Finished))
    written = answers([*early, *late])
    assert [written[1, index] for index in (0, 2)] == [expected[1, index] for index in (0, 2)]
    assert sum(isinstance(one, Finished) for one in late) == 2
    assert nothing_left(engine)


def test_a_cancelled_candidates_place_goes_to_who_waits(build: Build) -> None:
    engine = build(running=3)
    engine.submit(ask(n=3, new=50, sampling=HOT))
    engine.submit(ask(new=2, key=2))
    for _ in range(4):
        engine.step()
    assert engine.stats()["waiting"] == 1
    engine.cancel(1, 2)
    engine.step()
    assert engine.stats()["waiting"] == 0


@pytest.mark.parametrize("steps", [0, 1, 4])
def test_when_every_candidate_is_cancelled_the_request_is(build: Build, steps: int) -> None:
    engine = build()
    engine.submit(ask(n=2, new=50, sampling=HOT))
    engine.submit(Score(2, PROMPT, ((4,), (5,))))
    for _ in range(steps):
        engine.step()
    for index in (0, 7, 0, 1, 1):
        engine.cancel(1, index)
    engine.cancel(3, 0)
    engine.cancel(2, 0)  # a branch: its probability is asked for with the others'
    events = drain(engine)
    assert not [one for one in events if one.id == 1]
    assert nothing_left(engine)
    assert steps == 4 or [type(one) for one in events] == [Scored]


def test_an_id_that_is_inside_is_not_taken_twice(build: Build) -> None:
    engine = build()
    for _ in range(2):  # waiting, then running
        with pytest.raises(ValueError, match="id 1 is inside already"):
            drain(engine, ask(), ask([9, 9]))
        engine.step()
    assert len(answers(drain(engine))) == 1
    assert nothing_left(engine)


def test_a_thousand_requests_with_random_cancellations_leave_nothing_behind(build: Build) -> None:
    engine = build(slots=300, running=8, prefill=32)
    rng = random.Random(12)
    alive: set[int] = set()
    for key in range(1000):
        prompt = [rng.randrange(3, 30) for _ in range(rng.randrange(1, 30))]
        if rng.random() < 0.2:
            engine.submit(Score(key, tuple(prompt), ((4,), (5, 6)), (7, 8)))
        else:
            n = rng.choice((1, 1, 1, 3))
            engine.submit(ask(prompt, rng.randrange(1, 8), key, n=n, sampling=HOT))
        alive.add(key)
        if rng.random() < 0.5:
            victim = rng.choice(sorted(alive))
            engine.cancel(victim)
            alive.discard(victim)
        engine.cancel(rng.choice(sorted(alive | {key})), rng.randrange(3))
        if rng.random() < 0.4:
            for event in engine.step():
                assert event.id in alive, "an event of a cancelled request"
    drain(engine)
    assert nothing_left(engine)
    fresh = alone(build(slots=300), ask(key=2000))
    assert alone(engine, ask(key=2000)) == fresh  # and what was kept is sound


@pytest.mark.parametrize(
    ("request_", "kind", "named"),
    [
        (ask([5] * 250, new=7), "context", "limit is 256"),
        (ask((5, 262)), "context", "from 2 to 262; the model has 0 to 261"),
        (ask(begin=((-1,), (7,))), "context", "from -1 to 41"),
        (Score(1, PROMPT, ((8,),), options=(999,)), "context", "to 999"),
        (ask((), new=7), "context", "empty"),
        (ask(new=100, n=6), "context", r"limit is 600 \(setting kv_cache_tokens"),
        (ask(n=17, new=1), "context", "at most 16"),
        (ask(adapter="absent"), "adapter", "'absent' is unknown; known: none"),
        (Score(1, PROMPT, ()), "context", "nothing is asked"),
        (ask(n=0), "context", "nothing is asked"),
        (ask(new=0), "context", "empty, or nothing is asked"),
        (ask(begin=((30, 50), (40,), (30,))), "context", "begin: an option is how another"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(
    build: Build, request_: Request, kind: str, named: str
) -> None:
    engine = build()
    [failed] = drain(engine, request_)
    assert isinstance(failed, Failed)
    assert failed.kind == kind
    assert re.search(named, failed.message), failed.message
    assert nothing_left(engine)


def test_logits_that_are_not_finite_fail_the_request_and_poison_nothing(
    model: Transformer, build: Build
) -> None:
    engine = build()
    sound = model.norm.weight.clone()
    model.norm.weight[0] = float("nan")
    broken = build()
    events = drain(broken, ask(n=2))
    assert [one.kind for one in events if isinstance(one, Failed)] == ["numerical"]
    assert not answers(events)
    assert nothing_left(broken)
    assert broken.stats()["cache_used"] == len(PROMPT) - 1  # the prompt; not what followed
    model.norm.weight.copy_(sound)
    assert alone(engine, ask())
