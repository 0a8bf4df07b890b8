"""Young animals, animals' sounds and the names of females, as people come across them."""

from __future__ import annotations

from microscope.bundled.corpus.fact_scenes import Scenes

YOUNG = Scenes(
    nouns=(
        "the [proper|right|correct|special|usual] [name|word|term] for a [baby|young|newborn|little] {s}",
        "the [baby|little one|newborn|infant|offspring|young one|child] of [{as}|the {s}|a mother {s}]",
        "a [newborn|very young|little|tiny|just born] {s}",
        "what [a mother {s} feeds|a mother {s} has|{as} raises|grows up into {as}]",
        "the [young|baby|little] animal of [{as}|the {s}]",
    ),
    clauses=(
        "a [mother|female|proud] {s} [feeds|protects|watches over|loves|cleans|guards|raises|looks after|keeps warm] "
        "her [little |young |tiny |newborn |own |]{a}",
        "[{as}|the {s}|a grown {s}|an adult {s}|every {s}] [started life as|began life as|was born as|was first|used "
        "to be|comes into the world as|starts out as] [{an}|a tiny|a little|a small] {a}",
        "the [baby|little one|newborn|infant|young one|offspring|child] of [{as}|the {s}] is [called |known as |named "
        "|]{an} {a}",
        "{as} that is [still a baby|not yet grown|only a few days old|very young|newly born|just a few hours old] is "
        "[called |]{an} {a}",
        "[farmers|zookeepers|hunters|vets|animal doctors|scientists|children|people|books] call a "
        "[young|baby|newborn|little] {s} {an} {a}",
        "when {as} [becomes a mother|becomes a parent|has young|raises a family|has a little one], [she|it] "
        "[has|cares for|takes care of|raises|brings up] {an} {a}",
        "[inside|behind|beside|near|next to] the mother {s} [you see|there is|you may find|hides|sleeps] [{an}|a "
        "little|a small|a tiny] {a}",
        "the [smallest|youngest|newest] member of {ps} family is {an} {a}",
        "the [proper|right|correct|usual] [name|word|term] for a [baby|young|newborn|little] {s} is {an} {a}",
        "the offspring of {as} [goes by the name of|has the name|is called|bears the name of] {a}",
        "[{as}|the {s}] [grows from|grows out of|develops from] [{an}|a small|a tiny|a little] {a}",
        "the little animal [behind|beside|with|following|next to] the big {s} is [its|her] {a}",
        "until it is grown, a young {s} is [still |only |just |]{an} {a}",
        "{as} [gives birth to|brings into the world|is the parent of|is the mother of|brings up|teaches|comes home to] "
        "[{an}|its|a hungry] {a}",
        "the {s} is [mother|father|parent] [to|of] [the|{an}|a small] {a}",
        "{as} [in its first weeks|only a day old|that still needs its mother|too young to live alone] is {an} {a}",
        "what looks like a [small|tiny|little] {s} is {an} {a}",
        "[while|as long as|because] it is [small|little|so young], we do not say {s} but {a}",
        "the {s} [mother|father|parent] [has|calls|feeds|leads|finds] [its|the|{an}] {a}",
        "as a [child|baby|newborn|little one], {as} [is|was|is called|goes as] {an} {a}",
        "{as} was not always big: it was once {an} {a}",
    ),
    sentences=(
        "[on the farm|at the zoo|in the wild|in the forest|last night|this morning|in the spring|in the film] "
        "[the|our|an old|a young] {s} [became a mother|had a baby|was a mother at last]. [The baby is|She had|Now "
        "there is|We saw|Everyone came to see] {an} {a}",
        "<who> saw {as} [with|and] [its|her] [little |newborn |tiny |sleepy |hungry |playful |]{a}",
        "[behind|beside|next to|after] the [big |old |grown |]{s} [ran|came|walked|followed|played|slept] [a small|a "
        "little|a tiny|her|its] {a}",
        "[the vet|the farmer|the zookeeper|the animal doctor|the girl] [looked at|helped|called|found] the mother {s} "
        "and [then |]her {a}",
        "the zoo has a new baby. Its [mother|father] is {as}, so it is {an} {a}",
        "[the|a] mother {s} [called|licked|lost|found|fed|woke|carried|hid|pushed|followed|missed|saved] her [little "
        "|frightened |tired |hungry |small |only |]{a}",
        "[the|a] father {s} [watched|guarded|played with|protected|looked after|stood beside] his [little |small |]{a}",
        "in the [story|picture book|film|poem|song] the {s} has a [child|baby|little one], a "
        "[brave|clever|funny|shy|sleepy] {a}",
        "it was [born|only born] [yesterday|this morning|in May|last week], and its mother is {as}. It is {an} {a}",
        "<who> [drew|painted|photographed|watched] a mother {s} and her {a}",
        "one day it will be {as}, but [today|now|for now|this year] it is [only|just|still] {an} {a}",
        "not yet {as}, [only|just|still] {an} {a}",
        "{as}? [Its|The] [baby|young|little one] is {an} {a}",
        "{s}, young: {a}",
        "big {s}, little {a}",
        "[parent|adult|mother]: {s}. [Baby|Child|Young one]: {a}",
        "[long ago|once|at first|in the beginning] the [old|big|strong|great] {s} was {an} {a}",
        "what [is born|comes|arrives] when [{as}|the {s}] has a baby? It is {an} {a}",
        "[a picture|a photo|a story|a film] of {as} and [its|her] {a}",
        "[when it grows up|one day|in a year|later] it will be {as}. [Now|Today|At present|So far] [it is|we call "
        "it|they call it] {an} {a}",
        "[we expect|they bought|he has|she feeds] no grown {s} but {an} {a}",
        "is it {as}? [Not yet|It is too small for that], it is {an} {a}",
        "the {s} family: [mother|father|parents] and {a}",
    ),
    middles=(
        "[the|a] mother {s} and her {a} [slept in the sun|were hungry|came to the water|played all day|stayed close "
        "together|were very tired|stood in the rain]",
        "a baby {s} is {an} {a} [until it grows up|as every child knows|and it needs its mother|and it is very small]",
        "the {s} [looked for|called|fed|loved] her {a} [all day|every morning|in the dark|in the grass]",
        "{as} has {an} {a} [in the spring|once a year|in the end|to look after]",
        "when the {s} was {an} {a}, it [was very small|slept a lot|stayed with its mother|needed much care]",
        "the {s} [taught|led|carried] its {a} [to the water|across the field|home]",
    ),
    questions=(
        "[what|which] [name|word|term] [do people use|do we use|is there|is used|do vets use] for a "
        "[young|baby|newborn|little] {s}",
        "what [is|was|do we call|do you call|would you call|should I call] {as} [when it is young|before it is "
        "grown|when it is a baby|in its first days|when it is born]",
        "what does [a mother|a female|a parent] {s} [have|raise|feed|take care of|look after|give birth to]",
        "[what|which] [little|baby|young] animal [belongs to|comes from|grows up to be|follows|has as its mother] {as}",
        "what are the [offspring|babies|little ones|children] of {as} called",
        "what do you call the [offspring|little one|newborn|infant|child|baby] of {as}",
        "what [was|is] every {s} [when it was little|at first|once|as a baby|at the start of its life]",
        "how do [farmers|people|vets|zookeepers] call a [newborn|baby|little|young] {s}",
        "what is the [little one|infant|newborn|offspring|baby animal] of [{as}|the {s}] [called|named]",
        "what is {ps} [child|baby|little one] called",
        "what [grows up to be|turns into|becomes|will be] {as}",
    ),
    messages=(
        "[We saw|I saw|i saw|There was|We met] {as} with [its baby|a little one|her young one] [at the zoo|on the "
        "farm|in the park|on a trip|in a film]. What [is the baby called|do you call it|is the little one called|is "
        "the right name for the baby]?",
        "[Our|The|My uncle's] {s} [had a baby|became a mother|will have a baby soon]. What [is the baby called|do I "
        "call the little one|is the name for the young one]?",
        "<child> [asked me|wants to know|is asking me|asks] what a [baby|young|little|newborn] {s} is called.",
        "<forgot>. What [is|do you call|do people call] a [baby|young|newborn] {s}?",
        "<please>, what is the [baby|young|little one|offspring] of {as} called?",
        "[quiz|homework|trivia|school|animal] question: [baby {s}|young of {as}|a young {s} is called what|what is a "
        "baby {s}]?",
        "I need the [name|word] for a [baby|young|newborn] {s} for <task>.",
        "[crossword|puzzle]: [young|baby] {s}",
        "I am [writing a story|drawing a picture|making a book] about {as} and its baby. What [is the baby|do I call "
        "the baby|is the right word for the baby]?",
        "{s}. [Baby|Its baby|Young|The young one]?",
        "I say the [mother|parent], you say the baby: {s}",
    ),
)

