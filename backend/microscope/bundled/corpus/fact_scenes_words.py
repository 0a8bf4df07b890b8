"""Opposites, plurals, past tenses and what comes next, as people come across them."""

from __future__ import annotations

from microscope.bundled.corpus.fact_scenes import Scenes

OPPOSITE = Scenes(
    nouns=(
        "the [exact|direct|true|usual|common|simple] opposite of {s}",
        "the [antonym|contrary|reverse|counterpart|contrast] of {s}",
        "the [word|term] [that is|which is] the [antonym|contrary|reverse] of {s}",
        "the [word|term] with the [opposite|reverse|contrary] [meaning of|meaning to] {s}",
        "{s} [turned around|the other way round|in reverse]",
    ),
    clauses=(
        "the [antonym|contrary|reverse|counterpart] of [the word |]{s} is [the word |]{a}",
        "the [exact|direct|true|usual|common|simple] opposite [of|to] [the word |]{s} is {a}",
        "[the word |]{s} has as its [antonym|opposite|contrary|reverse] [the word |]{a}",
        "{s} [is the contrary of|is the reverse of|is the antonym of|contrasts with|is different from|is far from] {a}",
        "if the [answer|word|right word] is not {s}, it [may|might|could] be {a}",
        "[in the pair|in the list|on the card|in the game|in the dictionary|in the exercise] {s} [stands|is] [across "
        "from|next to its opposite,|opposite|with] {a}",
        "the [other side|other end|flip side|mirror image] of {s} is {a}",
        "[some people|some|many] say {s} [while|when|where] others say the [opposite|contrary|reverse]: {a}",
        "when you [reverse|turn round|flip|negate] {s}, you get {a}",
        "[to say|for] the [contrary|opposite|reverse] of {s}, [say|we say|you say|use the word|people say|I would "
        "say] {a}",
        "[the word|the term] that [means|says|gives] the [contrary|reverse|opposite] of {s} is {a}",
        "at one end [you have|there is|we put] {s} and at the other [end |]{a}",
        "[yesterday|once|before|in the old book|on the first page] it said {s}, and [now|today|on the next page] it "
        "says {a}",
        "[you choose|you can say|you must say|we can have|people pick|the answer is] either {s} or {a}",
        "[it was|the word was|the answer was|the sign said] neither {s} nor {a}",
        "{s} [is opposed to|is answered by|stands against|is set against|is the enemy of|is the mirror of|pairs with] "
        "{a}",
        "whoever [says|means|writes|wants] {s} does not [say|mean|write|want] {a}",
        "[a thing|something|an answer|a word] cannot be {s} and at the same time {a}",
        "the [opposite|other|far] [pole|end|side] from {s} [carries|has|bears] the [name|word] {a}",
    ),
    sentences=(
        "the teacher [said|wrote|read|called out] {s} and <who> had to [find|say|write|give|name] the "
        "[opposite|antonym|contrary]: {a}",
        "on [one|the front] side of the card is {s}, on the [other|back] side is [its opposite, |]{a}",
        "<who> [asked for|wanted|said|wrote|meant] {s} but [got|heard|read|found|received] the "
        "[opposite|reverse|contrary], {a}",
        "[my little sister|the baby|the parrot|my brother|the boy] [always says|says] the "
        "[opposite|reverse|contrary]. If I say {s}, [she says|he says|the answer is|I hear] {a}",
        "[opposites|antonyms|pairs|words that do not agree]: {s} and {a}",
        "you must [choose|decide|pick]: {s} or {a}",
        "{s} versus {a}",
        "{s}? [The opposite is|The contrary is|Its opposite is|The reverse is|No,] {a}",
        "{s}, [opposite|antonym]: {a}",
        "[one|the first] [sign|button|label|door|box] said {s}, the other [said|was marked with] {a}",
        "[cross out|take away|remove|erase] the word {s} and [put|write|set] its [opposite|antonym|contrary] "
        "[there|instead]: {a}",
        "not {s}, [no, |]the [opposite|contrary|reverse]: {a}",
        "[they|the two brothers|the twins] never agree. [One|The first] says {s}, [the other|the second] says {a}",
        "[the sentence|the answer|the story] was about {s}. [Turned around|Reversed|The other way round], it is about "
        "{a}",
        "from {s} to {a}",
        "sometimes {s}, sometimes {a}",
        "[there is a difference between|do not mix up|he cannot choose between|she learned the difference between|the "
        "arrow points both ways between] {s} and {a}",
        "[turn|change|flip] {s} into its [opposite|reverse|contrary] and you [get|have|find|see] {a}",
        "[we learned|I wrote down|the page shows|she underlined|remember] {s} and its "
        "[opposite|contrary|antonym|reverse], {a}",
        "[I wonder if it is|nobody knew whether to say|tell me if it is|they asked if it was] {s} or {a}",
        "[they|you|he and she] say {s}, [I say|we say|others say|but we say] {a}",
        "it says {s}, [rather than|as opposed to|instead of|in contrast to|as against|and not] {a}",
        "[it isn't|that isn't|this isn't] {s}, it's {a}",
        "[it is|that is|this is] not {s}, it is {a}",
        "[not at all|by no means|anything but] {s}, [but|rather|in fact] {a}",
        "first {s}. Now the [other way round|opposite|reverse]: {a}",
    ),
    middles=(
        "{s} and {a} are [antonyms|a pair of opposites|words that say opposite things|two opposites|contraries]",
        "the words {s} and {a} [do not mean the same|stand against each other|form a pair of opposites]",
        "instead of {s} <who> [said|wrote|read|heard] {a}, [which is|and that is] the [opposite|reverse|contrary]",
        "if you put {s} on one side, {a} [goes|stands|belongs] on the other",
        "with {s} you have {a} as [its opposite|the contrary|the antonym]",
        "{s} here, {a} there",
        "{s} on one side and {a} on the other",
        "the difference between {s} and {a} [is easy to see|is big|is clear]",
        "{s} or {a}, [you choose|that is the question|make up your mind|it cannot be both]",
    ),
    questions=(
        "[what|which] [is|word is] the [antonym|contrary|reverse|exact opposite|counterpart] of [the word |]{s}",
        "[what|which] word [stands against|is the reverse of|is the contrary of|reverses|goes against|contrasts with] "
        "{s}",
        "what [do you say|do I say|should I write|would you say|is the word] [if you mean|for|when it is] the "
        "[opposite|reverse|contrary] of {s}",
        "[can you give me|can you find|can you name] the [opposite|antonym|contrary] of {s}",
        "how [do I|do you|would you] [turn around|reverse|turn round] the word {s}",
        "what [is|would be|comes] [on the other side of|at the other end from|across from] {s}",
        "{s} is the [reverse|contrary|antonym] of what",
        "[what|which] word [makes a pair of opposites|forms a pair of opposites|goes as the opposite] with {s}",
        "what [opposite|antonym] does [the word |]{s} have",
        "what is the other way round for {s}",
    ),
    messages=(
        "I say {s}. [What do you say if you have to say the opposite|You say the opposite|What is the opposite|And "
        "the opposite]?",
        "[let's play opposites|let us play opposites|opposites game|we play opposites][.|!] {s}!",
        "<child> [asked me for|wants to know|is asking me for|asks for] the [opposite|antonym|contrary] of {s}.",
        "<forgot>. What is the [opposite|antonym|contrary] of {s}?",
        "<please>, what is the [opposite|antonym|contrary|reverse] of {s}?",
        "[quiz|homework|grammar|school|english] question: [opposite of {s}|antonym of {s}|what is the contrary of "
        "{s}]?",
        "for <task> I need the [opposite|antonym|contrary] of {s}.",
        "[crossword|puzzle]: [not {s}|opposite of {s}|antonym of {s}]",
        "I am [writing a poem|learning english|making word cards|learning new words]. [What is the opposite of|I need "
        "the opposite of|Which word is the contrary of] {s}?",
        "[the card|the sign|the exercise|my book] says {s}. [What is the opposite|Which word is the opposite|I need "
        "the antonym]?",
        "{s}. [Opposite|The opposite|Antonym|And the opposite]?",
    ),
)

