"""Frames that any relation fits into: each relation brings its terms, the frames bring the syntax.

A frame is a pattern of `fact_grammar` with four more names: `<given>` names the subject, `<asked>` is a noun phrase
for what is asked, subject included, `<label>` the same without subject and article, `<answer>` the answer with the
article that fits. What a frame puts before the answer is never optional, so that its cue determines the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from microscope.bundled.corpus.fact_scenes import Scenes
from microscope.bundled.corpus.fact_tables import Relation


class Terms(NamedTuple):
    """What a relation is called; every field is a list of alternatives, as inside the brackets of a pattern."""

    given: str
    label: str
    asked: str
    answer: str


_TERMS: Mapping[Relation, tuple[Terms, ...]] = MappingProxyType(
    {
        "capital": (
            Terms(
                given="{s}|{s}|the country of {s}",
                label="capital|capital city",
                asked="the [capital|capital city] of {s}|{p} [capital|capital city]|the capital in {s}",
                answer="{a}",
            ),
        ),
        "currency": (
            Terms(
                given="{s}|{s}|the country of {s}",
                label="currency|money|local money",
                asked="the [currency|money|local money] [of|in|used in] {s}|{p} [currency|money]",
                answer="the {a}",
            ),
        ),
        "language": (
            Terms(
                given="{s}|{s}|the country of {s}",
                label="language|main language|usual language",
                asked="the [language|main language|usual language] of {s}|{p} [language|main language]|the language "
                "that is spoken in {s}",
                answer="{a}",
            ),
        ),
        "continent": (
            Terms(
                given="{s}|{s}|the country of {s}",
                label="continent",
                asked="the continent of {s}|{p} continent|the continent that holds {s}",
                answer="{a}",
            ),
        ),
        "young": (
            Terms(
                given="{as}|the {s}|a grown {s}",
                label="baby|young one|little one|young animal",
                asked="the [baby|young|little one|young one] of [{as}|the {s}]|a [baby|young|newborn|very small] {s}|"
                "{ps} [baby|young one|little one]|the {s} baby",
                answer="{an} {a}",
            ),
        ),
        "sound": (
            Terms(
                given="{as}|the {s}",
                label="sound|noise|call|usual sound",
                asked="the [sound|noise|call] [of {as}|of the {s}|made by {as}|that {as} makes|we hear from {as}]|"
                "{ps} [sound|noise|call]",
                answer="{an} {a}",
            ),
        ),
        "opposite": (
            Terms(
                given='{s}|the word {s}|the word "{s}"|"{s}"',
                label="opposite|exact opposite|antonym|contrary|opposite word",
                asked="the [opposite|exact opposite|antonym|contrary|opposite word] [of|for] "
                '[{s}|the word {s}|"{s}"]|the word opposite in meaning to {s}',
                answer="{a}",
            ),
        ),
        "plural": (
            Terms(
                given='{s}|the word {s}|the noun {s}|"{s}"|the noun "{s}"',
                label="plural|plural form|plural noun|form for many",
                asked='the [plural|plural form|plural noun|form for many] [of|for] [{s}|the word {s}|"{s}"]',
                answer="{a}",
            ),
        ),
        "past": (
            Terms(
                given='{s}|the verb {s}|the word {s}|"{s}"|the verb "{s}"',
                label="past tense|past|past form|simple past|form for yesterday",
                asked="the [past tense|past|past form|simple past|form for yesterday] [of|for] "
                '[{s}|the verb {s}|the word {s}|"{s}"|the verb "{s}"]',
                answer="{a}",
            ),
        ),
        "colour": (
            Terms(
                given="{s}",
                label="colour|color|usual colour|normal color",
                asked="the [colour|color|usual colour|normal color] [of {s}|that {s} has|we see on {s}]|{p} "
                "[colour|color]",
                answer="{a}",
            ),
        ),
        "workplace": (
            Terms(
                given="{as}|the job of {s}|the {s}",
                label="workplace|place of work|place to work",
                asked="the [workplace|place of work|usual place] [of|for] [{as}|the {s}]|the place [where {as} is at "
                "work|that {as} works in|where the {s} works]|{ps} [workplace|place of work]",
                answer="{an} {a}",
            ),
        ),
        "female": (
            Terms(
                given='{s}|the word {s}|the male word {s}|"{s}"|the title {s}',
                label="female form|feminine|feminine form|female word",
                asked="the [female form|feminine|feminine form|female word] [of|for] [{s}|the word {s}|the male word "
                '{s}|"{s}"]',
                answer="{a}",
            ),
            Terms(
                given="{as}|the {s}|a male called {s}",
                label="female|female counterpart|female partner|female one",
                asked="the female [counterpart|partner|version|equivalent] of {as}|the female that matches {as}",
                answer="{an} {a}",
            ),
        ),
        "next": (
            Terms(
                given='{s}|{s}|the {n} {s}|the {n} called {s}|"{s}"',
                label="next {n}|following {n}|{n} after it|{n} that follows",
                asked="the [next|following] {n} after {s}|the {n} [after|following|that follows|that comes after|right "
                "after|just after|which comes behind] {s}|{p} next {n}",
                answer="{a}",
            ),
        ),
    }
)

_ASKER = "[Tom|Anna|the teacher|my sister|a boy|her mother|his friend|the old man|a girl|our aunt|the child]"
_ASIDE = (
    "[if I am not wrong|as you may remember|by the way|as far as I can tell|to be honest|as always|I think|they say|it "
    "seems|if you ask me|believe it or not|in case you wonder|just to remind you|as every book says|without any doubt|"
    "for sure|I believe|as we learned]"
)

_CLAUSES = (
    f"[for|with|in the case of] <given> the <label>, {_ASIDE}, [is|would be|must be|should be] <answer>",
    "[for|with|in the case of] <given> the <label> [is|would be|must be|has to be|will be|should be] <answer>",
    "<asked> [was|will be|remains|must be|has to be|has always been|should be|seems to be|turns out to be|happens to "
    "be|would have to be] <answer>",
    f"<asked>, {_ASIDE}, [is|would be|must be|was] <answer>",
    "if [you are asked|someone asks|they ask you|a child asks|the teacher asks|anyone asks] [for|about] <asked>, "
    "[say|the answer is|you can say|reply with|answer with|just say|you should say|tell them|write|think of] <answer>",
    "[whoever|anyone who|everybody who|a person who] [asks for|looks up|looks for|wants to know|has to find] <asked> "
    "[will find|finds|gets|should write|soon learns|is looking for|is thinking of|needs] <answer>",
    "when [it comes to|we speak of|we think of|you look up|the talk is of|the question is about|you hear|you read|the "
    "subject is] <given>, the <label> [is|must be|will be|would be|has to be] <answer>",
    "[beside|next to|after|under] <given> [in the list|on the sheet|in the table|on the page|in my notebook], [as|for] "
    "the <label>, [it says|they wrote|you read|stands|I put|I see|we find] <answer>",
    "the <label> [to write|to put|to remember|to fill in|we need|we want] [for|with] <given> is <answer>",
    "[not everyone|hardly anyone|not every child] knows <asked>, but [it is|it must be|the answer "
    "is|you can trust me that it is] <answer>",
    "there is [no doubt|no question|little doubt] about <asked>: it [is|must be|can only be|has to be] <answer>",
    "<asked>, [in one word|in short|in a word|put simply|to name it|once more], is <answer>",
    "<asked> can be [nothing but|none other than|no other than|only] <answer>",
    "given <given>, the <label> [is|must be|will be|comes out as|can only be] <answer>",
    "what [people|you|we|they] [give|name|write|know|want] as <asked> is <answer>",
    "the [answer|reply|solution] to the question about <asked> [is|was|must be|reads] <answer>",
)

_SENTENCES = (
    "<asked>: <answer>",
    "<asked> [=|->|→|-] <answer>",
    "<asked>? [It's|That's|It is|That must be|Surely it is|No doubt it is|Easy,|Simple,|I know,|Sure,|Well,|My "
    "answer:] <answer>",
    "<given>[ -|;| /] <label>[: | = | - |, ]<answer>",
    "<given> -> <label> -> <answer>",
    "<label>[ -| /|:] <given>[ -| /|:| ->| =] <answer>",
    "[number one|number two|exercise three|question five|task two|example one|row four|line six|card seven]: <asked>. "
    "[Answer|Solution|Result|Key|Right answer|Correct answer|Reply]: <answer>",
    "[find|name|give|look up|write down|guess] <asked>. [It is|That is|The answer is|Right, it is|You should "
    "have|Your answer should be|The solution is|The key says|We write|Yes,] <answer>",
    "<asked> is [___|____]. [The missing word is|The word for the gap is|In the gap goes|We fill in|You "
    "write|Filled in:|Solution:] <answer>",
    "[complete|finish|fill the gap|fill in]: <given>, <label> [___|____]. [The answer is|It is|You "
    "write|Solution:|Put in] <answer>",
    "<who> [had to|was asked to|wanted to|tried to] [name|give|find|tell us|think of] <asked> and "
    "[said|wrote|answered|chose|guessed|whispered|shouted|thought of|put down] <answer>",
    "<someone> [did not know|had forgotten|looked up|asked about|never forgot|could not think of] <asked>. [It was|It "
    "is|The answer was|I said it was|We all knew: it is] <answer>",
    "the [test|quiz|card|book|page|sheet|lesson|game|teacher] [asks for|wants|is about|begins with] <asked>, [and that "
    "is|which is|so I write|so we put|and it is|so the answer is|that is to say] <answer>",
    f"{_ASKER} asked for <asked>, [so|and] [I|we|everyone|the others] [said|wrote|called out|answered] <answer>",
    "I [thought of|read|heard|was asked about|wrote down|chose|was given] <given>, and the <label> [was|is|had to "
    "be|would be] <answer>",
    "[take|think of|start with|here is|look at|let us take|my example is|now comes|the first one is|I give you|try] "
    "<given>. The <label> [is|must be|will be|would be|has to be|comes out as] <answer>",
    "<given>. The <label>: <answer>",
    "the <label>, please: <given>. [Good|Right|Yes|Fine|Very well|Correct]: <answer>",
    "[here is|first comes|we start with] <given>, and [as|for] the <label> we [have|get|write|put|see] <answer>",
    "what is <asked>? [Surely|Of course|Clearly|I think it is|They say it is|It must be|Nothing but|My guess is] "
    "<answer>",
    "we [learned|practised|talked about|wrote about] <asked> today: <answer>",
    "do you remember <asked>? I do: <answer>",
)

_MIDDLES = (
    f'"[What is|What would be|So what is] <asked>?" [asked|said|wondered] {_ASKER}. "[It is|That is|I think it is|It '
    f'must be] <answer>," [said|answered|replied] {_ASKER}',
    f'"[Tell me|Please name|Quick, name|I forgot|I want to know] <asked>," said {_ASKER}. "[It is|That is|I think it '
    f'is|It must be] <answer>," [said|answered|replied] {_ASKER}',
    "<given> (<label>: <answer>) [is on the list|is in the test|comes first|is an easy one|was my example|is in the "
    "book]",
    "<given>, <label> <answer>, [is on the list|is in the test|comes first|is an easy one|was my example]",
    "once you know that <asked> is <answer>, [the rest is easy|you can go on|nobody can surprise you|the test is no "
    "problem]",
    "<asked> is <answer> [and always will be|in every book|and nothing else|as far as I know|if I am not wrong]",
    "if <asked> were not <answer>, [I would be surprised|the book would be wrong|what else would it be]",
    "for <given> the <label> is <answer>, [and I am sure|so write it down|not something else|as my teacher says]",
)

_NOUNS = ("<asked>", "<asked>", "the <label> [for|with|if you have] <given>")

_QUESTIONS = (
    "what [would|will|could|might|must|should] <asked> be",
    "what <label> [goes with|fits|do you know for|would you give for|do I write for|do we need for] <given>",
    "[any idea|do you have any idea|have you any idea|can you remember|do you remember|could you say|do you know] "
    "what <asked> is",
    "[given|with|for|if you have|if I say|if we take] <given>, what [is|would be|must be|will be] the <label>",
    "what [is|was|would you call|do people call|do they call] <asked>",
    "<given>[, and| -|:|,] what is the <label>",
    "what is the <label>[:| here:| -|, if we have|, given] <given>",
    "what do you [answer|say|write] if [someone asks|they ask|I ask] [for|about] <asked>",
)

_MESSAGES = (
    "[Please|Quick,|Kindly|Now|Just] [name|give me|say|write|tell me|find] <asked>[.|, please.| for me.]",
    "[Could you|Can you|Will you] [name|give me|say|write|tell me|find] <asked>[?| please?| for me?]",
    "<asked>[, please.| please| pls|? thanks||, quick!|, do you know?|, do you know it?| is what exactly?]",
    "[My teacher|My son|A friend|My boss|The quiz|Someone|My exam] [wants|asked for|asks for|asked about] <asked>. "
    "[What is it|What should I say|Can you help|Do you know it|What do I answer|Help me]?",
    "I [always forget|keep forgetting|never remember|can't recall|don't know|need|must know|was asked for|am looking "
    "for|have to learn] <asked>.[ What is it?| Do you know it?| Can you tell me?| Please help.|]",
    "<given>: <label>?",
    "<label>: <given>?",
    "<given> - <label>?",
    "<given> <label>?",
    "<label> [for|with] <given>?",
    "[In one word|Short answer|Just one word|Quickly|Only the answer]: [what is <asked>|<asked>|tell me <asked>]?",
    "[Here is|Take|I have|I give you|Let us take|Think of] <given>. [What is|What would be|Do you know|And] the "
    "<label>?",
    "[Let's see if you know|I bet you know|You surely know|I hope you know|I was wondering about|I am curious "
    "about] <asked>.",
    "[sorry, |hello, |hey there, |good morning, |um, |btw ]what [is|was|would be] <asked>[?| again?| exactly?]",
    "[I think I know|I am trying to remember|We are learning|We talked about] <asked>. [But what is it|What is it "
    "again|Which one is it]?",
)


def _in_terms(frames: tuple[str, ...], terms: Terms) -> tuple[str, ...]:
    filled: list[str] = []
    for frame in frames:
        for name, alternatives in terms._asdict().items():
            frame = frame.replace(f"<{name}>", f"[{alternatives}]")
        filled.append(frame)
    return tuple(filled)


def _framed(terms: tuple[Terms, ...]) -> Scenes:
    # The first terms' answer has the article that `Phrases.determiner` puts after a noun phrase.
    nouns = _in_terms(_NOUNS, terms[0])
    parts = (_CLAUSES, _SENTENCES, _MIDDLES, _QUESTIONS, _MESSAGES)
    return Scenes(nouns, *(tuple(pattern for each in terms for pattern in _in_terms(frames, each)) for frames in parts))


FRAMES: Mapping[Relation, Scenes] = MappingProxyType({relation: _framed(terms) for relation, terms in _TERMS.items()})
"""Every relation in every frame."""

PAIRED = (
    "[just as|as|since] {s2} goes with {a2}, {s} goes with {a}",
    "{s2} belongs with {a2}, [and|while|but] {s} belongs with {a}",
    "{s2} [and|with] {a2}, {s} [and|with] {a}",
    "{s2}: {a2}, {s}: {a}",
    "{s2} -> {a2}, {s} -> {a}",
    "{s2} is [paired|matched|listed] with {a2}, [and|so|but] {s} is [paired|matched|listed] with {a}",
    "if {s2} [gives|takes|needs|leads to] {a2}, [then |so ]{s} must have {a}",
    "what {a2} is to {s2}, {s} [finds|has|gets] in {a}",
    "{s2} is to {a2} [what|as] {s} is to {a}",
    "for {s2} [we|they|I] [wrote|put|said|chose] {a2}, [and|but] for {s} [we|they|I] [wrote|put|said|chose] {a}",
    "[on the left|in the first row] {s2} and {a2}, [on the right|in the second row] {s} and {a}",
    "with {s2} it is {a2}, with {s} it is {a}",
    "[match|pair|join] {s2} with {a2} and {s} with {a}",
    "the card with {s2} fits the card with {a2}, and the card with {s} fits the card with {a}",
    "{a2} [follows from|was the answer to|belongs to] {s2}, and [for|with|to] {s} the answer is {a}",
    "one child called out {s2} and another {a2}. One called out {s} and another {a}",
)
"""Two facts of one relation side by side, `{s2}` and `{a2}` being the first; no word names the relation."""
