"""Colours of things and places of work, as people come across them."""

from __future__ import annotations

from microscope.bundled.corpus.fact_scenes import Scenes

COLOUR = Scenes(
    nouns=(
        "the [natural|typical|normal|true|real|main] [colour|color] of {s}",
        "the [colour|color] [people see in|you see when you look at|you think of with|you need to paint|you paint|of "
        "something like|everyone knows from] {s}",
        "the [shade|tone|hue] of {s}",
        "the [crayon|pencil|paint] [you need for|I need for|to draw|to paint] {s}",
        "{p} [usual |natural |]colour",
    ),
    clauses=(
        "the [natural|typical|normal|true|real|main] [colour|color] of {s} is {a}",
        "the [shade|tone|hue] of {s} is {a}",
        "{s} [looks|seems|appears|can look|shines|is known to be|is normally|is often|is mostly|is naturally|is "
        "typically] {a}",
        "to [draw|paint|colour] {s}, [take|use|you need|choose|pick] [a pencil|a crayon|paint|a brush with "
        "paint|chalk] that is {a}",
        "[painters|children|artists|pupils] [paint|draw|make|colour] {s} {a}",
        "[a dress|a car|a wall|a shirt|a door|a scarf|a ball|a hat|a ribbon|a bag|a coat] [with the colour of|the "
        "same colour as|of the same colour as] {s} is {a}",
        "if something [has the colour of|has the same colour as|matches the colour of|looks the same in colour as] "
        "{s}, [it is|we call it|people call it|you can call it] {a}",
        "nature made {s} {a}",
        "[everyone|anybody|a child|anyone] who [looks at|sees|thinks of] {s} [sees|thinks of] {a}",
        "[in a picture book|in a painting|on the poster|in the photo|on the label|in the cartoon] {s} "
        "[looks|is|appears|comes out] {a}",
        "[most people|people|poets|songs|children] [say that|would say that|sing that|know that|write that] {s} is {a}",
        "{s} is, [for everyone|to the eye|by nature|on most days], {a}",
        "with [a box of crayons|paints|coloured pencils], you make {s} {a}",
        "[when|if] you close your eyes and [think of|imagine|picture] {s}, you [see|think of] [something |]{a}",
        "the [word|name] for the [colour|color|shade] of {s} is {a}",
    ),
    sentences=(
        "<someone> [drew|painted] {s} and [made it|coloured it] {a}",
        "<who> [bought|wore|sewed|wanted|found|liked] [a dress|a shirt|a scarf|a hat|a coat|a jacket] in the colour "
        "of {s}. [It|The thing|That] was {a}",
        "our [door|wall|kitchen|boat|fence|house|car] has the colour of {s}. It is {a}",
        "guess what has the colour of {s}. It is [something |]{a}",
        "[the baby|my little sister|the parrot|the boy|the girl] [pointed at|looked at|saw] {s} and "
        "[said|called|shouted|named the colour]: {a}",
        "[his|her] [scarf|bag|shirt|coat|hat] was the colour of {s}, [really|all|quite|very] {a}",
        "[which|what] [crayon|pencil|paint] [is|did you use|should you take] for {s}? The one that is {a}",
        "[the rainbow has many colours|every thing has its colour|there are many colours], but {s} is {a}",
        "{s}? [It is|That is|The colour is|Usually it is|It looks] {a}",
        "{s}, [colour|color]: {a}",
        "[colour|color] of {b}: {a}",
        "[the teacher|my mother|my aunt|the painter] asked for the colour of {s}, and <one> "
        "[said|answered|chose|took] {a}",
        "look, there is {s}. [See how|I like that|You can see that] it is [so |]{a}",
        "[like|just like] {s}, [the|my|our|his|her] [new |old |][cup|ball|chair|lamp|umbrella|blanket|pen] is {a}",
        "you can [tell|see] the colour of {s} [at once|from far away|in a photo]: {a}",
    ),
    middles=(
        "{s} is {a}, [as you can see|so take the right pencil|and that is its colour|as everybody can see]",
        "{s} looks {a} [in the light|in the picture|to everyone|in my book|in most photos]",
        "like {s}, the {a} [ball|hat|scarf|car|door|cup] [was easy to see|was very pretty|had a fine colour]",
        "because {s} is {a}, <who> [took that pencil|used that paint|chose that crayon]",
    ),
    questions=(
        "[what|which] [colour|color] [do you see|do people see|comes to mind|do you think of] [when you look at|when "
        "you think of|if you imagine|if you see] {s}",
        "[what|which] [crayon|pencil|paint|colour|color] [do I need|should I use|should I take|must I use|do I take] "
        "[for|to draw|to paint] {s}",
        "what is the [shade|hue|tone|natural colour|normal color|typical color] of {s}",
        "how [would you|do you|do people|do painters] [colour|paint|color] {s}, in [what|which] colour",
        "[in what|in which] [colour|color] [should I paint|do I draw|do people paint|do children draw] {s}",
        "what [is|would you call] the colour of something like {s}",
        "what [colour|color] is something that has the same colour as {s}",
        "what does {s} look like, [what|which] [colour|color]",
        "of [what|which] [colour|color] is {s}",
        "[what|which] [colour|color] [goes with|fits|belongs to|is typical for|is natural for] {s}",
        "[usually|normally], what [colour|color] is {s}",
    ),
    messages=(
        "I am [drawing|painting|making a picture of|colouring] {s}. [What colour do I need|Which color is it|Which "
        "crayon should I take|What colour should I make it]?",
        "<child> [asked me|wants to know|is asking me|asks] [what colour {s} is|about the colour of {s}|what color "
        "{s} has].",
        "<forgot>. What [colour|color] is {s}?",
        "<please>, [what colour is|which color has|what is the color of] {s}?",
        "[quiz|homework|trivia|school|riddle] question: [colour of {s}|what color is {s}|which colour does {s} have]?",
        "I need the [colour|color] of {s} for <task>.",
        "I [want|bought|am looking for|need] [a shirt|a scarf|paint|a dress|a carpet|wool] in the colour of {s}. "
        "[What colour is that|Which color is that|So what colour is it]?",
        "[crossword|puzzle]: [colour|color] of {s}",
        "I have never seen {s}. What [color|colour] is it?",
        "{s}. [Colour|Color|What color|Which colour]?",
        "I say the thing, you say the colour: {s}",
    ),
)

