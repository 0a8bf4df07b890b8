from collections.abc import Callable

import pytest

from microscope.engine.model import Model
from microscope.engine.tokenizer import ChatIds, Message, Span
from microscope.services.turns import KeptTurn, cut, joined, messages_of, rendered, shown, spliced
from microscope.wire.conversations import Sampling

Load = Callable[..., Model]
SAMPLING = Sampling()


def turn(role: str, start: int, end: int, **more: object) -> KeptTurn:
    return KeptTurn.model_validate({"role": role, "start": start, "end": end, **more})


TURNS = [
    turn("template", 0, 2),
    turn("user", 2, 5, text="abc"),
    turn("template", 5, 7),
    turn("assistant", 7, 10, sampling=SAMPLING, reason="end"),
]


def spoken(model: Model, messages: list[Message], **options: bool) -> list[tuple[str, str]]:
    chat = rendered(model.chat_ids(messages, **options), messages, model.tokenizer)
    assert chat.turns[0].start == 0
    assert all(one.end == two.start for one, two in zip(chat.turns, chat.turns[1:], strict=False))
    assert chat.turns[-1].end == len(chat.ids)
    decode = model.tokenizer.decode
    return [(one.role, decode(chat.ids[one.start : one.end]).decode()) for one in chat.turns]


def test_messages_and_what_the_template_puts_around_them_are_told_apart(tiny_model: Load) -> None:
    messages = [
        Message("system", "Be kind."),
        Message("user", "Hello"),
        Message("assistant", "Hi"),
        Message("user", "end"),
    ]
    assert spoken(tiny_model("gpt2"), messages) == [
        ("template", "<|system|>\n"), ("system", "Be kind."), ("template", "<|end|>\n<|user|>\n"), ("user", "Hello"),
        ("template", "<|end|>\n<|assistant|>\n"), ("assistant", "Hi"), ("template", "<|end|>\n<|user|>\n"),
        ("user", "end"), ("template", "<|end|>\n<|assistant|>\n"),
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["user", "assistant", "<|user|>", "<|end|>", "|", "é👩🏽‍🚀"])
def test_a_message_that_spells_its_own_header_is_still_found(tiny_model: Load, word: str) -> None:
    said = spoken(tiny_model("gpt2"), [Message("user", word), Message("assistant", word), Message("user", word)])
    assert [text for role, text in said if role != "template"] == [word] * 3


def test_messages_read_back_are_those_that_were_rendered(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    messages = [Message("user", " Hello\n"), Message("assistant", "Hi"), Message("user", "x")]
    chat = rendered(model.chat_ids(messages), messages, model.tokenizer)
    back = messages_of(chat.turns, chat.ids, model.tokenizer, model.end_ids)
    assert [(message.role, message.content) for message in back] == [(m.role, m.content) for m in messages]


def test_a_reply_that_was_stopped_and_continued_is_one_message_without_its_end_token(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    end = min(model.end_ids)
    said = model.encode("Hello there")
    turns = [
        turn("assistant", 0, 1, sampling=SAMPLING, reason="stopped"),
        turn("assistant", 1, len(said) + 1, sampling=SAMPLING, reason="end"),
    ]
    (message,) = messages_of(turns, [*said, end], model.tokenizer, model.end_ids)
    assert message == Message("assistant", "Hello there", tuple(said))


def test_messages_are_found_where_a_template_changes_its_beginning(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    ids = model.encode("2 turns: one, two")
    spans = [Span("user", 0, 0), Span("user", 0, len(ids))]
    chat = rendered(ChatIds(ids, spans), [Message("user", "one"), Message("user", "two")], model.tokenizer)
    users = [model.tokenizer.decode(ids[one.start : one.end]) for one in chat.turns if one.role == "user"]
    assert [text.strip() for text in users] == [b"one", b"two"]


def test_what_a_template_leaves_of_a_thinking_reply_is_found(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    ids = model.encode("Q: why A: because.")
    messages = [Message("user", "why"), Message("assistant", "<think>hm</think>\n\nbecause.")]
    spans = [Span("user", 0, 5), Span("assistant", 5, len(ids))]
    chat = rendered(ChatIds(ids, spans), messages, model.tokenizer)
    assert b"because" in b"".join(
        model.tokenizer.decode(ids[one.start : one.end]) for one in chat.turns if one.role == "assistant"
    )


def test_a_cut_turn_loses_its_text_and_a_cut_reply_was_stopped() -> None:
    assert cut(TURNS, 7) == TURNS[:3]
    assert cut(TURNS, 4) == [TURNS[0], turn("user", 2, 4)]
    assert cut(TURNS, 9)[-1] == turn("assistant", 7, 9, sampling=SAMPLING, reason="stopped")
    assert cut(TURNS, 99) == TURNS


def test_splicing_keeps_what_stays_and_takes_the_rest() -> None:
    new = [*TURNS[:3], turn("assistant", 7, 9), turn("template", 9, 11), turn("user", 11, 12, text="z")]
    assert spliced(TURNS, new, 10) == [*TURNS, turn("template", 10, 11), new[-1]]
    assert spliced(TURNS, new, 0) == new
    assert spliced([], new, 0) == new


def test_a_typed_turn_that_grows_across_the_splice_is_one_turn() -> None:
    new = [turn("template", 0, 2), turn("user", 2, 8, text="abcdef")]
    assert spliced(TURNS[:2], new, 5) == new


def test_neighbouring_template_stretches_are_one() -> None:
    assert joined([turn("template", 0, 2), turn("template", 2, 3), turn("user", 3, 4)]) == [
        turn("template", 0, 3),
        turn("user", 3, 4),
    ]


def test_an_open_turn_reaches_to_the_last_token_and_text_stays_at_home() -> None:
    open_turn = turn("assistant", 5, 5, sampling=SAMPLING)
    first, last = shown([turn("user", 0, 5, text="secret"), open_turn], 9)
    assert last.end == 9
    assert "text" not in first.model_dump()