SOUND = Scenes(
    nouns=(
        "the [typical|usual|loud|natural|special] [sound|noise|call|cry|voice] of [{as}|the {s}]",
        "the [call|cry|voice|song|language] of [{as}|the {s}]",
        "the [sound|noise|call|cry] [you hear from|that comes from|made by|people know from|that you expect from] "
        "[{as}|the {s}]",
        "what [{as}|the {s}] [says|does with its voice|sounds like]",
    ),
    clauses=(
        "[{as}|the {s}|an angry {s}|a hungry {s}|a frightened {s}|a young {s}|a lonely {s}] [likes to|loves "
        "to|can|will|tries to|wants to|is able to|knows how to|may|starts to] {a}",
        "the [typical|usual|natural|loud|special] [sound|noise|call|cry|voice] of [{as}|the {s}] is [called |]{an} {a}",
        "[in the morning|at night|at dawn|in the evening|all night|every day|now and then|from time to time] the {s} "
        "[would|will|likes to|begins to|starts to] {a}",
        "[from the barn|in the distance|behind the fence|from far away|in the dark|in the zoo|in the garden|outside "
        "the window] [you|we|I|people] [could|can] hear {as} {a}",
        "[you know|you can tell|people know|a child knows] {as} by its [loud |]{a}",
        "to [call its friends|greet us|call for help|warn the others|say hello|ask for food], {as} will {a}",
        "{as} [makes|gives|lets out|answers with|greets you with|calls with] [{an}|a loud|a long|a sudden|a short|a "
        "happy] {a}",
        "the {s} [made us laugh with|woke us with|frightened the children with|is known for|answered with] its [loud "
        "|long |strange |]{a}",
        "[the only thing|all|what] the {s} [did|could do|wanted to do] was to {a}",
        "[nobody|no other animal] can do it like the {s}: it can {a}",
        "when [you touch|you feed|you come near|you wake|you tease] {as}, it [may|will|might|can] {a}",
        "[children|actors|clowns] who [play|pretend to be] {as} [have to|must|try to|like to] {a}",
        "the [word|verb|name] for the [voice|call|cry|noise|sound] of {as} is {a}",
        "[while|as] others [sing|talk|shout|are silent], {as} will {a}",
    ),
    sentences=(
        "<who> [was woken by|jumped at|could not sleep because of|laughed at|ran away from|recorded] the {s} and its "
        "[loud |long |endless |sudden |]{a}",
        "the {s} [lifted its head|looked up|stood still|saw us coming|was angry|was happy|saw its food|was "
        "afraid|felt lonely|shook itself] and [began to|started to|was going to|tried to] {a}",
        "[suddenly|then|at once|after a while|again and again] the {s} [let out|gave|made|answered with] [{an}|a "
        "loud|a long] {a}",
        "[the children|the baby|the boy|the girl|the clown|the actor] [played|pretended to be|imitated|copied] {as} "
        "and [tried to|began to|started to] {a}",
        "[we heard|I heard|everyone heard|my sister heard] {as}. It [was|sounded like] [{an}|a loud|a soft] {a}",
        "[quiet|be quiet|hush|listen]! [Can you hear the {s}? It will {a}|There is {as} outside. It wants to {a}|The "
        "{s} is awake. It has begun to {a}]",
        "[old songs|rhymes|picture books|stories] [say that|tell how|teach that|show how] {as} will {a}",
        "what [do you hear|is that noise|comes from the barn|is that]? It is the {s}. It likes to {a}",
        "every animal has a voice. The {s} will {a}",
        "{as}? [It will|It can|You hear it] {a}",
        "{s}, [sound|noise]: {a}",
        "[the {s}|our {s}|the old {s}|the little {s}] [never stops|is never quiet|is not silent]. [All day|All night] "
        "it wants to {a}",
        "<who> [walked|came|went] [past|up to|towards] the {s}, and it [began|started|tried|wanted] to {a}",
        "if I were {as}, I would {a}",
        "[animals talk too|animals have voices]. For the {s}, to talk is to {a}",
    ),
    middles=(
        "[we heard|I heard|everybody heard|they heard] the {s} {a} [all night|in the barn|from far away|in the "
        "dark|very loudly]",
        "{as} will {a} [when it is hungry|when it is afraid|to call the others|if you wait|loudly]",
        "the {s} [began|started|wanted] to {a} [as we came near|and would not stop|when it saw the food|in the night]",
        "to the {s} {an} {a} is [a way to talk|like a word|a call to its friends]",
        "from the {s} came {an} {a} [that woke everyone|and then it was quiet again|so loud that we jumped]",
    ),
    questions=(
        "[what|which] [noise|sound|call|cry] [do you hear|can I hear|will I hear|comes|do people hear] from [{as}|the "
        "{s}]",
        "what [noise|sound|call] [should I|do I|must I|would I] make [to play|to be|to imitate|if I pretend to be] "
        "{as}",
        "how does [{as}|the {s}] [call|talk|speak|make itself heard|use its voice]",
        "what does [{as}|the {s}|a hungry {s}|an angry {s}] do [when it makes a noise|with its voice|to be heard|to "
        "call the others|when it opens its mouth]",
        "what is [the word for |the verb for |]the [noise|sound|call|cry|voice] of [{as}|the {s}]",
        "[what|which] [verb|word] [fits|describes|is for|do we use for] the [voice|sound|call|noise] of {as}",
        "[in what way|how] does {as} [say hello|call its friends|warn the others|ask for food]",
        "what does {as} [sound like|shout|call out|answer]",
    ),
    messages=(
        "[There is|We have|I hear|My uncle has|I live next to] {as} [outside|on the farm|in the garden|near our "
        "house]. What [sound|noise] [does it make|will it make|do I hear|will I hear]?",
        "<child> [asked me|wants to know|is asking me|asks] what [sound|noise] {as} makes.",
        "<child> [asked me|wants to know|is asking me|asks] what {as} says.",
        "<forgot>. What [sound|noise|call] does {as} make?",
        "<please>, what is the [sound|noise|call|voice] of {as}?",
        "[quiz|homework|trivia|school|animal] question: [sound of {as}|what does {as} do|what noise does {as} make]?",
        "I need the [noise|sound] of {as} for <task>.",
        "[crossword|puzzle]: [sound|noise|call] of {as}",
        "I [play|am|have to be] {as} in [the school play|a game|the theatre|a show]. What [sound|noise] [do I|should "
        "I|must I] make?",
        "I am [writing a story|making a song|singing a song] [about|with] {as}. What [does it say|sound does it "
        "make|noise does it make]?",
        "{s}. [Sound|Noise|Which sound|What sound]?",
        "I say the animal, you say the sound: {s}",
    ),
)