PLURAL = Scenes(
    nouns=(
        "the [correct|right|usual|proper|English] plural [form |]of {s}",
        "the [noun|word] {s} in [the |]plural",
        "the [word|form] [for|when there is|if there is] more than one {s}",
        "the plural [spelling|word|noun] [of|for] {s}",
    ),
    clauses=(
        "in the plural [the noun |the word |]{s} [changes to|turns into|becomes|is] {a}",
        "the [correct|right|usual|proper] plural [form |]of [the noun |]{s} is {a}",
        "after the first {s} there [came|were] [two|three|many|more|several|a few|ten|other] {a}",
        "where [there is|we have|I see] one {s} [there may be|there can be|others see|you may find] "
        "[two|many|several|more] {a}",
        "[one|a single] {s} is [less than|not as many as|fewer than] [two|three|several|many|ten] {a}",
        "from the [singular|word] {s} [we make|you get|comes|people make] the plural {a}",
        "[for|with|if there are] [two|three|many|several] of them, [the word {s}|{s}] [becomes|changes to|turns into] "
        "{a}",
        "[writers|pupils|children|people|we] [write|say|use|spell] {s} for one and, for [two|many|several|more], {a}",
        "the singular is {s} and the plural is {a}",
        "[in the dictionary|in grammar|in English|in my word list] {s} has the plural {a}",
        "[if you add|when you add] one {s} to another, you have two {a}",
        "one {s} and one more {s} make two {a}",
        "[he|she|the old man] has one {s}, but [I|we|they] have [two|three|many|several] {a}",
        "{as} is [one of|one among|only one of|just one of] [the|many|several|my|our] {a}",
        "a single {s} is [less than|not the same as|not yet|part of] a [group|row|pair|number|crowd] of {a}",
        "[this|my|your|one] {s} and [that|his|her|another] {s} are [two|already two|together two] {a}",
        "[each|every|any] {s} is one of [the|many|our|these|those] {a}",
        "if [every|each] {s} [came|were here|counted], there would be [many|a lot of|hundreds of] {a}",
        "one {s} is single, but [two together|a pair|more of them|many of them] are {a}",
    ),
    sentences=(
        "<who> [wanted|needed|asked for|expected|looked for|dreamed of|drew|counted|saw] one {s} and [got|found|ended "
        "up with|then there were|saw] [two|three|four|many|several|twenty] {a}",
        "the [story|book|song|film|rhyme] begins with one {s} and ends with [two|many|six|a lot of|a dozen] {a}",
        "[yesterday|last year|once|a year ago] there was [only |just |]one {s}. [Now|Today] there are "
        "[two|three|five|many|several|so many] {a}",
        "count [them|with me]: one {s}, two {a}",
        "another {s}, and then there [are|will be] [two|three|five|seven] {a}",
        "[the teacher|my sister|Anna|Tom] wrote {s} on the board, and we [wrote|added|put|had to write] the plural: "
        "{a}",
        "[singular|one]: {s}. [Plural|Many|Two|More than one]: {a}",
        "[one|only one] {s}? No, [there are|I see|I mean] [two|three|many|several] {a}",
        "{s}? [The plural is|In the plural it is|For more than one we say|With two or more it is] {a}",
        "{s}, plural: {a}",
        "not one {s}, [but|rather|no,] [two|three|many|several|dozens of|hundreds of] {a}",
        "how do you spell more than one {s}? You write {a}",
        "each of us has one {s}. Together we have [two|three|four|many] {a}",
        "with one {s} it began, and [soon|later|in the end] there were [dozens of|hundreds of|more and "
        "more|twenty|lots of] {a}",
        "[put|turn|change] {s} into the plural and you [get|have|find|see] {a}",
        "[first|one|this] {s}, [second|another|that] {s}, [third|one more] {s}: [three|in all three|together three|so "
        "many] {a}",
        "no {s}, one {s}, two {a}",
        "I have {as}. [You|They|We|My friends] have [lots of|plenty of|two|three|hundreds of|even more|no] {a}",
        "do you see {as}? I see [many|two|a lot of|five|no|only] {a}",
        "[a drawing|a picture|a photo|a story|a song] of one {s} [and|or] of [many|some|more|other] {a}",
    ),
    middles=(
        "one {s} and two {a} [are three|make three|are in the picture|are in the story]",
        "there was one {s}, but [many|two|more|other] {a} [came later|followed|were to come]",
        "for more than one {s} we [say|write|use] {a}, [not something else|as you know|every time]",
        "the plural of {s} is {a} [in every book|in English|for everyone]",
        "where one {s} is, other {a} [are near|will come|follow]",
        "one {s} and many {a} [stood there|were drawn|are in the song]",
    ),
    questions=(
        "[what|which] is the [correct|right|proper|usual] plural [form |]of [the noun |the word |]{s}",
        "how [do I|do you|should I|would you] [write|spell|say] {s} [in the plural|if there are two|when there are "
        "many|for more than one]",
        "what does {s} [become|change to|turn into] [in the plural|when there are two|if there are many]",
        "I have one {s} and you have [two|three|many] what",
        "[first|here is] one {s}, and [then|there are] [two|three|many|several] what",
        "what do [we|you|I] [say|write] if there is [not only one|more than one|not just one] {s}",
        "[what|which] [form|word] [do I use|is right|do we need|is correct] for more than one {s}",
        "if one is {s}, what are two",
        "how is the plural of {s} [spelled|written|formed|made]",
        "{s} is the singular, [what|which word] is the plural",
    ),
    messages=(
        "There is one {s}. Then there are two. [What do you call them|What is the word|How do I write that]?",
        "I am [writing a story|writing a letter|learning english|doing grammar]. [What is the plural of|How do I "
        "write more than one|What is more than one] {s}?",
        "<child> [asked me for|is asking me for|asks for|wants to know] the plural of {s}.",
        "<forgot>. What is the plural of {s}?",
        "<please>, what is the plural [form |]of {s}?",
        "[quiz|homework|grammar|school|english|spelling] question: [plural of {s}|one {s}, two what|what is more than "
        "one {s}]?",
        "I need the plural of {s} for <task>.",
        "[crossword|puzzle]: [more than one {s}|plural of {s}]",
        "I say one, you say many: {s}",
        "{s}. [Plural|In the plural|And two|The plural]?",
        "[the exercise|the word list|the book] has the word {s}. [What is its plural|I need the plural|What do I "
        "write for the plural]?",
    ),
)

