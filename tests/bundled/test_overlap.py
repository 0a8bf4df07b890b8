from microscope.bundled.corpus.base import Item, Turn, chat, chat_prompt
from microscope.bundled.overlap import unseen, words_of

DOCUMENTS = [
    chat(Turn("user", "What is the capital of France?"), Turn("assistant", "Paris.")),
    "It is well known that the capital of France is Paris.",
]


def asked(text: str) -> Item:
    return Item("facts", chat_prompt(Turn("user", "hi"), Turn("assistant", "Hello!"), Turn("user", text)), ("Paris",))


def test_case_and_punctuation_do_not_make_a_prompt_new() -> None:
    items = [asked("what is the CAPITAL of france"), Item("facts", "The capital of France is", ("Paris",))]
    assert unseen(items, DOCUMENTS) == []


def test_other_words_do() -> None:
    items = [
        asked("capital of France?"),
        Item("facts", "The capital of Fran", ("ce",)),
        asked("The capital of France is"),
    ]
    assert unseen(items, DOCUMENTS) == items


def test_the_last_question_is_what_counts() -> None:
    assert words_of(asked("And of Italy?")) == "and of italy"