WORKPLACE = Scenes(
    nouns=(
        "the [usual|normal|typical|common] [place of work|workplace] [of|for] {as}",
        "the place [where {as} has a job|where {as} earns a living|where you meet {as}|to look for {as}|where {as} "
        "spends the day|you go to if you need {as}]",
        "{ps} [workplace|place of work|usual place]",
        "the [daily workplace|place of duty|working place] of {as}",
    ),
    clauses=(
        "{as} [earns a living|earns money|is employed|is busy|spends the working day|starts the day|can be met|is "
        "needed|is on duty] {in} {an} {a}",
        "[anyone|someone|a person] who [wants to be|becomes|trains to be] {as} [will work|hopes to work|often "
        "works|learns to work] {in} {an} {a}",
        "the [usual|normal|typical|daily] [workplace|place of work] of {as} is {an} {a}",
        "[each day|every day|on weekdays|on Monday|in the morning|at seven|early] the {s} [leaves home for|goes "
        "to|hurries to|drives to|walks to|is already at|arrives at|returns to|comes to] the {a}",
        "[a job|work|a career] as {as} means [working|long days|many hours|a life] {in} {an} {a}",
        "[you meet|one meets|people meet|you see|visitors see|you will need|you may see] {as} [at work |]{in} {an} {a}",
        "the friends of the {s} know the way to the {a}",
        "the {s} keeps [a coat|tools|work clothes|a spare key|lunch|a cup] {in} the {a}",
        "if you [need|are looking for|want to meet|want to thank|must speak to|want to see] {as}, [go to|try|look "
        "{in}|ask {in}|visit] {an} {a}",
        "{as} without work [looks for a job|wants a job|asks for work] {in} {an} {a}",
        "the {s} knows [every corner of|all the people in|everything about|the rules of] the {a}",
        "where there is {as} at work, there is {an} {a}",
        "the [right|best|usual|first] place for {as} is {an} {a}",
        "{as} [clocks in|arrives for work|is at work|feels at home|takes a break|puts on work clothes|greets "
        "people|meets the others|does the job] [every day|each morning|all week] {in} {an} {a}",
        "[my father|Tom|my uncle|her brother] is {as}, and [at eight|every day|each morning|after breakfast] he "
        "[enters|walks to|drives to|goes to|heads for|opens] the {a}",
        "[my mother|Anna|my aunt|his sister] is {as}, and [at eight|every day|each morning|after breakfast] she "
        "[enters|walks to|drives to|goes to|heads for|opens] the {a}",
        "{as} [belongs|is at home|can always be found|has colleagues|has a place|has a contract] {in} {an} {a}",
        "to [meet|find|see|visit|thank] {as}, [you go to|you walk to|one visits|people go to|we went to] {an} {a}",
        "[someone|anyone] [working|employed] as {as} [goes to|enters|belongs to|knows] {an} {a}",
    ),
    sentences=(
        "<kin> [is|was|became|trained as|found a job as] {as}[ and has a job| and has worked for years|, so the job "
        "is|, which means work] {in} {an} {a}",
        "[the day|the shift|the work] of the {s} [began|started|was over|ended] [early|late|at noon|at six] {in} the "
        "{a}",
        "the {s} [forgot|left|lost|found] [a bag|a coat|the keys|a hat|an umbrella|some papers] {in} the {a}",
        "[I want|she wants|he wants|they want] to be {as} and [have a job|earn money|work|find work] {in} {an} {a}",
        "the {s} [had a long day|worked late|stayed until night|was the first to arrive|was very busy|had a lot to "
        "do] {in} the {a}",
        "where is the {s} [now|today|at this hour|all day]? [Still at work, |Of course |]{in} the {a}",
        "[wanted|needed|job offer|help wanted]: {as} [to work |for a job |]{in} {an} {a}",
        "<who> [asked for|needed|looked for|wanted to meet|visited] {as} and [went to|had to go to|was sent to|came "
        "to] {an} {a}",
        "[Anna|Tom|our neighbour|my friend] is {as}. The [workplace|place of work] is {an} {a}",
        "{as}? [Look {in}|You find one {in}|There is one {in}|One works {in}] {an} {a}",
        "{s}, [workplace|place of work]: {an} {a}",
        "[job|profession|work]: {s}. [Workplace|Where|Place of work]: {an} {a}",
        "[the bus|the car|the bicycle|the tram] takes the {s} [every morning|each day|to work, that is,] to the {a}",
        "[on the first day|on Monday|last year|after school] the new {s} [came to|started {in}|was shown around|began "
        "{in}] the {a}",
        "they [hired|needed|found|wanted] a new {s} for the {a}",
        "[a day in the life of|a story about|the diary of] {as}: [up at six, then|breakfast, then|in the morning,] "
        "[off |]to the {a}",
        "you need {as}? [Go to|Try|Ask at|Look for|Walk to] the {a}",
        "at [eight|nine|seven] the {s} [enters|opens|walks to|unlocks|reaches] the {a}",
        "the {s} [lives far from|likes|left|came late to|is proud of|is tired of|cleans|loves] the {a}",
        "<kin> is {as}. [Come with me to|Let us visit|We often visit|I often go to] the {a}",
        "the [job|day|life|work] of {as} [is spent|takes place|goes on] {in} {an} {a}",
    ),
    middles=(
        "the {s} [went|came|drove|walked|ran] to the {a} [to start work|early in the morning|by bus|on a rainy "
        "day|after breakfast]",
        "{as} works {in} {an} {a} [all day|every weekday|from morning to evening|with other people|for a living]",
        "the {s} was {in} the {a} when [the phone rang|the visitors came|it began to rain|we arrived]",
        "with {as} you [can talk|may speak] {in} {an} {a}, [because that is the place of work|where the work is done]",
    ),
    questions=(
        "where [can I|do I|could I|would I|should I] [meet|find|look for|talk to|visit|see] {as} [at work|during the "
        "day|on a weekday|when I need one]",
        "where does {as} [earn a living|earn money|spend the day|spend the working day|go every morning|do the "
        "job|start the day]",
        "[in|at] [which|what kind of|what sort of|what] [place|workplace] [does {as} work|is {as} employed|do you "
        "need {as}|do you meet {as}]",
        "what [is|would be] the [usual|normal|typical] [workplace|place of work] [of|for] {as}",
        "where [would I|will I|do I] [work|go every day|have my job|spend my days] [if I become|as|if I am|if I were] "
        "{as}",
        "what place [employs|needs|hires|pays|is looking for] {as}",
        "where is {as} [busy|at work|employed|on duty|needed]",
        "which place do you [connect with|think of with|go to for] {as}",
        "what do you call the place where {as} works",
        "[the workplace|the place of work] of {as} is what",
    ),
    messages=(
        "[I want to be|I will be|I am training to be|I would like to become] {as}. Where [would I work|will I work|do "
        "I go to work]?",
        "[My|Her|His] [mother|father|uncle|sister|aunt|friend] is {as}. [Where is the workplace|Where does such a "
        "person work|In which place is that work done]?",
        "[I need|I am looking for|I must speak to|I want to meet] {as}. Where [do I go|should I go|can I look|do I "
        "look|do I find one]?",
        "<child> [asked me|wants to know|is asking me|asks] where {as} works.",
        "<forgot>. Where does {as} work?",
        "<please>, where does {as} [work|earn money|have the job]?",
        "[quiz|homework|school|job|trivia] question: [workplace of {as}|where does {as} work|where do you find {as}]?",
        "I need the [workplace|place of work] of {as} for <task>.",
        "[crossword|puzzle]: {as} works there",
        "I am [writing a story|drawing a picture|making a game] about {as}. Where [is the work done|does the person "
        "work|is the workplace]?",
        "{s}. [Workplace|Place of work|Works where|Where]?",
    ),
)