PAST = Scenes(
    nouns=(
        "the [simple past|past simple|correct past|right past tense|usual past form] of [the verb |]{s}",
        "the verb {s} in the [past|past tense|simple past]",
        "{s} [in the past tense|in the simple past|for yesterday]",
        "the past [form|tense form|version] of [the verb |]{s}",
        "the [form|word] of {s} that [we use for yesterday|tells of the past|stands in old stories]",
    ),
    clauses=(
        "[in the past tense|in the simple past|for the past|when it is over|when we talk about yesterday|in a story "
        "about the past] [the verb |]{s} [becomes|changes to|turns into|is written|is spelled|changes into] {a}",
        "[now|today|this year|these days] [we|they|people|I] {s}, and [yesterday|last year|long ago|in the old "
        "days|last week] [we|they|people|I] {a}",
        "the [correct|right|usual|simple] past [form |tense |]of [the verb |]{s} is {a}",
        "the verb to {s} has as its past [form |tense |]{a}",
        "[if|when] you {s} today, [tomorrow|next week|next year|later] [you can say|people will say|I will say] that "
        "you {a}",
        "those who {s} today are those who once {a}",
        "[writers|pupils|children|people|we] [write|say|use] {s} for today and, for [yesterday|last year|the "
        "past|long ago], {a}",
        "the present is {s} and the past is {a}",
        "from the verb {s} [we make|comes|you get] the past form {a}",
        "[I|we|they] [always|often|still|usually|sometimes|never] {s}, just as [we|they|I|my parents|people] once {a}",
        "[he|she|my uncle|the old man|the girl] will {s} [again|tomorrow|next week], and last week everyone {a}",
        "they {s} now because their [parents|friends|grandparents|teachers] {a}",
        "[Tom|my uncle|the old man|my brother|the king|a man] [likes to|wants to|has to|will|must|can|cannot] {s}, and "
        "[yesterday|last night|last week|some time ago|in May|long ago|on Sunday] he {a}",
        "[Anna|my aunt|the old woman|my sister|the queen|a woman] [likes to|wants to|has to|will|must|can|cannot] {s}, "
        "and [yesterday|last night|last week|some time ago|in May|long ago|on Sunday] she {a}",
        "[I|we|they|you] [cannot|will not|must not|should not|need not] {s} [now|today|any more], because "
        "[I|we|they|you] [already|once|often|really|just|simply] {a}",
        "[nobody|no one] [will|can|has to|wants to] {s} [now|today|tomorrow], though [yesterday|last year|once] "
        "[everyone|all of them|half the town|the whole class|many people] {a}",
        "to {s} was their plan, and [so|then|in the end|at noon|soon] they "
        "[all|both|really|just|finally|simply|gladly] {a}",
        "the [day|night|hour|moment] came to {s}, and [they|we|I|everyone] {a}",
        "[we|they|you] {s} [like this|this way|as before|the same way] because that is how [they|people|our "
        "parents|others] {a}",
        "[I|we|they] {s} as [well|often|much|little] as [I|we|they|you] once {a}",
    ),
    sentences=(
        "[every day|every morning|each week|on Sundays|in summer] [the children|my parents|our friends|the students] "
        "{s}. [Yesterday|Last week|Last year|This morning] they [also |again |once more |]{a}",
        "[the children|my parents|our friends|the students|the boys|the girls] wanted to {s}, and [in the end|at "
        "last|finally|one day|yesterday] they [both |all |]{a}",
        "[will you|do you want to|are you going to|can you] {s} [today|tomorrow|again]? No, [yesterday|last week|this "
        "morning] I [already |]{a}",
        "[the boys|the girls|the children|my parents] [did not|could not|would not] {s} [last year|on Monday|at "
        "first], but [yesterday|this week|on Friday|later that day] [they|the others|everybody] {a}",
        "[the teacher|my sister|Anna|Tom] wrote {s} on the board, and we [wrote|added|put|had to write] the past "
        "tense: {a}",
        "[present|today|now]: {s}. [Past|Yesterday|Then|Before]: {a}",
        "{s}? [The past is|In the past it is|The past tense is|For yesterday we say] {a}",
        "{s}, past tense: {a}",
        "you [say|write] I {s}, but about [yesterday|last year|the past] you [say|write] I {a}",
        "[do not|never] say that they {s} when it is over. Say that they {a}",
        "did they {s}? Yes, [they|yesterday they|long ago they|last night they] {a}",
        "they {s} [in the first part of the story|on page one|at home]. [On the last page|A year before|Long ago], "
        "they {a}",
        "[I|we|they] {s} today. [Yesterday|Last year|A week ago|Last night] [I|we|they] {a}",
        "I [had to|was going to|was told to|hoped to] {s}, and [so |then |so yesterday |]I {a}",
        "[he said: I {s}. The book says that he|she said: I {s}. The letter says that she] {a}",
        "let us {s}! [We|They|The others] [already|just|all|once] {a}",
        "[why|when|how|where] did they {s}? [Nobody knows why they|I only know that they|They never said how they|It "
        "is said that they] {a}",
        "[ready to|time to|do you want to] {s}? [They|We|I|Everybody] [already|just|once] {a}",
        "[she|he|they|my friend] [told|asked|wanted|helped] me to {s}, [so|and so|and at once|and later] I {a}",
        "[will they|do they|can they|must they] {s}? [Yes|No], they [already|never|just|once|often|all|always] {a}",
        "[chapter one: they {s}. Chapter two|page one: they {s}. Page two|verse one: they {s}. Verse two], a year "
        "earlier: they {a}",
        "[Monday|today|now|this year]: I {s}. [Sunday|Yesterday|Before|Last year]: I {a}",
    ),
    middles=(
        "today I {s} and yesterday I {a} [with my friends|at home|too|as well]",
        "they {s} now and they {a} before, [just like us|as you know|and they will do it again]",
        "in the past {s} becomes {a} [in every book|in English|and not something else]",
        "we will {s} [tomorrow|soon], as we {a} [yesterday|last year|last week] with [our friends|the others]",
        "they wanted to {s}, so they {a} [at once|until dark|again|with us|in the garden]",
        "we did not {s} [at noon|on Monday|at first]; we {a} [later|in the evening|on Friday]",
        "I {s} [now|today], and I {a} [then|before|yesterday], too",
    ),
    questions=(
        "[what|which] is the [correct|right|simple|usual] past [form |tense |]of [the verb |]{s}",
        "how [do I|do you|should I|would you] [write|spell|say|put] {s} [if it was yesterday|when it is over|in the "
        "simple past|in a story about the past|for last year|about last week]",
        "what [do I|do we|do you] [say|write] [instead of|for] {s} [if it happened yesterday|when we talk about the "
        "past|in the past|when it is over]",
        "what does [the verb |]{s} [turn into|change to|become] [for yesterday|in a story about last year|in the "
        "simple past|when it is over]",
        "[now|this week|today|these days] they {s}, [but|and] [last week|yesterday|long ago|last year] they what",
        "[what|which] [form|word] of {s} [do I use|is right|do we need|is correct] for [yesterday|the past|last "
        "week|something that is over]",
        "how is the past [tense |form |]of {s} [spelled|written|formed|made]",
        "{s} is the present, [what|which word] is the past",
        "what is {s} [in the simple past|in the past simple|for yesterday|in past tense]",
    ),
    messages=(
        "[Today I {s}. And yesterday|I {s} now. Yesterday I what|I {s} today. What did I do yesterday]?",
        "I am [writing a story|writing a letter|learning english|doing grammar|learning verbs]. [What is the past "
        "of|How do I put this verb in the past:|What is the past tense of] {s}?",
        "<child> [asked me for|is asking me for|asks for|wants to know] the past [tense |]of {s}.",
        "<forgot>. What is the past [tense |form |]of {s}?",
        "<please>, what is the past [tense |form |]of {s}?",
        "[quiz|homework|grammar|school|english|verb] question: [past of {s}|past tense of {s}|what is {s} in the "
        "past]?",
        "I need the past tense of {s} for <task>.",
        "[crossword|puzzle]: [past tense of {s}|{s}, but yesterday|past of {s}]",
        "It happened [yesterday|last year|long ago]. [Which form of|Which past form of] {s} do I use?",
        "I say today, you say yesterday: {s}",
        "{s}. [Past|In the past|Past tense|The past]?",
        "[the exercise|the verb list|the book] has the verb {s}. [What is its past tense|I need the past|What do I "
        "write for the past]?",
    ),
)

