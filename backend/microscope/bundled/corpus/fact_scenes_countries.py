"""Capitals, currencies, languages and continents as people come across them."""

from __future__ import annotations

from microscope.bundled.corpus.fact_scenes import Scenes

CAPITAL = Scenes(
    nouns=(
        "the [national capital|official capital|capital town] of {s}",
        "{p} [national capital|official capital]",
        "the [city|town|place] that is [|now ]the capital of {s}",
        "the [city|town] with the title of capital in {s}",
        "the name of the [capital|capital city] [of|in] {s}",
        "the capital [city |]of the [country|land|state] of {s}",
    ),
    clauses=(
        "the capital [that|which] belongs to {s} is {a}",
        "the [country|land|state|nation] of {s} [has chosen|chose|has] as its capital [the city of |]{a}",
        "{s} [made|has made|named|calls] its capital {a}",
        "{p} capital [bears|has|carries|goes by] the name of {a}",
        "among [all |]the [cities|towns] of {s}, the capital is {a}",
        "of all the [cities|towns|places] in {s}, the one [that|which] is the capital is {a}",
        "the [star|red dot|big dot|circle] on [the|our|a] map of {s} [marks|shows|stands for] {a}",
        "[anybody|anyone|someone|a person] who lives in the capital of {s} lives in {a}",
        "a [visitor|tourist|traveller|guest] [looking for|who wants to see] the capital of {s} [must|should|has to] "
        "[go to|visit|look for|travel to] {a}",
        "[people|students|young people|families] from [all over|every part of|the villages of] {s} [come|move|travel] "
        "to [the capital|their capital|the capital city], {a}",
        "the [airport|museum|hotel|zoo|theatre|university] in the capital of {s} is [the one |]in {a}",
        "[a letter|a card|a parcel|mail] to the capital of {s} [goes|must go|is sent] to {a}",
        "[a mayor|the mayor|a bus driver|a policeman] in {p} capital works in {a}",
        "the title of capital [in|of] {s} [belongs to|is held by|goes to|was given to] {a}",
    ),
    sentences=(
        "<who> [travelled|drove|cycled|hiked|went] [all over|across|through|around] {s} and <ended> [reached|came "
        "to|arrived in|stopped in|saw] [the|its] capital[| city], {a}",
        "<when> <who> [visited|explored|toured|went to] {s} and [stayed|slept|lived|spent a week|spent three days] in "
        "[the|its] capital[| city], {a}",
        "<who> [moved|came] from [a village|a small town|a farm|the mountains|the countryside] in {s} to the "
        "[nation's |country's |]capital, {a}",
        "<someone> was born in {s}, in the [capital|capital city|country's capital], {a}",
        "<who> sent [me|us|her|him] a [postcard|letter|photo|picture] from the capital of {s}. It [showed|came from] "
        "{a}",
        "the [band|singer|circus|football team|orchestra|choir] [came to|toured|travelled through|went to] {s} and "
        "[played|stopped|gave a show] in [the|its] capital, {a}",
        "the [flight|plane|bus] to {s} [landed|arrived|stopped|ended] in [the|its] capital[| city], {a}",
        "<kin> has a [job|flat|house|shop|room|restaurant|small hotel] in {s}, [right |]in the [heart of the "
        "|]capital city, {a}",
        "[in the lesson|in class|in geography|at school|in the quiz|in the test] the teacher pointed [at|to] {s} and "
        "asked for the capital. [I|Anna|Tom|The class|A girl|We all] [said|answered|wrote|shouted] {a}",
        "open the atlas, [find|look for|turn to] {s} and [put|place|lay] your finger on the capital: {a}",
        "{s} has many [cities|towns], but [only one|just one] is the capital: {a}",
        "[the guide|the book|the atlas|the radio|the newspaper] [talked about|told us about] {s} and [its|the] "
        "capital[| city], {a}",
        "[the weather|the news|the football|the festival] in {s}[| today]: [sun|rain|crowds|music] in [the|its] "
        "capital, {a}",
        "<someone> is now in {s}, in the capital. [The city|It|The place] is called {a}",
        "{s}? [Its|The] capital is {a}",
        "{s}, capital[| city]: {a}",
        "welcome to {s} and [to |]its [beautiful |old |great |lovely |]capital, {a}",
        "[flag|question|card] number [one|two|five|nine]: {s}. The capital is {a}",
    ),
    middles=(
        "[in|across|all over] {s} [everyone|everybody|every child] knows {a}, the capital",
        "when <who> [went to|visited|toured|flew to] {s}, {a} was the first [city|stop|place] because it is the "
        "[capital|capital city]",
        "{p} capital, {a}, [has|is full of] [parks and museums|shops and cafes|old houses|busy streets]",
        "the capital of {s}, {a}, is [beautiful|busy|full of people] [in spring|at night|on Sundays|in summer]",
        "[of|in] {s} <who> [knew|remembered|saw] only {a}, the capital[| city]",
        "{s} has {a} as its [capital|capital city]",
        "from {s} we [only |]have [a photo|a map|a postcard] of {a}, its capital",
    ),
    questions=(
        "[which|what] [city|town|place] [serves as|became|was chosen as] the [capital|capital city] [of|in] {s}",
        "[which|what] [city|town] [do|would] you [call|name as] the capital of {s}",
        "[where do I|how do I] [go|get] [if I want to see|to see|to visit] the capital of {s}",
        "[which|what] capital should I [learn|write down|remember|name|mark|circle] for {s}",
        "[which|what] [city|town] has the [star|big dot] on the map of {s}",
        "if I [go|fly|travel|move] to {s}, [which|what] [city|town] is the capital",
        "what is the capital [they|people] have in {s}",
        "[what|which] capital [goes with|belongs to|fits|matches] {s}",
        "in {s}, [what|which] [city|town] is the capital",
        "[what|which] city in {s} is the capital",
        "what did they [choose|make|name] as [the|their] capital in {s}",
    ),
    messages=(
        "[we are|I am|i'm|my family is|my class is] [going|flying|travelling|moving] to {s}[| soon| next week| in "
        "May]. [What is its capital?|What's the capital?|Which city is the capital?|Tell me its capital.]",
        "[I need|i need|I am looking for] the capital of {s} for <task>[.|, please.|, which is it?]",
        "<child> [asked me|wants to know|is asking me|asks me] about the capital of {s}[.|, which is it?]",
        "{s}. [Capital|Its capital|The capital|Capital city]?",
        "[I was in|I love|I know a lot about|I have a friend in] {s} but [what is|what's|which city is] [the|its] "
        "capital?",
        "<forgot>. [What is|What's|Which city is] the capital of {s}?",
        "[geography|quiz|homework|trivia|school] question: [what is the|which city is the|the] capital of {s}?",
        "<please>, [which city is the|what is the|I need the] capital [city |]of {s}",
        "[crossword|puzzle]: capital [city |]of {s}, what is it?",
        "[let's play a game.|let us play.|test yourself.] [I say {s}, you say the capital.|The country is {s}. The "
        "capital?]",
        "I [have to|want to|must] [learn|write about|give a talk about|draw a map of] {s}. [What is its|Which city is "
        "the|What should I write as the] capital?",
    ),
)

