"""An OpenAI request as turns of ours.

Covers: the models' names, the dialog that the messages are, sampling, and one turn per choice.
Does not cover: fields that are refused whatever they are for (gateway.openai_api.schemas).

System and developer messages are not put to the model, which is not trained to follow them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.openai_api.schemas import CompletionRequest, Message, ignored_fields
from gateway.roles import Roles
from gateway.schemas import MAX_HISTORY_TURNS, ChatRequest
from gateway.settings import Settings
from gateway.turn_errors import failure_of
from gateway.turns import RoleUnknown
from services.chassis import Failure, check_length
from services.contract import ErrorCode, Sampling, Turn

MODEL = "groundling"
SEVERAL_TEMPERATURE = 0.7
"""The temperature of several choices where the request names none: at 0 all would be the same."""
_SEEDS = 2**63


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request comes to."""

    model: str
    turns: list[ChatRequest]
    """One per choice; their dialog is the client's, so nothing is stored."""
    ignored: list[str]
    """Paths of the fields without effect."""


def model_names(roles: Roles) -> list[str]:
    return [MODEL, *(f"{MODEL}:{role}" for role in roles)]


def check_model(name: str, roles: Roles) -> None:
    """Raise Failure(NOT_FOUND) for a model that is not there."""
    if name not in model_names(roles):
        message = f"model: there is no model {name[:64]!r}; GET /v1/models lists those there are"
        raise Failure(ErrorCode.NOT_FOUND, message)


def asked_of(request: CompletionRequest, settings: Settings, roles: Roles) -> Asked:
    """Raise Failure, which names the field, for what cannot be done."""
    role = _role(request, roles)
    choices = request.n or 1
    if choices > settings.max_choices:
        message = f"n: {choices}; at most {settings.max_choices} are given (setting max_choices)"
        raise Failure(ErrorCode.INVALID_REQUEST, message)
    dialog, ignored = _dialog(request.messages, settings)
    turns = [
        ChatRequest(
            message=dialog[-1].content,
            history=dialog[:-1],
            role=role,
            max_rounds=request.max_rounds,
            deadline_ms=request.deadline_ms,
            stream=bool(request.stream),
            sampling=_sampling(request, choices, index),
        )
        for index in range(choices)
    ]
    ignored += ignored_fields(request)
    if request.stream_options is not None:
        named = ignored_fields(request.stream_options)
        ignored += [f"stream_options.{name}" for name in named]
    return Asked(request.model, turns, ignored)


def _role(request: CompletionRequest, roles: Roles) -> str | None:
    check_model(request.model, roles)
    named = request.model.partition(":")[2] or None
    if request.role is None:
        return named
    if request.role not in roles:
        raise failure_of(RoleUnknown(request.role))
    if named is not None and named != request.role:
        message = f"role: is {request.role!r}, while the model is {request.model!r}"
        raise Failure(ErrorCode.INVALID_REQUEST, message)
    return request.role


def _dialog(messages: Sequence[Message], settings: Settings) -> tuple[list[Turn], list[str]]:
    """The user's and the assistant's turns, the user's first and last; and what has no effect."""
    dialog: list[Turn] = []
    ignored: list[str] = []
    for number, message in enumerate(messages):
        where = f"messages.{number}"
        turn = _turn(where, message, settings)
        if turn is None:
            ignored.append(where)
        else:
            dialog.append(turn)
            ignored += [f"{where}.{name}" for name in ignored_fields(message)]
    problem = _problem(dialog)
    if problem is not None:
        raise Failure(ErrorCode.INVALID_REQUEST, f"messages: {problem}")
    return dialog, ignored


def _turn(where: str, message: Message, settings: Settings) -> Turn | None:
    """None for a message that says nothing to the model."""
    text = message.content or ""
    match message.role:
        case "user":
            if not text.strip():
                problem = f"{where}.content: is empty; at least one visible character is needed"
                raise Failure(ErrorCode.INVALID_REQUEST, problem)
            check_length(f"{where}.content", text, settings.max_message_chars)
            return Turn(role="user", content=text)
        case "assistant":
            check_length(f"{where}.content", text, settings.max_answer_chars)
            return Turn(role="assistant", content=text) if text.strip() else None
        case "system" | "developer":
            return None
        case _:
            problem = (
                f"{where}.role: messages of the role {message.role!r} are not supported: the"
                " gateway asks tools of its own, and shows what they said"
            )
            raise Failure(ErrorCode.INVALID_REQUEST, problem)


def _problem(dialog: Sequence[Turn]) -> str | None:
    if not dialog or dialog[-1].role != "user":
        return "the last must be the user's"
    if dialog[0].role != "user":
        return (
            "the first, after those of the system, must be the user's; for turns of the"
            " assistant's before the dialog there are roles, as models: see GET /v1/models"
        )
    if len(dialog) > MAX_HISTORY_TURNS + 1:
        return f"{len(dialog)} of the user's and the assistant's; at most {MAX_HISTORY_TURNS + 1}"
    return None


def _sampling(request: CompletionRequest, choices: int, index: int) -> Sampling:
    if request.max_tokens is not None and request.max_completion_tokens is not None:
        message = "max_tokens: stands beside max_completion_tokens; send one of the two"
        raise Failure(ErrorCode.INVALID_REQUEST, message)
    temperature = request.temperature
    if temperature is None:
        temperature = SEVERAL_TEMPERATURE if choices > 1 else 0.0
    return Sampling(
        temperature=temperature,
        top_p=request.top_p or 1.0,
        top_k=request.top_k or 0,
        # OpenAI takes negative seeds as well; ours are those of 0 to 2**63 - 1.
        seed=None if request.seed is None else (request.seed + index) % _SEEDS,
        max_tokens=request.max_completion_tokens or request.max_tokens,
        stop=request.stop or [],
    )
