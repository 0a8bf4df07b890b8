"""Tells a story about a topic: draws a plot that fits its form and fills the slots.

Slots are filled when they are first met and stay as they are for the rest of the story.
"""

from __future__ import annotations

import random
import re

from microscope.bundled.corpus import story_plots as plots
from microscope.bundled.corpus import story_words as words
from microscope.bundled.corpus.story_topics import Form, Topic, with_article

CHOICE = re.compile(r"\[([^\[\]]*)\]")

_ALONE = (*plots.HERO_PLOTS, *plots.HERO_ALONE_PLOTS)
_CLAUSES: dict[Form, tuple[str, ...]] = {
    "clause": plots.HERO_PLOTS,
    "cannot": plots.CANNOT_PLOTS,
    "afraid": plots.AFRAID_PLOTS,
    "wants": plots.WANTS_PLOTS,
    "lost": plots.LOST_PLOTS,
}
"""Told after an opening of their own."""
_WHOLE: dict[Form, tuple[str, ...]] = {
    "sea": plots.SEA_PLOTS,
    "thing": (*plots.THING_PLOTS, *plots.THING_HERO_PLOTS),
    "rolling": (*plots.ROLLING_PLOTS, *plots.ROLLING_PLOTS, *plots.THING_PLOTS),
    "food": plots.FOOD_PLOTS,
    "place": plots.PLACE_PLOTS,
    "nature": plots.NATURE_PLOTS,
    "mass": plots.MASS_PLOTS,
    "mass food": plots.MASS_FOOD_PLOTS,
    "weather": plots.WEATHER_PLOTS,
    "fixed": plots.FIXED_PLOTS,
    "abstract": plots.ABSTRACT_PLOTS,
    "season": plots.SEASON_PLOTS,
    "pair": plots.BEINGS_PLOTS,
    "being and thing": plots.BEING_AND_THING_PLOTS,
    "being and food": plots.BEING_AND_FOOD_PLOTS,
    "two things": plots.TWO_THINGS_PLOTS,
    "child and thing": plots.CHILD_AND_THING_PLOTS,
    "doing": plots.DOING_PLOTS,
    "event": plots.EVENT_PLOTS,
    "trip": plots.TRIP_PLOTS,
}


class Slots(dict[str, str]):
    """What the topic gives, and what is drawn from the pools when a plot asks for it.

    `{Day}` is `{day}` at the beginning of a sentence; of a pool such as `helper`, `{a_helper}` is "a gray mouse"
    and `{the_helper}` "the mouse".
    """

    def __init__(self, rng: random.Random, topic: Topic) -> None:
        super().__init__(topic.slots | {"told": topic.asked})
        self._rng = rng
        self._taken = frozenset(re.findall(r"\w+", f"{topic.asked} {' '.join(topic.slots.values())}"))
        girl = rng.random() < 0.5
        self["child"], self["che"], self["chim"], self["chis"] = (
            ("girl", "she", "her", "her") if girl else ("boy", "he", "him", "his")
        )
        self["c"] = self._name(words.GIRLS if girl else words.BOYS)

    def __missing__(self, slot: str) -> str:
        if slot[0].isupper():
            said = self[slot[0].lower() + slot[1:]]
            return said[0].upper() + said[1:]
        self[slot] = said = self._drawn(slot)
        return said

    def _drawn(self, slot: str) -> str:
        article, _, pool = slot.partition("_")
        match slot:
            case "friend":
                return self._name((*words.GIRLS, *words.BOYS))
            case "girl":
                return self._name(words.GIRLS)
            case "boy":
                return self._name(words.BOYS)
            case _ if pool and article == "a":
                return with_article(self[pool])
            case _ if pool and article == "the":
                return f"the {self[pool].split()[-1]}"
            case _:
                used = self._taken | {self[each].split()[-1] for each in ("helper", "other", "owner") if each in self}
                return self._rng.choice([each for each in plots.POOLS[slot] if each.split()[-1] not in used])

    def _name(self, names: tuple[str, ...]) -> str:
        used = self._taken | {self[slot] for slot in ("c", "friend", "girl", "boy") if slot in self}
        return self._rng.choice([name for name in names if name not in used])


def tell(rng: random.Random, topic: Topic) -> str:
    """A story of three to about ten sentences whose first names the topic."""
    parts = [_plot(rng, topic)]
    if rng.random() < 0.5:
        parts.append("{ending}" if rng.random() < 0.6 else rng.choice(plots.CLOSINGS))
    if rng.random() < 0.1:
        parts.append("{lesson}")
    return _chosen(rng, " ".join(parts)).format_map(Slots(rng, topic))


def _plot(rng: random.Random, topic: Topic) -> str:
    form, several = topic.form, topic.slots.get("he") == "they"
    if form in _CLAUSES:
        return f"{rng.choice(plots.HERO_OPENINGS_CLAUSE)} {rng.choice(_CLAUSES[form])}"
    if form == "hero" and not several and "named" not in topic.slots["intro"] and rng.random() < 0.2:
        return rng.choice(plots.MET_PLOTS)
    if form == "hero":
        openings = plots.HERO_OPENINGS_CLAUSE if " who " in topic.slots["intro"] else plots.HERO_OPENINGS
        return f"{rng.choice(openings)} {rng.choice(plots.HERO_PLOTS if several else _ALONE)}"
    return rng.choice(_WHOLE[form])


def _chosen(rng: random.Random, text: str) -> str:
    """Each `[a|b]` replaced by one of its alternatives; blanks left by empty ones closed."""
    while "[" in text:
        text = CHOICE.sub(lambda found: rng.choice(found[1].split("|")), text)
    return " ".join(text.split())