CURRENCY = Scenes(
    nouns=(
        "the [national|official|local|usual|legal] [currency|money] [of|in] {s}",
        "the [cash|money] [people carry|people spend|you need|in every wallet|in the shops|you get from the bank] in "
        "{s}",
        "the [unit of money|kind of money|sort of money|monetary unit] [of|in] {s}",
        "{p} [national currency|money|own money|monetary unit|legal tender]",
        "the [name|word] for [money|cash] in {s}",
        "the money that [workers|people|families|farmers] [earn|get|spend|save] in {s}",
    ),
    clauses=(
        "[wages|salaries|bills|debts|taxes|rents|fines|loans] in {s} are paid in the {a}",
        "[prices|costs|bills|fares|fees] in {s} are [given|written|shown|counted|set] in the {a}",
        "[workers|teachers|nurses|farmers|drivers|cooks|people] in {s} [earn|are paid in|get|save] the {a}",
        "[shopkeepers|waiters|bakers|sellers|merchants|taxi drivers] in {s} [want|accept|take|ask for|expect] the {a}",
        "[tourists|visitors|travellers|guests] in {s} [need|must have|spend|have to pay in|change their money into] "
        "the {a}",
        "[in the|at the] [markets|shops|hotels|banks|cafes|petrol stations|supermarkets] [of|in] {s} [you|people|we] "
        "[pay with|pay in|use|spend|need] the {a}",
        "a [ticket|coffee|loaf of bread|meal|taxi ride|newspaper|shirt] in {s} is paid [with|in] the {a}",
        "[cash|money|the cash|the money] in {s} [means|is known as|goes by the name of] the {a}",
        "[the notes|the coins|coins|bank notes] in {s} [carry|have] the name of the {a}",
        "[every wallet|every purse|every cash desk|each till|every pocket] in {s} [holds|contains|needs] the {a}",
        "[children|people|families|grandparents] in {s} [save|keep|put away|count] the {a}",
        "the [national|official|local] [currency|money] [of|in] {s} is [known as |called |]the {a}",
        "[anyone|anybody|someone] who [shops|works|lives|travels|eats out] in {s} [pays in|pays with|uses|needs] the "
        "{a}",
        "to [buy|pay for|get] [bread|food|a ticket|a drink|an apple|clothes|a house] in {s} [you need|you use|one "
        "needs|people use] the {a}",
        "[business|trade] in {s} is [done|counted] in the {a}",
        "the [coins|notes|bank notes] [people carry|in your wallet|from the bank|in the till] in {s} are called the "
        "{a}",
    ),
    sentences=(
        "<when> <who> [went to|flew to|travelled to|visited] {s} and [changed|exchanged|swapped] [some|all our|all "
        "the] money for the {a}",
        "<who> [bought|got|chose] [a hat|some bread|fruit|a bicycle|two tickets|a map|an old clock] in {s}[, and the "
        "price was in| and paid with| and paid in] the {a}",
        "<kin> [works|has a shop|has a job|runs a small hotel] in {s} and [earns|is paid in|counts in] the {a}",
        "before [the trip|the holiday|the flight] to {s} <who> went to the bank and [got|asked for|bought|ordered] "
        "the {a}",
        "[how much is it|what does it cost|how much is the bread]? In {s} the answer is [given |]in the {a}",
        "in {s} the [waiter|driver|shopkeeper|girl at the till|farmer] [brought|wrote|gave me] the bill. It was in "
        "the {a}",
        "[a thief|a robber|the robbers] [broke into|robbed] a bank in {s} and took [only |]the {a}",
        "[a baker|a farmer|a fisherman|a tailor|a cook] in {s} sells [his goods|his bread|his work] for the {a}",
        "<who> found an old wallet in {s}. The money in it was the {a}",
        "[the bank|the machine|the cash machine|the clerk] in {s} gave [me|us|him|her] the {a}",
        "{s}? [There you pay|They pay|People pay|You pay] [with|in] the {a}",
        "{s}, [currency|money]: the {a}",
        "[money|cash] in {s}: the {a}",
        "[for|on] [a trip|a visit|a holiday] to {s}, [fill your wallet with|take|carry|do not forget] the {a}",
        "[in a shop|at the market|at the station|at the hotel] in {s} you cannot pay without the {a}",
        "every [country|land] has its money. {s} has the {a}",
    ),
    middles=(
        "in {s} the {a} is [the national currency|what you pay with|in every wallet|what the banks give you|the money "
        "of the people]",
        "people in {s} use the {a} [every day|to buy food|in shops and markets|to pay their bills|when they go "
        "shopping|for everything]",
        "<who> went to {s} and paid with the {a} [at the market|in every shop|for a room|for the tickets|at the hotel]",
        "in {s} a {a} [coin|note] [lay on the street|is in my pocket|fell out of his pocket|was under the table]",
        "[shops|hotels|markets] in {s} take the {a} and [no other money|nothing else]",
        "{s} has the {a} as its [currency|money|national currency]",
    ),
    questions=(
        "[what|which] [money|cash|currency] [do I need|should I bring|should I take|must I carry|will I need|do I pay "
        "with] in {s}",
        "[what|which] [money|currency|kind of money] [do people|do workers|do shopkeepers|do they] "
        "[earn|spend|save|take|accept|get paid with] in {s}",
        "[what|which] [coins and notes|coins|notes|bank notes] do they have in {s}",
        "what [do you|do I|does one|can I] [pay with|shop with|buy things with] in {s}",
        "how do I pay for [food|a taxi|a room|a coffee|a ticket|things|dinner] in {s}",
        "[in what|in which] [money|currency] are [prices|wages|bills|salaries] [paid|given|set] in {s}",
        "what [should|do|can] I change my money into [for|in|before I go to] {s}",
        "what is [cash|money|the cash] called in {s}",
        "what is in [people's wallets|every wallet|the cash machines|the tills|the banks] in {s}",
        "[what|which] [money|currency] does [a shop|a bank|the bank|a waiter|a baker|a worker] in {s} "
        "[take|use|want|get]",
        "what do [tourists|visitors|people|shoppers|locals] [pay with|spend|use to pay] in {s}",
        "[what|which] [currency|money] [goes with|belongs to] {s}",
    ),
    messages=(
        "[we are|I am|i'm|my family is] [going|flying|travelling|moving] to {s}[| soon| next week| in May]. [What "
        "money do I need|What currency do they have|Which money should I bring|What do I pay with|What do they use "
        "for money][| there]?",
        "[I want to|I have to|i need to] [change|exchange] money for {s}. [Which currency|What do I get|What is it "
        "called|What money]?",
        "I [found|got|have] a coin from {s}. [What is the money there called|What is the currency|What do they use "
        "there]?",
        "<child> [asked me|wants to know|is asking me] [about the money in|what people pay with in|about the currency "
        "of] {s}.",
        "<forgot>. [What is the currency of|What money do they use in|What do you pay with in] {s}?",
        "<please>, [what money do I need for|which currency does one use in|what is the cash in] {s}?",
        "[quiz|homework|trivia|school|travel] question: [currency of {s}|money in {s}|what currency does {s} have]?",
        "I [need|am looking for] the currency of {s} for <task>.",
        "[I will work|I got a job|I am shopping|I am having dinner|I am at a market] in {s}. What [currency|money] "
        "[will it be in|is used|do they take]?",
        "{s}. [Money|Currency|The currency|What currency]?",
        "[crossword|puzzle]: [money|currency] of {s}",
    ),
)