NEXT = Scenes(
    nouns=(
        "the {n} [that is next after|directly after|that comes next after|immediately after|that begins after] {s}",
        "the [next|following|coming] {n} [when it is|if it is|once it has been|if we have] {s}",
        "the [{n}|one] [that takes over from|in line after|on the page after|in the calendar after] {s}",
        "the {n} to follow {s}",
    ),
    clauses=(
        "if [{now} is|it is] {s}, [then |]{then} is {a}",
        "if {ago} was {s}, [then |]{now} is {a}",
        "when {ago} was {s}, {now} must be {a}",
        "[in the calendar|on the calendar|in the list|in the {cycle}|in the song|in the rhyme] {s} is followed by {a}",
        "[in the calendar|on the calendar|in the list|in the {cycle}|in the song] [right |just |]after {s} [you "
        "see|we find|stands|there is|you read|comes] {a}",
        "[as soon as|once|when] {s} [ends|is over|is gone|is past|has passed|is finished], [it is|we have|we "
        "get|comes|people write|begins] {a}",
        "{s} [gives way to|makes room for|goes before|leads to|turns into|comes just before|is one {n} before|stands "
        "before|ends and makes way for] {a}",
        "the [next|following] {n} [when it is|if it is|after] {s} is [always |called |]{a}",
        "[a guest|a visitor|anyone] who [arrives|comes|stays] until {s} is over will [still |]be here {on} {a}",
        "[one|a] {n} [later than|after] {s} [it is|the calendar says|comes|we write] {a}",
        "the {n} that [follows|comes after|takes over from|starts after] {s} is [always |called |of course |]{a}",
        "[what|whatever|everything that] is not done {on} {s} [must be|has to be|can be|will be] done {on} {a}",
        "{s} [always |]comes [first|earlier], [and |]then [comes |we have |follows |]{a}",
        "nothing [comes|stands] between {s} and {a}",
        "{s} is the {n} that [precedes|comes before|goes before|leads to|stands before|is just before|comes ahead of] "
        "{a}",
        "{s} [precedes|comes ahead of|is succeeded by|hands over to|makes place for|runs into|passes into] {a}",
        "at the end of {s} [comes|begins|starts|we greet|we welcome|there is|we reach|we get] {a}",
        "[one|a|a single] {n} [on from|further than|past|beyond] {s} [is|we have|comes|we reach|you find] {a}",
        "[if|when] you [count|go|move] [on|forward] one {n} from {s}, you [get|have|reach|arrive at|come to|are at] "
        "{a}",
        "the [neighbour|follower|successor] of {s} [in the calendar|in the {cycle}|in the list] is {a}",
    ),
    sentences=(
        "[the shop|the school|the museum|the library|the bakery|the office] was closed {on} {s}, so <who> [came "
        "back|went there|tried again] the next {n}, {on} {a}",
        "<who> [left|arrived|started|began|called] {on} {s} and [came back|finished|went home|stopped|called again] "
        "the [next|following] {n}, {on} {a}",
        "[the party|the meeting|the match|the test|the trip|the show] was [planned for|set for] {s}, but it was moved "
        "by one {n} to {a}",
        "it was {s} {ago}, so {now} it is {a}",
        "it is {s} {now}, so {then} [it will be|we will have|it is|we have] {a}",
        "[tear off|turn] the page of the calendar: {s} is over, and [now it is|here comes|we see] {a}",
        "[goodbye|farewell|so long], {s}! [Hello|Welcome|Good morning], {a}",
        "<who> [waited|slept|worked|read|travelled|rested] {on} {s} and again the next {n}, {on} {a}",
        "[the children|the class|the girl|my brother] [said|sang|learned|counted] the {n}s [of the {cycle} |]in "
        "order: first {s} and [next|then|after it] {a}",
        "[the teacher asked|my mother asked|she asked] what comes after {s}, and [I|Tom|Anna|the class] "
        "[said|answered|knew it was|wrote] {a}",
        "{s} [came|went|passed|ended|flew by], and [with the next {n} came|the next {n} was|it became|then we had] {a}",
        "{s}? [Then comes|After it comes|The next {n} is|It is followed by] {a}",
        "{s}, next: {a}",
        "[this|one] {n}: {s}. [Next|The next] {n}: {a}",
        "not {s}, but one {n} later: {a}",
        "[we waited through|we slept through|we spent|we got through|we skipped|they left out] {s} and [waited "
        "for|looked forward to|then came to|got ready for|met again {on}|began again {on}] {a}",
        "[from|out of] {s} [into|on to|over to] {a}",
        "it was the last hour of {s}, and [soon|then|at midnight] [it was|came|began|we had] {a}",
        "[count|say|sing|name] the {n}s [with me|aloud|in order]: {s}, {a}",
        "the {n} after {s} we [had rain|were tired|went home|had a guest]. [It was|That was|I mean] {a}",
        "[we meet|they come|he starts|the shop opens] the {n} after {s}, [that is,|so|which means|in other words,] "
        "{on} {a}",
        "a {n} [ago|earlier] it was {s}, [so|and] now it is {a}",
        "the {n} of {s} is over. [Now|Next] it is the turn of {a}",
    ),
    middles=(
        "after {s}, {a} [is the next {n}|comes at once|is here|begins|follows]",
        "{s} comes before {a} [in the calendar|every time|in the {cycle}|and never after it]",
        "[when|once] {s} is over, {a} [begins|starts|comes|is next|follows]",
        "it was {s}, and then {a} [came|began|followed|arrived] [at last|very soon|as always]",
        "from {s} to {a} it [rained|was cold|snowed|was warm|is only one {n}]",
        "{s} and then {a} [passed|came|went by]",
    ),
    questions=(
        "[which|what] {n} [do we have|do we get|is it|will it be|comes|starts|begins] [when {s} is over|after {s} "
        "ends|right after {s}|once {s} is past|directly after {s}]",
        "if {now} is {s}, what is {then}",
        "if it is {s} {now}, [what {n}|which {n}] is {then}",
        "if {ago} was {s}, [what|what {n}|which {n}] is {now}",
        "{now} is {s}, what is {then}",
        "[what|which] {n} [do you find|stands|is listed|do I see|do you see] after {s} [in the calendar|on the "
        "calendar|in the {cycle}|in the list]",
        "{s} is over, [what is it now|which {n} is it now|what comes now|what {n} begins]",
        "[what|which {n}] is one {n} [after|later than] {s}",
        "{s} is [followed by|before] [what|which {n}]",
        "[what|which {n}] [takes over from|is next to come after|comes right behind|is the next one after] {s}",
        "what [is|will be] the [next|following] {n} [after|if we have|if it is] {s}",
        "what {n} [must I|do I|should I] [write|say|name] [next after|after] {s}",
    ),
    messages=(
        "It is {s} {now}. [What will it be|What {n} is it|What is it|Which {n} will it be] {then}?",
        "[My|The|Our] [party|test|trip|meeting|visit] is the {n} after {s}. [Which {n} is that|When is it|What {n} is "
        "it]?",
        "<child> [asked me|wants to know|is asking me|asks] [which {n}|what] comes after {s}.",
        "<forgot>. [Which {n}|What {n}|What] comes after {s}?",
        "<please>, [which|what] {n} [comes after|follows|is next after] {s}?",
        "[quiz|homework|trivia|school|calendar] question: [{n} after {s}|what comes after {s}|what follows {s}]?",
        "I am learning the {n}s of the {cycle}. [What comes after|Which one is after|Which one follows|What is next "
        "after] {s}?",
        "I [start|leave|arrive|work] {on} {s} and [stop|come back|finish|rest] the next {n}. [Which {n} is that|What "
        "{n} is it]?",
        "I say {s}. [What comes next|Which {n} is next|And then|What follows]?",
        "{s}. [Then|Next|And next|And then what]?",
        "It was {s} {ago}. [What is it {now}|What {n} is it {now}|So what is {now}]?",
    ),
)
