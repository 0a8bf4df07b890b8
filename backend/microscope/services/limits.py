"""Limits on what is asked for; each error names its setting."""

from __future__ import annotations

from microscope.core.sites import Component
from microscope.errors import Incompatible, Invalid, TooLarge
from microscope.settings import Settings
from microscope.wire.conversations import Sampling
from microscope.wire.lenses import LensName


def check_text(settings: Settings, text: str) -> None:
    """
    Raises:
        TooLarge: over `max_prompt_chars`.
        Invalid: half of a surrogate pair, which has no bytes.
    """
    if len(text) > settings.max_prompt_chars:
        raise TooLarge(
            f"The text has {len(text)} characters; max_prompt_chars is {settings.max_prompt_chars}.",
            next="Shorten it, or set MICROSCOPE_MAX_PROMPT_CHARS.",
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise half_a_character(error) from error


def half_a_character(error: UnicodeEncodeError, what: str = "text") -> Invalid:
    """Half of a surrogate pair, which JSON can spell and UTF-8 cannot; `what` is the name of what it stands in."""
    half = ord(error.object[error.start])
    return Invalid(
        f"The {what} holds half of a character (U+{half:04X}) at position {error.start}; expected valid Unicode.",
        next="Remove it or paste the text again.",
    )


def check_not_empty(text: str) -> None:
    """
    Raises:
        Invalid: nothing but spaces.
    """
    if not text.strip():
        raise Invalid("The text is empty; expected at least one character.", next="Type some text.")


def check_sampling(settings: Settings, sampling: Sampling) -> None:
    """
    Raises:
        TooLarge: over `max_new_tokens`.
    """
    if sampling.max_new_tokens > settings.max_new_tokens:
        raise TooLarge(
            f"{sampling.max_new_tokens} new tokens were asked for; max_new_tokens is {settings.max_new_tokens}.",
            next="Ask for fewer, or set MICROSCOPE_MAX_NEW_TOKENS.",
        )


def check_k(settings: Settings, k: int) -> None:
    """
    Raises:
        TooLarge: over `max_k`.
    """
    if k > settings.max_k:
        raise TooLarge(f"k is {k}; max_k is {settings.max_k}.", next="Ask for fewer, or set MICROSCOPE_MAX_K.")


def check_reading(settings: Settings, k: int, component: Component, lens: LensName) -> None:
    """
    Raises:
        TooLarge: over `max_k`.
        Incompatible: a tuned lens on something that is not the residual stream.
    """
    check_k(settings, k)
    if lens == "tuned" and component != "resid":
        raise Incompatible(
            f"A tuned lens reads the residual stream and was asked to read {component}.",
            next="Read it with the logit lens.",
        )


def check_context(name: str, n_ctx: int, n_tokens: int) -> None:
    """
    Raises:
        TooLarge: the tokens leave no room for an answer.
    """
    if n_tokens >= n_ctx:
        raise TooLarge(
            f"There would be {n_tokens} tokens before the answer; {name} has n_ctx={n_ctx}.",
            next="Shorten the text, branch from an earlier turn, or start a new conversation.",
        )