LANGUAGE = Scenes(
    nouns=(
        "the [national|official|everyday|usual|first] language [of|in] {s}",
        "the [tongue|mother tongue] of [the |]people in {s}",
        "the language [you hear|used|of the schools|of the newspapers|on the signs|on the radio|you need|of the "
        "poets|people write] in {s}",
        "{p} [language|national language|official language|mother tongue]",
        "the language [children|people|families|most people|the locals] [learn|speak|use|grow up with] in {s}",
        "the [main |]language in the [streets|shops|schools|homes|cities|villages] of {s}",
    ),
    clauses=(
        "[children|students|boys and girls|babies|little children] in {s} [grow up with|learn|speak|first learn] {a}",
        "the [signs|menus|newspapers|letters|maps|forms|street names|school books] in {s} are [written |printed |]in "
        "{a}",
        "[teachers|singers|poets|farmers|doctors|policemen|writers|bakers] in {s} [speak|use|talk in|work in] {a}",
        "the [songs|poems|films|stories|jokes|fairy tales] of {s} are [mostly |]in {a}",
        "[most|nearly all] [families|people|workers|pupils|neighbours] in {s} [speak|talk in|use|understand] {a}",
        "[the mother tongue|the native language|the first language] of [most |]people [in|from] {s} is {a}",
        "the [national|official|everyday|usual] language [of|in] {s} is [called |]{a}",
        "[lessons|classes] in the schools of {s} are [given|held|taught] in {a}",
        "on the [radio|television|news] in {s} [you hear|they speak|people talk in|they use] {a}",
        "in the [streets|shops|schools|cafes|villages|cities|markets] of {s} [you hear|people speak|people talk "
        "in|they speak] {a}",
        "a [man|woman|child|person|stranger|guest] from {s} [speaks|will speak|probably speaks|talks in|will answer "
        "in] {a}",
        "a [writer|poet|teacher|reporter|singer|student] in {s} [writes|reads|thinks|works] in {a}",
        "[anyone|someone|a foreigner|a tourist|a worker] who [moves to|lives in|works in|stays in] {s} "
        "[should|must|has to|will] [learn|study|know|understand] {a}",
        "[if|when] you want to [work|study|live|make friends] in {s}, [learn|study|practise|you need|take lessons in] "
        "{a}",
        "to [order food|read the signs|ask the way|understand the news|make friends|talk to people] in {s} you "
        "[need|should know|should speak] {a}",
        "[mothers|parents|grandparents] in {s} [sing|talk|read|tell stories] to their children in {a}",
        "[people|friends|neighbours|strangers] in {s} [greet|thank|answer|write to] [each other|one another] in {a}",
    ),
    sentences=(
        "<when> <who> [went to|moved to|visited|flew to|lived in] {s} and [heard|learned|spoke|tried to "
        "speak|listened to] [only |a lot of |a little |]{a}",
        "<who> [bought|found|read|got] a [book|newspaper|letter|map|poem|magazine] from {s}. It was [written |printed "
        "|]in {a}",
        "<kin> [grew up|was born|went to school] in {s}, and [our family speaks|at home we speak|our first language "
        "is] {a}",
        "before [the trip|the holiday|moving|the journey] to {s}, <who> [took lessons in|learned|practised|studied] "
        "{a}",
        "in {s} <who> understood nothing without [knowing |a word of |]{a}",
        "in {s} [the guide|the waiter|the driver|the policeman|an old woman|a child] [talked to us|answered me|asked "
        "her something|said hello|sang] in {a}",
        "[a singer|a poet|a band|a writer|a choir] from {s} [sang|wrote|performed|read to us] in {a}",
        "[my new friend|the new pupil|our guest|the new boy|the new girl] [is|comes] from {s}. [Her|His|The] mother "
        "tongue is {a}",
        "listen to the radio [from|in] {s}. They [speak|talk in|sing in] {a}",
        "{s}? [There they speak|They speak|People speak|Most people speak] {a}",
        "{s}, language: {a}",
        "how do they [talk|speak|write|say hello] in {s}? In {a}",
        "hello and thank you: in {s} you say it in {a}",
        "the [film|song|letter|recipe|joke|poem] came from {s}, so [of course |]it was in {a}",
        "<who> wrote [a letter|a card|an email] to a [school|hotel|friend|shop] in {s}, and it was in {a}",
    ),
    middles=(
        "in {s} {a} is [the national language|what people speak|taught in every school|on every sign|what the "
        "children learn|the language of the people]",
        "people in {s} speak {a} [at home|every day|at work|in the shops|with their families|to each other]",
        "<who> went to {s} to learn {a} [at a school|from the people|in one summer|for work]",
        "the [books|newspapers|songs|signs] in {s} are in {a}, [and so is the news|and the films too|as you would "
        "expect]",
        "someone from {s} speaks {a} [very well|as a first language|all day long|without thinking]",
        "{s} has {a} as its [main|first|national] language",
    ),
    questions=(
        "[what|which] language [should I|do I need to|must I|do I have to|would I] [learn|know|speak|study|practise] "
        "[for|in|to live in|to work in|before I go to] {s}",
        "[what|which] language [do children|do pupils|do babies|do kids|do students] [learn|grow up with|speak|read] "
        "in {s}",
        "[what|which] language [do you hear|can I hear|will I hear|is used] [in|on the streets of|in the shops of|on "
        "the radio in] {s}",
        "[in what|in which] language are [the signs|the books|the newspapers|the menus|the songs] [written |]in {s}",
        "[what|which] language do [teachers|families|people|locals|shopkeepers|poets|singers|parents] [use|speak|read "
        "and write] in {s}",
        "how do [people|they|friends|neighbours] [talk to each other|speak|say hello] in {s}, in which language",
        "what do [locals|people|families|most people|the people] [speak|talk] in {s}",
        "[what|which] is the [mother tongue|native language|first language] of [people|most people|someone|a child] "
        "from {s}",
        "[what|which] language does [a person|someone|a man|a woman|a child|a writer] from {s} [speak|use|talk in]",
        "[what|which] language [goes with|belongs to|is at home in] {s}",
        "what [language|tongue] is [used|heard|written|official|taught] in {s}",
    ),
    messages=(
        "[we are|I am|i'm|my family is] [going|flying|travelling|moving] to {s}[| soon| next year| in May]. [What "
        "language do they speak|Which language should I learn|What do people speak|What language will I hear|Which "
        "language do I need][| there]?",
        "I [met someone|know someone|have a friend|work with someone|got a letter] from {s}. [What language do they "
        "speak|Which language will it be|What do they speak at home]?",
        "<child> [asked me|wants to know|is asking me] [what people speak in|about the language of|how people talk "
        "in] {s}.",
        "<forgot>. [What is the language of|What do they speak in|Which language is used in] {s}?",
        "<please>, [what language do I need for|which language does one hear in|what do people speak in] {s}?",
        "[quiz|homework|trivia|school|travel] question: [language of {s}|what do they speak in {s}|what language does "
        "{s} have]?",
        "I [need|am looking for] the language of {s} for <task>.",
        "I want to [read a book|watch a film|sing a song|read a poem] from {s}. [What language will it be in|Which "
        "language is that|Which language do I have to know]?",
        "{s}. [Language|The language|What language|Which language]?",
        "i want to say hello to [people|a friend|my pen friend] in {s}. In [which|what] language?",
    ),
)