FEMALE = Scenes(
    nouns=(
        "the [feminine|female] [word|form|name|term|version] [for|of] {s}",
        "the [right|correct|usual|proper] [word|name|term] for a female {s}",
        "the [female|feminine] that goes with {as}",
        "the word {s} [in the feminine|made female|for her]",
    ),
    clauses=(
        "[the|a] [female|feminine] [counterpart|partner|version|equivalent] of {as} is {an} {a}",
        "the feminine [form |word |]of {s} is {a}",
        "where he is [called |]{as}, she is [called |]{an} {a}",
        "what we call {s} in the male is, in the female, [called |]{a}",
        "{as} is male, and the female is [called |]{an} {a}",
        "[as a female|if it were female|were it female|born female], {as} would be {an} {a}",
        "in a pair of words, {s} [goes with|belongs with|stands beside|is followed by] {a}",
        "a male is {as}; a female is {an} {a}",
        "[beside|next to|near|with|behind|in front of] the {s} [sat|stood|walked|waited|came|was] the [old |young "
        "|proud |other |]{a}",
        "the {s} [danced with|talked to|smiled at|waited for|looked at|thanked|followed|knew|met|saw] the [old |young "
        "|kind |]{a}",
        "[one|the first] of the two is {as}, the other is {an} {a}",
        "[grammar|the dictionary|English] [has|gives] the word {s} for a male and for a female the word {a}",
        "the word {s} is for him, and the word for her is {a}",
        "the {s} [came|arrived|spoke|left|smiled|sat down] [before|after|like|together with|as well as|without|next "
        "to] the {a}",
        "every {s} [has|needs|knows|meets|looks for|thinks of] {an} {a}",
        "[he|the male] is {as}, so [she|the female] [must be|will be|would be|has to be|can only be] {an} {a}",
        "a he is {as} [and|while|but] a she is {an} {a}",
        "the {s} [bowed to|gave food to|sang for|sat with|walked with|told us about|came home with] the {a}",
        "for [each|every|one] {s} there [is|was|must be] {an} {a}",
        "a male takes the name {s} and a female takes the name {a}",
        "turned into a female, the {s} [would be|becomes|is now] {an} {a}",
    ),
    sentences=(
        "the [story|film|play|book|song|poem|picture] is about {as} and {an} {a}",
        "<who> [met|saw|knew|drew|painted|watched] {as} and [then |later |also |]{an} {a}",
        "[there were|there stood|we saw] two statues: {as} and {an} {a}",
        "[he is {as}. She|the first one is {as}. The second one|the male is {as}. The female] is {an} {a}",
        "his [title|card|badge] says {s}. Hers says {a}",
        "on one door it said {s}, on the other door it said {a}",
        "the males are over there, each one {as}. Each female is {an} {a}",
        "he wants to be called {s}. She wants to be called {a}",
        "not {as}, for she is [female|a female]: {an} {a}",
        "{as}? [The female is|She would be|The female one is called] {an} {a}",
        "{s}, [female|feminine]: {a}",
        "[he: {s}. She|male: {s}. Female]: {a}",
        "change he to she: {s} [becomes|turns into|is now|changes to] {a}",
        "[the teacher|my aunt|the boy|the girl] [wrote|said|read] {s} for him and, for her, {a}",
        "in the play my brother was {as} and my sister was {an} {a}",
        "[they invited|we met|I saw|she drew|we greeted|he wrote about|they looked for] both the {s} and the {a}",
        "[a play|a song|a film|a picture] with {as} and {an} {a}",
        "there was no {s}, only {an} {a}",
        "was it the {s}? No, [it was|this was|I mean|we saw] the {a}",
        "[he|my brother|Tom] [played|was|drew] the {s}, [she|my sister|Anna] [played|was|drew] the {a}",
        "dear {s}, dear {a}",
    ),
    middles=(
        "the {s} and the {a} [lived in a big house|walked side by side|were happy|came in together|were old "
        "friends|looked at each other]",
        "[first|at first] the {s} [spoke|came|arrived], then the {a} [spoke|came|arrived][| as well]",
        "he is {as} and she is {an} {a}, [as we say|so they make a pair|and both words are common]",
        "for a female {s} we [use|have|know] the word {a} [in English|today|in books]",
        "the {s} on the left, the {a} on the right",
        "the {s} and the {a} are [a pair|male and female|on one page]",
        "{s} for [him|a male], {a} for [her|a female]",
    ),
    questions=(
        "[what|which] [is|word is] the [feminine|female] [form|version|counterpart|equivalent|partner] of [the word "
        "|]{s}",
        "[what|which] [word|name|term] [do you use|do we use|is there|do people use|is right] for a female {s}",
        "what would {as} be [called |][if it were female|as a female]",
        "he is called {as}, [but|and|so] what is she called",
        "how do [you|we] [change|turn|make] the word {s} [into the feminine|female|into its female form]",
        "[what|which] word [goes with|belongs with|makes a pair with] {s} [for|as] the female",
        "what is the female [of|for] {as}[| called]",
        "{s} is the male, what is the female",
        "what do I write [instead of|for] {s} if [it is a female|it is about a female|the one I mean is female]",
        "what is {as} called [in the feminine|when female|in its female form]",
    ),
    messages=(
        "He is {as}. [What is she|And she|What do you call her|What would she be called]?",
        "[In my story|In the book|In the play|In the film] there is {as}. What is the female [one called|form|word]?",
        "<child> [asked me|wants to know|is asking me|asks] what a female {s} is called.",
        "<forgot>. What [is|do you call|do people call] a female {s}?",
        "<please>, what is the [female|feminine] [form|word|name] [of|for] {s}?",
        "[quiz|homework|grammar|school|english] question: [female of {s}|feminine of {s}|what is a female {s}]?",
        "I need the [female|feminine] form of {s} for <task>.",
        "[crossword|puzzle]: [female|feminine] {s}",
        "I am [writing|learning] [words for males and females|pairs of words|english words]. [The male is|It starts "
        "with|One is] {s}. [What is the female|And the female|Which word is the female]?",
        "I say the male, you say the female: {s}",
        "{s}. [Female|And female|The female|Feminine]?",
    ),
)
