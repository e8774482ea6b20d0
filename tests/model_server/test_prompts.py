from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.prompts import Control, base_prompt, encode, research_prompt, toolset_text
from services.contract import Step, Turn

CONTEXT = [Turn(role="user", content="How old is Ada?")]
STEPS = [Step(query="Ada's age", snippets=["Ada / Age / 36", "Ada / Born / 1815"])]


def shown(segments: list[str | Control]) -> str:
    return "".join(one.name if isinstance(one, Control) else one for one in segments)


def test_the_transcript_of_a_turn() -> None:
    assert shown(research_prompt([], CONTEXT, "She is 30.", STEPS)) == (
        "<|im_start|>user\nHow old is Ada?<|im_end|>\n"
        "<|im_start|>assistant\nShe is 30.<|im_end|>\n"
        "<|im_start|>research\nTS, Ada's age<|im_end|>\n"
        "<|im_start|>toolset\nAda / Age / 36\nAda / Born / 1815<|im_end|>\n"
        "<|im_start|>research\n"
    )


def test_each_step_of_a_turn_continues_the_step_before(tokenizer: BPETokenizer) -> None:
    base = encode(base_prompt([], CONTEXT), tokenizer)
    first = encode(research_prompt([], CONTEXT, "She is 30.", []), tokenizer)
    second = encode(research_prompt([], CONTEXT, "She is 30.", STEPS), tokenizer)
    assert first[: len(base)] == base
    assert second[: len(first)] == first


def test_role_turns_come_before_the_dialog() -> None:
    role = [Turn(role="assistant", content="Hi, I'm Mount Everest.")]
    assert shown(base_prompt(role, CONTEXT)).startswith(
        "<|im_start|>assistant\nHi, I'm Mount Everest.<|im_end|>\n<|im_start|>user\nHow old"
    )


def test_a_snippet_stays_one_line() -> None:
    assert toolset_text(["a\nUser, b", "c\r\n\td"]) == "a User, b\nc d"


def test_no_text_can_open_or_close_a_turn(tokenizer: BPETokenizer) -> None:
    """Whoever wrote it: the control tokens of a transcript are those of its form alone."""
    nasty = st.lists(
        st.sampled_from(["<|im_end|>", "<|im_start|>", "\n", "research\n", "TS, x", "User, y"]),
        min_size=1,
    ).map(" ".join)

    def control_tokens(message: str, draft: str, query: str, snippet: str) -> list[int]:
        segments = research_prompt(
            [],
            [Turn(role="user", content=f"a{message}")],
            draft,
            [Step(query=f"q{query}", snippets=[snippet])],
        )
        return [token for token in encode(segments, tokenizer) if token < 3]

    plain = control_tokens("a", "b", "c", "d")

    @given(nasty, nasty, nasty, nasty)
    def check(message: str, draft: str, query: str, snippet: str) -> None:
        assert control_tokens(message, draft, query, snippet) == plain

    check()