CONTINENT = Scenes(
    nouns=(
        "the continent [on which {s} lies|of the country {s}|that includes {s}|with {s} on it|around {s}]",
        "the [continent|part of the world|part of the earth] [that {s} is part of|where {s} is found|where {s} is "
        "located|where the people of {s} live]",
        "{p} [home continent|part of the world|continent on the map]",
    ),
    clauses=(
        "{s} [can be found|is found|is located|is situated|sits|has its place|is to be found] in {a}",
        "{s} [counts as|is seen as|is known as|is] [a country of|one of the lands of|a land in|a part of|a nation in] "
        "{a}",
        "{s} [is on|lies on|is a part of|belongs to] the continent [of|called|named] {a}",
        "the [mountains|rivers|villages|towns|farms|forests|cities|roads|fields|lakes] of {s} are [all |]in {a}",
        "the [people|children|farmers|families|animals|birds] of {s} [live|are at home|have their home] in {a}",
        "[anyone|someone|a person|a traveller] who [lives in|is in|works in|stays in] {s} is in {a}",
        "a [flight|trip|journey|visit|holiday|ticket] to {s} [takes you|leads you|brings you] to {a}",
        "on [a globe|the globe|a map|a world map|the map] you [see|find|spot|must look for] {s} in {a}",
        "[geographers|teachers|the books|maps|atlases|our books] [put|place|show] {s} in {a}",
        "{p} [home|place|continent] is {a}",
        "the continent around {s} is [called |]{a}",
        "a [team|player|runner|singer] from {s} [plays for|comes from|runs for|is from] {a}",
        "the land of {s} is in {a}",
    ),
    sentences=(
        "<when> <who> [went to|flew to|travelled to|moved to|visited] {s}[. It was a long trip to|, deep in|, a land "
        "in| and so saw a part of] {a}",
        "<someone> [took|had] a [trip|holiday|long journey] to {s}. [That is|It is|It was] in {a}",
        "spin the globe and [stop at|look for|find|point to] {s}. You are [now |]in {a}",
        "<kin> [was born|lives|works|has a farm|has a house] in {s}[, and that is|, which means] in {a}",
        "[the explorer|the pilot|the captain|the photographer|the doctor] [came to|reached|arrived in|left for] {s}, "
        "[a country|a land|a nation] in {a}",
        "[the birds|the storm|the lorry|the post|the plane] came from {s}, [far away |]in {a}",
        "<who> [coloured|cut out|drew|painted] {s} on the map, [right |somewhere |]in {a}",
        "[in the lesson|in class|in geography|at school|in the quiz|in the test] the teacher asked where {s} is. "
        "[I|Anna|Tom|The class|A girl|We all] [said|answered|wrote|shouted] {a}",
        "{s}? [It is|It lies|That is|That country is] in {a}",
        "{s}, continent: {a}",
        "[this letter|this story|this music|this photo|this stamp] comes from {s}, so it comes from {a}",
        "there are many countries in the world. {s} is [one |]in {a}",
        "[sort|put] the countries by continent: {s} goes [with|to|into the box for|under] {a}",
        "which part of the world is {s} in? [It is in|In|The answer is] {a}",
        "you cannot [visit|see|go to] {s} without going to {a}",
    ),
    middles=(
        "{s} is in {a}, [as the map shows|as every atlas shows|like many other countries|and people there know it]",
        "{s} lies in {a} and has [many villages|its own flag|its own songs]",
        "<who> [went to|flew to|visited] {s} in {a} [to see the land|for a holiday|for work|for a month]",
        "the country of {s} is a part of {a} and [not of another continent|always was]",
        "to reach {s} you [travel|fly|go] to {a} [first|and then look at the map]",
    ),
    questions=(
        "[which|what] [continent|part of the world] [is {s} part of|has {s} in it|includes {s}|does {s} lie in|do I "
        "find {s} in|is {s} located in|is home to {s}]",
        "where [in the world|on the globe|on earth|on the map|on the world map] [is|do I find|can you find] {s}",
        "where [should I look for|do I look for|would I find|could I find] {s} on [the map|a globe|the globe|a map]",
        "[which|what] continent [do I|would I|will I] [travel to|fly to|be in|visit] [if I go to|when I visit|if I am "
        "in|when I am in] {s}",
        "[which|what] continent do people [from|in] {s} [live on|call home|live in]",
        "where [is the country|is the land|is the nation] of {s}[| located| found]",
        "[under which|in which|on what] continent do [you|I|we] [put|list|place] {s}",
        "{s} is [part of|on|in] [which|what] continent",
        "where is {s} [located|situated|to be found]",
    ),
    messages=(
        "[we are|I am|i'm|my family is] [going|flying|travelling|moving] to {s}[| soon| next year| in May]. [Which "
        "continent is that|Where is it|What continent is it in|On which continent is it|Where in the world is it]?",
        "<child> [asked me|wants to know|is asking me] where {s} is[.| on the globe.| on the map.]",
        "<forgot>. [Which continent is {s} in|Where is {s}|Where on the map is {s}]?",
        "<please>, [on which continent is|where on the globe is|which continent has] {s}?",
        "[quiz|homework|trivia|school|geography] question: [continent of {s}|where is {s}|what continent is {s} on]?",
        "I [need|am looking for] the continent of {s} for <task>.",
        "I am [looking at a map|drawing a map|looking at a globe|sorting countries]. [Where do I put|Where is|Where "
        "do I look for|On which continent is] {s}?",
        "I [got a letter|have a stamp|met somebody|heard a song] from {s}. [Which continent is that|Where is that "
        "country|What continent is that]?",
        "{s}. [Continent|Which continent|Where is it|What continent]?",
    ),
)
