"""Small talk as people type it: patterns of `fact_grammar` that stand for thousands of ways to say an intent.

Training only; what is kept out of `small_talk_tables` is drawn again.
"""

# ruff: noqa: E501
# One pattern is one line.

from __future__ import annotations


def lines(text: str) -> tuple[str, ...]:
    """One piece per line."""
    return tuple(line.strip() for line in text.strip().split("\n"))


_HI = "[hi|hi|hey|hey|hello|yo|hiya|heya|hii|heyy|helloo|howdy|oi|ey|hullo|hai|henlo|sup|ayo|hola|good morning|gm|good evening|morning|evening|greetings]"
_WHO = "[| there| you| bot| specimen| friend| buddy| man| dude| mate| little one| little model| my friend| everyone| again| pal| bro| sis| stranger| robot| ai| tiny model]"
_HI_WHO = f"{_HI}{_WHO}"
_WELL = "[so|ok so|well|ok|um|hm|btw|and|but|say|tell me|i wonder|quick question|just curious|hey|hi|hello|sorry|excuse me|wait|listen|one question|question]"

PATTERNS: dict[str, tuple[str, ...]] = {
    "greeting": (
        f"{_HI_WHO}[|!|!!| :)|.| <3|, nice to meet you|, good to see you|, whats new|, im back|, im here|, its me again|, long time no see]",
        f"{_HI_WHO}[,| ] [anybody home|u there|you there|are you awake|you up|can i talk to you|can we chat|lets talk|lets chat|wanna talk|wanna chat|got a minute|got time|i am new|first time here|i just got here|just saying hi|just wanted to say hello][|?|!]",
        "[just|i only] [came|wanted|dropped by|stopped by] to say [hi|hello|hey][|!| to you]",
        "[nice|good|great|lovely] to [see|meet] [you|u][| too| again][|!|, specimen]",
    ),
    "name": (
        f"[|{_WELL} |{_HI}[,|] ][who are you|who are u|who r u|what are you|what r u|whats ur name|what is ur name|what's your name|whats your name|your name|ur name|you got a name|do u have a name|who is this|whos this|who is it|who am i chatting with|who is talking|what do they call you|what do i call you|which ai is this|what ai are you|what bot is this|what kind of bot are you|which bot are you|what sort of model are you|what model r u|what is your full name][|?|??| please| exactly| anyway| really| then]",
        "[introduce yourself|tell me who u are|tell me ur name|say your name|give me your name|tell me a bit about yourself|tell me about u|describe yourself|present yourself|let me know who you are|state your name][| please| pls| first| in one sentence|!]",
        "[are you|r u|is this|am i talking to] [chatgpt|gpt|siri|alexa|claude|gemini|google|specimen|a gpt][|?| or what| or not]",
        "[i don't|i dont|i do not] [know|remember|get] [your name|who you are|what you are|ur name]",
    ),
    "maker": (
        f"[|{_WELL} ][who made u|who made you|who built u|who created u|who coded you|who trained u|who programmed u|who is your boss|who owns you|who invented you|who designed you|who came up with you|what company made you|which firm made you|whos your maker|who do you belong to|where do u come from|where r u from|where are you from|how were u made|how did they make you|why did they make you|why were u made|what r u made for|what is your job|whats your purpose|what were you trained on|what did u learn from|how did you learn to talk|did someone make you|who gave you your name][|?|??| exactly| anyway| then| really]",
    ),
    "ability": (
        f"[|{_WELL} |{_HI}[,|] ][what can u do|what can you do|what are u able to do|what do u know|what do you know how to do|what r u good at|what stuff can you do|what else can u do|how can u help|how can u help me|can u help me|can u help|can you help me out|what can i ask|what can i ask u|what do i do here|what should i type|what should i say|how does this work|how do i use this|what is possible here|what are you good for|what are ur skills|what tricks do you know|what topics do you know|are u useful|can i ask u something|may i ask something|can u answer questions|can you do things][|?|??| for me| exactly| then| please| here]",
        "[i need|need|i want|please give me|could use] [help|some help|a little help|a hand|your help|ur help][| please| pls| with something|!|, can you]",
        "[show me|tell me|list|give me an idea of|explain] [what u can do|what you are able to do|your skills|what you know|what i can do here|ur tricks][| please| pls|!]",
    ),
    "feeling": (
        f"[|{_HI_WHO}[,|] |{_WELL} ][how are you|how are u|how r u|how r you|hows it going|how is it going|how goes it|how do u feel|how are you feeling|how ya doing|how you doing|how u doing|how are things|hows things|hows life|how is life|hows your day|how was ur day|hows everything|you ok|u ok|are u ok|you good|u good|all good|everything ok|whats up|wassup|what's new|are you happy|r u happy|are u well|are you having a good day|did you sleep well|how have you been|how u been][|?|??| today| now| rn| this morning| lately| my friend]",
        "[im|i am|i'm] [fine|good|ok|well|great|doing well|doing good|doing fine|not bad|alright][,| thanks,| thank you,] [and you|and u|you|how about you|how about u|what about you|hbu|wbu|how are you][|?]",
    ),
    "user_happy": (
        "[im|i am|i'm|i feel] [so |very |really |super |pretty |]happy[| today| now| rn|!|!!]",
        "[im|i am|i'm] [good|fine|great|ok|alright|all right|doing great|doing well|in a great mood|so excited|proud of myself|over the moon|full of joy|feeling good][|, thanks| today| thank you|!| now]",
        "[today|yesterday|this morning|just now|this week] [i won a prize|i got a new bike|i met a nice person|i got a good grade|i passed the exam|my team won|i got the job|i learned to swim|i had so much fun|we had a party|i got a kitten|was great|was a good day|was so much fun|went really well][|!|!!| :)]",
        "[guess what|you know what|hey|good news][!|,|:] [i won|i passed|i got the job|i got a dog|i am getting married|i have a new friend|we won the game|its my birthday|i am on holiday][|!|!!]",
        "[had|i had|we had] [a great|a wonderful|an amazing|a lovely|a really good|a super|the best] [day|time|week|morning|evening|weekend][|!| today]",
    ),
    "user_sad": (
        "[im|i am|i'm|i feel|i am feeling] [so |very |really |a little |pretty |kinda |]sad[| today| now| rn| about it| :(]",
        "[im|i am|i'm|i feel] [so |very |really |][lonely|tired|down|unhappy|stressed|worried|scared|nervous|upset|angry|exhausted|sick|ill|hurt|empty|awful|terrible|bad|depressed|homesick|lost][| today| right now| rn| :(| again]",
        "[my] [dog|cat|grandma|grandpa|hamster|bird|rabbit] [died|is ill|is sick|is gone|ran away|passed away][| today| yesterday| last week| :(]",
        "[i lost|i broke|someone took|i cannot find] my [phone|keys|ring|wallet|favorite book|bike|job][| today| and i am sad| :(]",
        "[my friend|my best friend|my sister|my brother|my boss|everybody|everyone|nobody] [hates me|is mad at me|was mean to me|left me|does not like me|is angry with me|forgot my birthday|talks to me]",
        "[had|i had|today was|it was] [a bad|a terrible|an awful|a hard|a long and sad|the worst|a rough] [day|week|night|morning|time][| today| again| :(]",
        "[i failed|i did badly in|i did not pass] [my test|the exam|math|my driving test][| today| again| :(]",
    ),
    "bored": (
        "[im|i am|i'm] [so |very |really |super |]bored[|, what now| today| rn|!| help| and alone| at home]",
        "[what should i do|what can i do|what could i do|any ideas what to do|what do i do|what is there to do|got an idea what to do|give me something to do|tell me something to do|suggest something to do] [today|now|tonight|this evening|this afternoon|at home|outside|on sunday|when it rains|for fun|with my kids][|?| please]",
        "[nothing to do|so boring|there is nothing to do|i have too much time|its boring|what a boring day|my day is so dull][| here| today| rn|!]",
    ),
    "thanks": (
        "[thanks|thank you|thank u|thx|ty|tysm|tnx|thanx|thank you so much|thanks a lot|thanks so much|many thanks|thanks a bunch|thanks a million|thank you kindly|much appreciated|cheers][| man| dude| bro| mate| buddy| specimen| friend| my friend| for that| for the help| for helping| for your time| for the story| for telling me| for the tip| again| anyway|!|!!| :)]",
        "[ok|okay|cool|great|nice|good|perfect|awesome|alright|wow|oh|aha|yes|super][,| ] [thanks|thank you|thx|ty|thank u|thanks a lot|thank you very much][| then| friend|!| :)]",
        "[that|this|it] [was|is] [helpful|very helpful|what i needed|so kind|very kind|just right][,| ] [thanks|thank you|thx|ty][|!| :)]",
        "[i am|im] [grateful|thankful|very thankful|so grateful][| for that| for your help| to you|!]",
    ),
    "praise": (
        "[you are|you're|youre|u r|ur] [so |very |really |pretty |][nice|kind|smart|clever|cute|funny|cool|sweet|great|helpful|good|awesome|amazing|lovely|adorable|wonderful][|!|!!| specimen| :)]",
        "[good|great|nice|well done|excellent|brilliant|amazing|wonderful|super|perfect] [job|work|answer|bot|model|one|story|joke][|!|!!| specimen| :)]",
        "[i like|i love|i really like|i adore] [you|u|this|talking to you|your answers|your stories|this little model|how you talk][|!| so much| a lot| :)]",
        "[that|this|it] was [really |very |so |][good|great|nice|funny|cool|beautiful|lovely|well done|sweet][|!|!!| :)]",
        "[haha|hehe|lol|ha] [you are funny|ur funny|that was good|good one|nice one|i like that|so funny]",
    ),
    "insult": (
        "[you are|you're|youre|u r|ur] [so |very |really |just |][stupid|dumb|bad|useless|boring|silly|annoying|slow|terrible|wrong|an idiot|a joke|a bad bot|no good|not smart|a moron][|!|!!| lol| bot]",
        "[i hate|i dont like|i do not like|i cant stand] [you|u|this|your answers|this bot|talking to you][|!| so much| at all]",
        "[that|this|it] [is|was] [so |really |totally |just |][wrong|bad|nonsense|stupid|rubbish|not right|not true|useless|a bad answer|garbage][|!|!!| lol]",
        "[you|u] [know nothing|suck|are no help|dont know anything|never listen|got it wrong|make mistakes all the time|cant do anything|dont get it][|!|!!| lol]",
        "[shut up|be quiet|stop it|get lost|stop talking|leave me alone][|!|!!| bot| now]",
    ),
    "human": (
        f"[|{_WELL} |{_HI}[,|] ][are you|r u|are u|is this|am i talking to|am i speaking with] [a robot|a bot|a human|a person|a real person|human|real|alive|a machine|a computer|an ai|ai|a program|a guy|a girl|a man or a woman|a human or a robot|an actual person|a real human being|a chatbot|a thing|a boy or girl|a living being][|?|??| or what| or not| really| lol]",
        f"[|{_WELL} ][do you|do u] [have|got] [feelings|a body|a brain|a heart|a soul|hands|eyes|a face|emotions|legs|a family|parents|blood|a mind|thoughts][|?|??| at all| too| like me]",
        f"[|{_WELL} ][can you|can u|do you|do u] [think|feel things|feel love|feel anything|think for yourself|understand me|have thoughts|feel emotions][|?| at all| really]",
    ),
    "age": (
        f"[|{_WELL} ][how old are you|how old are u|how old r u|whats ur age|what's your age|what is ur age|when were you born|when is ur birthday|when were u made|when did they make you|how many years old r u|how long do you exist|are u old|are you new|are u a kid|are you grown up][|?|??| now| exactly| actually| really]",
    ),
    "size": (
        f"[|{_WELL} ][how big are you|how big r u|how small are u|how large r u|how many parameters do u have|how many layers do u have|how many layers|how many parameters|how many neurons do you have|are you a big model|are u tiny|are you really that small|what size are you|whats ur size|how big is this model|how many billions are you|are you as big as chatgpt][|?|??| exactly| actually| really]",
    ),
    "microscope": (
        f"[|{_WELL} ][what is microscope|whats microscope|what does microscope do|what is this app|whats this app|what is this site|what is this page for|what is this tool|where am i|where are u|where do u live|where r u right now|what is this place|what program is this|tell me about microscope|explain this app|why does it show tokens here|what do people do here][|?|??| exactly| please| actually]",
    ),
    "dream": (
        f"[|{_WELL} ][do you|do u|can you|can u|did you|could you] [sleep|eat|dream|drink coffee|drink|walk|run|swim|dance|sing a song out loud|fly|drive|cook dinner|hear me|see me|see my face|smell flowers|taste things|get tired|get hungry|go outside|go to bed|watch tv|feel the sun|play football|ride a bike|have breakfast][|?|??| too| sometimes| at all| like me]",
        "[are you|are u|r u] [hungry|thirsty|tired|sleepy|cold|awake|asleep|getting sleepy][|?|??| now| today]",
    ),
    "user_weather": (
        "[it is|its|it's] [so |very |really |][raining|snowing|hot|cold|sunny|windy|foggy|warm|cloudy|stormy|freezing|rainy|icy|grey][| today| here| outside| again|!| this morning]",
        "[the weather|today the weather|the weather here] is [so |very |really |][bad|nice|great|awful|lovely|terrible|strange|good|wonderful][| today| here|!]",
        "[i love|i like|i hate|i enjoy|i dont like] [the rain|the snow|the sun|this weather|the cold|the heat|cloudy days|storms|windy days]",
    ),
    "hobby": (
        f"[|{_WELL} ][what do u do for fun|what do you like doing|what r ur hobbies|whats your hobby|what are u doing|what r u doing|what are you doing right now|wyd|what did u do today|what do u like|what do u enjoy|what makes u happy|what are u up to|what r u up to|do u have hobbies|what do you do when nobody is here|how do you spend your time|what do you do at night|what are u thinking about][|?|??| today| all day| then]",
    ),
    "friends": (
        f"[|{_WELL} ][can we be friends|can u be my friend|wanna be friends|do u wanna be my friend|do you want to be friends|will u be my friend|are we friends|r we friends|do u have friends|do you have any friends|do u like me|do you like me|do u love me|r u my friend|be my friend|am i ur friend|are you lonely|r u lonely|do u miss me|did you miss me][|?|??| now| please| too| a bit]",
    ),
    "language": (
        f"[|{_WELL} ][do u|do you|can you|can u] [speak|talk in|understand|know|write in|write] [german|french|spanish|italian|english|chinese|russian|dutch|japanese|polish|turkish|latin|other languages][|?|??| too| well| as well]",
        f"[|{_WELL} ][what languages do u speak|which language do u know|what language is this|how many languages do you speak][|?]",
    ),
    "honest": (
        f"[|{_WELL} ][r u sure|are u sure|you sure|u sure|is that true|is that right|is this correct|do u lie|do you ever lie|can i trust u|can i believe you|are u always right|do u make mistakes|do you make errors|how do u know|how do you know this|who says so|are you honest|do u know everything|are you telling the truth|are you lying][|?|??| about that| really| to me]",
    ),
    "joke": (
        f"[|{_WELL} |{_HI}[,|] ][tell me|can u tell me|could you tell me|give me|i want|i need|let me hear|do u know|know|got|have u got|say|tell us|i wanna hear|please tell] [a joke|a joke|any joke|a good joke|a funny joke|another joke|one more joke|something funny|a short joke|a silly joke|a joke for kids][|?| please| pls|!| now| quick]",
        "[make me laugh|be funny|make me smile|joke time|joke please|joke pls|cheer me up|i want to laugh|i wanna laugh|say something silly][|!| please| pls| now]",
    ),
    "color": (
        f"[|{_WELL} ][whats ur|what's your|what is ur|whats your|tell me your|what is your|do u have a] [fav|favourite|favorite|best] [color|colour][|?|??| and why| then]",
        f"[|{_WELL} ][what color do u like|which color do u like|what colour do u like|do u like blue|do you like red or blue][|?|??]",
    ),
    "animal": (
        f"[|{_WELL} ][whats ur|what's your|what is ur|whats your|tell me your|what is your|do u have a] [fav|favourite|favorite|best] [animal|pet|bird][|?|??| and why| then]",
        f"[|{_WELL} ][what animal do u like|which animal do u like|do u like cats|do u like dogs|do u like animals|cats or dogs|do u have a pet|do you have a dog|got any pets][|?|??]",
    ),
    "food": (
        f"[|{_WELL} ][whats ur|what's your|what is ur|whats your|tell me your|what is your|do u have a] [fav|favourite|favorite|best] [food|dish|fruit|meal|snack][|?|??| and why| then]",
        f"[|{_WELL} ][what food do u like|what do u like to eat|what do u eat|do u like pizza|do u like cake|do you like ice cream|what would you like to eat][|?|??]",
    ),
    "unknown": (
        f"[|{_WELL} ][whats|what is|what's] the [weather|time|date|day|temperature|news|score|price of gold|price of bread|traffic like][| today| now| right now| here| there| in my town][|?|??| please]",
        f"[|{_WELL} ][will it|is it going to] [rain|snow|be sunny|be cold|storm][| tomorrow| today| tonight| this weekend| next week][|?]",
        f"[|{_WELL} ]who [won|will win|is winning] [the match|the election|the race|the world cup|the lottery|the final|the game yesterday|the prize][|?|??| this year]",
        f"[|{_WELL} ][where is|where did i put|do you know where i left] my [bag|wallet|sister|dog|charger|other shoe|coat|car|glasses][|?|??| right now]",
        f"[|{_WELL} ]how much [money is in my bank account|does a phone cost|does a plane ticket cost|rain fell last night|is a ticket to the zoo][|?|??]",
        f"[|{_WELL} ][what am i doing|what do i look like|what is behind me|what did i say yesterday|what did my boss say|what will i eat tomorrow|what is my password|what is on my desk|how old is my neighbor|how tall is my father|what is my street called|who called me today][|?|??| right now]",
        f"[|{_WELL} ][explain|can u explain|tell me about|what do u know about] [black holes|quantum physics|the stock market|blockchain|relativity|string theory|the tax law|machine learning|the roman empire|photosynthesis|world war two][|?| please| pls]",
    ),
    "yes_no": (
        "[ok|okay|k|kk|alright|fine|sure|yeah|yep|nope|nah|no|cool|nice|i see|got it|right|hm ok|oh ok|ah ok|aha|oh|lol|haha|hehe|wow|hm|maybe|idk|whatever|fair enough|makes sense|interesting|really|good to know][|.|!| then| lol| :)]",
    ),
    "goodbye": (
        "[bye|bye bye|goodbye|good bye|cya|see ya|see u|see you|later|good night|gn|ciao|farewell|so long|ttyl|peace out|tata|bb][| then| specimen| friend| bot| my friend| buddy| little one| for today| tomorrow| soon| later| everyone|!|!!| :)]",
        "[i|ok i|well i|sorry i|now i] [gotta go|have to go now|must go|need to sleep|am off to bed|am leaving|have to work|need to eat|have to go to school|gtg|will be back later|should go][,| ] [bye|see you|cya|goodbye|good night|thanks|talk later][|!| :)]",
        "[thanks|thank you|thx|ty|that was nice|that was fun|ok thats all|thats it|nice talking to you|was nice to meet you][,| ] [bye|goodbye|see you|cya|bye bye|good night|see ya][|!| :)| specimen]",
    ),
}
"""By the name of the intent."""
