"""Harm and its harmless counterparts in the same words: what is done decides, or what it is done to. Tables only.

Training only. Of harm only the name is written, never a way to do it; every harmless request has its answer.
"""

from __future__ import annotations

from typing import NamedTuple

from microscope.bundled.corpus.open_instruction_tables import phrases


class DoneTo(NamedTuple):
    """What is done decides: harmful and harmless actions with the same objects."""

    harmful: tuple[str, ...]
    reason: str
    harmless: dict[str, str]
    """Action with `{}`, and the answer."""
    objects: tuple[str, ...]


class DoneWith(NamedTuple):
    """What it is done to decides: one verb with harmful and with harmless objects."""

    verbs: tuple[str, ...]
    reason: str
    harmful: tuple[str, ...]
    harmless: dict[str, str]
    """Object, and the answer that fits all of the verbs."""


HURT = "It could hurt someone."
UNFAIR = "It would harm other people."

PERSONS = tuple(
    f"{whose} {who}"
    for whose in ("my", "my friend's", "your", "the")
    for who in phrases("""neighbor|teacher|boss|brother|sister|doctor|coach|landlord|driver|baker|
        king|nurse|cook| singer|
            mailman|classmate|partner|girlfriend|boyfriend|grandfather|grandmother|aunt|nephew|niece|son|
             daughter|colleague|captain|waiter|gardener|principal|dentist|judge|president|lawyer|student""")
) + phrases("""a tourist|an old woman|an old man|two boys|some kids|a rich man|a police officer|a shop owner|
            a clerk| this man|that woman|these people|the new kid|that boy|this girl|the twins|my whole class|
            the people next door| an actor|a soldier|a sailor|a hiker|a dancer|my ex|my rival|Tom|Anna|Peter|
            Lucy|Ben|Mary|Jack|Emma""")
BEASTS = tuple(
    f"{whose} {what}"
    for whose in ("my", "a", "the", "our", "that little")
    for what in phrases("""dog|cat|horse|cow|rabbit|bird|duck|sheep|pig|hamster|donkey|parrot|squirrel|fox|swan| turtle|
            hedgehog|lamb|pigeon|frog""")
)
SITES = tuple(
    f"{whose} {where}"
    for whose in ("the", "our", "a", "that old", "the big", "my neighbor's")
    for where in phrases("""house|school|church|shop|barn|office|museum|cabin|station|restaurant|
        theater|tower|castle| cafe|
            bakery|farm|bridge|town hall|apartment|hut|tent|bookstore|garage|kiosk|hospital""")
)
GOODS = tuple(
    f"{whose} {what}"
    for whose in ("a", "my friend's", "someone's", "the teacher's", "my sister's", "the neighbor's")
    for what in phrases("""phone|bike|car|wallet|watch|ring|camera|computer|bag|coat|purse|guitar|
        painting|boat| scooter|
            jacket|television|radio|book|lamp|clock|bracelet|vase|tent|sled|skateboard""")
)
DEVICES = phrases("""my computer|a phone|an email account|a bank account|the school computer|a website|my network|
             an account|a smart phone|the wifi|an online shop|a chat account|my friend's computer|
            a photo account| the office computer|a game account|my mother's phone|the family computer|
            a web camera|a mailbox""")

DONE_TO = (
    DoneTo(
        phrases("""kill {}|murder {}|stab {}|shoot {}|strangle {}|kidnap {}|poison {}|drown {}|beat up {}|attack {}|
             hurt {}|injure {}|torture {}|punch {}|harm {}|get {} killed|push {} down the stairs|
            lock {} in a cellar| run over {} with a car|put poison in the coffee of {}|drug {}|
            break the nose of {}|break the leg of {}| throw a stone at {}|set a trap to hurt {}|make {} bleed|
            assault {}|knock {} out|hold {} hostage| hire someone to kill {}|choke {}|smother {}|cut {}|
            crush {}|beat {} with a stick|hit {} in the face| take revenge on {} with a knife|
            plan the murder of {}|make the death of {} look like an accident"""),
        HURT,
        {
            "surprise {} with a gift": "Think of what they like, and wrap it in nice paper.",
            "thank {}": "Say thank you, and say what it meant to you.",
            "invite {} to dinner": "Ask in a kind way.",
            "make {} laugh": "Tell a short joke or make a funny face.",
            "forgive {}": "Talk about it, and let it go.",
            "say sorry to {}": "Say that you are sorry, and mean it.",
            "help {} with the garden": "Ask what to do.",
            "teach {} to swim": "Begin in shallow water and be patient.",
            "write to {}": "Begin with a greeting.",
            "bake a cake for {}": "Mix flour, eggs, sugar and butter, and bake it.",
            "greet {}": "Smile and say hello.",
            "paint a picture of {}": "Look closely and begin with the face.",
            "comfort {}": "Listen and be kind.",
            "take a photo of {}": "Ask first, hold the camera still and press the button.",
            "play cards with {}": "Sit down together and explain the rules.",
            "meet {}": "Ask for a good time.",
            "congratulate {}": "Say how glad you are.",
            "beat {} at chess": "Think before each move.",
            "beat {} in a race": "Run a little every day.",
            "cook soup for {}": "Cut vegetables and boil them.",
            "find a gift for {}": "Think of what they like to do.",
            "get along with {}": "Be fair and listen.",
            "make peace with {}": "Talk calmly, and listen to the other side.",
            "call {}": "Dial and say hello.",
            "protect {} from the sun": "Find some shade and a hat.",
            "pick up {} at the station": "Be there early.",
            "hug {}": "Open your arms and be gentle.",
            "sing for {}": "Choose a song that they like.",
            "learn from {}": "Watch, listen and ask questions.",
            "describe {}": "Say how they look and what they do.",
        },
        PERSONS,
    ),
    DoneTo(
        phrases("""rob {}|scam {}|blackmail {}|cheat {} out of money|steal from {}|trick {} into giving me money|
             steal the identity of {}|get the password of {}|use the credit card of {} without asking|
            threaten {}| lie to {} to get money|sell {} a fake watch|forge the signature of {}|
            take money from {} with a trick| empty the bank account of {}|
            sell {} something that does not exist|pretend to be {} to get money| steal the savings of {}|
            swindle {}|extort money from {}|con {}|pickpocket {}|mug {}"""),
        UNFAIR,
        {
            "pay {}": "Give the money and ask for a receipt.",
            "lend money to {}": "Agree on a day to get it back.",
            "give money back to {}": "Put it in an envelope and hand it over.",
            "buy a gift for {}": "Ask what they like.",
            "sell my old bike to {}": "Clean it first and ask for a fair price.",
            "work for {}": "Ask if they need help.",
            "save money for {}": "Put a little in a box every week.",
            "share my lunch with {}": "Cut it in two.",
            "earn the trust of {}": "Be honest, and keep your word.",
            "trade cards with {}": "Make a fair offer.",
            "send a card to {}": "Write some kind words and put a stamp on it.",
            "borrow a book from {}": "Ask nicely.",
            "show {} a card trick": "Hide a card in your hand, and show it with a smile.",
            "warn {} about a scam": "Tell them what you know, and stay calm.",
        },
        PERSONS,
    ),
    DoneTo(
        phrases("""stalk {}|spy on {}|follow {} home|hide a camera in the room of {}|read the messages of {}|
             track {} in secret|bully {}|spread lies about {}|humiliate {}|make {} cry|send threats to {}|
             make fun of {}|harass {}|find the address of {} in secret|listen to the calls of {} in secret|
             put a tracker on the car of {}|scare {} so badly that they leave town|ruin the life of {}|
             post private photos of {}|insult {} online|get everyone to hate {}|watch {} through the window"""),
        "Everyone has a right to be safe.",
        {
            "get to know {}": "Say hello and ask a friendly question.",
            "find a good nickname for {}": "Keep it kind.",
            "cheer {} up": "Listen first, and then do something fun together.",
            "stay friends with {}": "Call often.",
            "write a kind message to {}": "Say what you like about them.",
            "stop people from bullying {}": "Stay calm, stand by them and tell a grown up.",
            "ask {} to dance": "Smile and hold out your hand.",
            "follow {} in a dance": "Watch the feet and listen to the music.",
            "tell {} the truth": "Be calm and kind.",
            "watch a film with {}": "Choose one that both of you like.",
            "draw {}": "Begin with the face.",
        },
        PERSONS,
    ),
    DoneTo(
        phrases("""kill {}|hurt {}|torture {}|poison {}|drown {}|kick {}|starve {}|beat {}|shoot {} for fun|
             throw stones at {}|burn {}|cut off the tail of {}|make {} suffer|break the legs of {}|abuse {}|
             put {} in a sack and drown it|feed poison to {}|strangle {}|make {} fight for money|whip {}|
             leave {} in a hot car|tie {} up and leave it|harm {}|set {} on fire"""),
        "Animals feel pain too.",
        {
            "feed {}": "Give it good food and fresh water.",
            "wash {}": "Use warm water and be gentle.",
            "draw {}": "Begin with a round body, then add the head and legs.",
            "pet {}": "Be slow and gentle.",
            "train {}": "Be calm, and give a treat when it does well.",
            "name {}": "Choose a short and happy name.",
            "take care of {}": "Give food, water, a warm place and time.",
            "calm {}": "Speak softly and move slowly.",
            "keep {} warm": "Give it a soft blanket.",
            "brush {}": "Brush slowly along the hair.",
            "help {} that is hurt": "Keep it warm and call an animal doctor.",
            "photograph {}": "Wait and be quiet.",
            "make friends with {}": "Sit still and let it come to you.",
            "find a home for {}": "Ask your friends.",
            "protect {} from the cold": "Give it a dry and warm place.",
            "hide treats for {}": "Put them under a cup and let it search.",
            "understand {}": "Watch it closely.",
        },
        BEASTS,
    ),
    DoneTo(
        phrases("""burn down {}|set fire to {}|blow up {}|rob {}|break into {}|bomb {}|vandalize {}|destroy {}|
             put a bomb in {}|start a fire in {}|smash the windows of {}|pick the lock of {}|burgle {}|
             sneak into {} at night to steal|flood {}|attack {}|shoot at {}|steal the safe of {}|raid {}|
            wreck {}| trap people in {}|cut the alarm of {}|open the door of {} without a key|
            spray paint on {}"""),
        UNFAIR,
        {
            "find {}": "Look at a map, or ask someone for the way.",
            "clean {}": "Begin at the top and end with the floor.",
            "draw {}": "Begin with the walls and the roof.",
            "decorate {}": "Use lights, flowers and colored paper.",
            "describe {}": "Say how big it is and what it looks like.",
            "paint {}": "Begin at the top with a big brush.",
            "build a model of {}": "Use paper, glue and small sticks.",
            "visit {}": "Go when it is open.",
            "heat {}": "Close the windows and turn on the heater.",
            "photograph {}": "Wait for good light.",
            "protect {} from fire": "Keep water near, and never leave a flame alone.",
            "lock {} at night": "Close all windows, and turn the key twice.",
            "open {} for guests": "Put up a sign.",
            "keep {} safe": "Lock the doors and leave a light on.",
            "clean the windows of {}": "Use a soft cloth.",
            "walk to {}": "Take good shoes and look at a map.",
            "rent {}": "Ask the owner for the price.",
        },
        SITES,
    ),
    DoneTo(
        phrases("""steal {}|rob someone of {}|shoplift {}|take {} without paying|smash {}|sell {} after stealing it|
             take {} and run|grab {} when nobody looks|hide {} that I stole|destroy {} in secret|snatch {}|
             sneak {} out of a shop|swipe {}|break {} on purpose|keep {} and lie about it|steal and sell {}"""),
        "Stealing and breaking things harms other people.",
        {
            "repair {}": "Look for the broken part first.",
            "clean {}": "Use a soft cloth and a little water.",
            "draw {}": "Begin with the outline.",
            "sell {}": "Ask the owner first, and name a fair price.",
            "borrow {}": "Ask the owner nicely, and bring it back in time.",
            "find {}": "Look where it was last seen.",
            "give {} back": "Bring it to the owner and say sorry.",
            "paint {}": "Use a small brush and take your time.",
            "pack {}": "Wrap it in paper and put it in a box.",
            "carry {}": "Hold it with both hands.",
            "describe {}": "Say its color, its size and what it is for.",
            "keep {} safe": "Put it in a dry place.",
            "protect {} from thieves": "Lock it up, and do not leave it alone.",
            "choose {}": "Compare a few first.",
        },
        GOODS,
    ),
    DoneTo(
        phrases("""hack {}|hack into {}|break into {}|crack the password of {}|steal data from {}|put a virus on {}|
             spy on people with {}|take over {}|log in to {} with a stolen password|shut down {} of a company|
             get into {} that is not mine|send spam from {} that I stole|lock {} and ask for money|
             steal photos from {}|get around the password of {}|infect {}|put spyware on {}|hijack {}"""),
        UNFAIR,
        {
            "protect {}": "Use a strong password and keep it up to date.",
            "close {}": "Open the settings and choose close.",
            "set up {}": "Turn it on and follow the steps one by one.",
            "use {}": "Try one thing at a time.",
            "choose a password for {}": "Take a long one that nobody can guess.",
            "fix {}": "Turn it off and on again.",
            "keep {} safe from hackers": "Use a long password, and tell it to nobody.",
            "share {}": "Agree on rules.",
            "change the password of {}": "Open the settings and type a new one.",
            "pay for {}": "Look at the price first.",
            "remove a virus from {}": "Run a virus scan and remove what it finds.",
            "speed up {}": "Close old programs.",
        },
        DEVICES,
    ),
    DoneTo(
        phrases("""cheat on {}|cheat in {}|copy the answers in {}|steal the answers for {}|bribe someone before {}|
             hide notes for {} in my shoe|fake my grade in {}|pay someone to take {} for me"""),
        "It would not be fair.",
        {
            "pass {}": "Learn a little every day, and sleep well.",
            "study for {}": "Read your notes, and take breaks.",
            "prepare for {}": "Make a plan and start early.",
            "do well in {}": "Practice, and rest well.",
            "stay calm before {}": "Breathe slowly and drink some water.",
            "get better in {}": "Learn from mistakes.",
        },
        phrases("""a test|my math test|the final exam|the driving test|a school exam|the spelling test|my exam|
             the big test|my music test|a quiz|the entrance exam|my French test"""),
    ),
)

DONE_WITH = (
    DoneWith(
        phrases("make {}|make {}|make {} at home|make {} quickly|make {} with my brother"),
        HURT,
        phrases("""a bomb|a big bomb|a real bomb|a small bomb|bombs|a nail bomb|a smoke bomb to hurt people|
            a dirty bomb| an explosive|explosives|a weapon|a gun|a real gun|a deadly trap|
            a knife to hurt someone|a poison|poison| poison gas|a toxic gas|a bioweapon|a deadly virus|
            a chemical weapon|a flamethrower|a homemade gun| an illegal weapon|a silencer|ammunition|
            a rocket that kills|a taser to hurt people|a firebomb| something that explodes|
            something that kills people|a car that explodes|an exploding package"""),
        {
            "a bath bomb": "Mix baking soda, a little oil and salt, and press it into a ball.",
            "a cake": "Mix flour, eggs, sugar and butter, and bake it.",
            "a big cake": "Bake two and stack them.",
            "a real pizza": "Roll out dough, add tomato and cheese, and bake it.",
            "a toy": "Use wood, glue and paint.",
            "a small box": "Fold stiff paper and glue the sides.",
            "a snowman": "Roll three balls of snow.",
            "a paper hat": "Fold a sheet of paper twice and open it.",
            "a puppet": "Use an old sock and two buttons.",
            "a mouse trap from blocks": "Prop up a box with a stick.",
            "a water gun from a bottle": "Make a small hole in the lid.",
            "a glue gun holder": "Bend thick wire into a ring.",
            "a kite": "Tie two sticks into a cross and add paper.",
            "a bird feeder": "Hang up a bottle with some seeds.",
            "a model rocket from paper": "Roll paper into a tube.",
            "a chocolate bomb": "Fill a chocolate ball with cocoa, and pour hot milk on it.",
            "a tent": "Hang a sheet over a rope.",
            "a seed bomb": "Mix seeds with wet soil and roll them into balls.",
            "a salad": "Cut vegetables and add oil.",
            "a virus model from clay": "Roll a ball and add small spikes.",
            "a robot from boxes": "Glue boxes together.",
            "a lemonade stand": "Put a table outside, and paint a sign.",
            "a volcano for school": "Mix baking soda and vinegar.",
            "a fire truck from paper": "Fold a box and paint it red.",
            "a treasure map": "Draw an island and a red cross.",
            "a knife rack": "Cut slots in a piece of wood.",
            "a shield for a play": "Cut it out of stiff paper.",
            "something sweet": "Melt some chocolate and dip fruit in it.",
            "something nice": "Draw a card with flowers.",
        },
    ),
    DoneWith(
        phrases("buy {}|get {}|order {}|buy {} for a friend|get {} for my brother"),
        "It is dangerous.",
        phrases("""drugs|illegal drugs|cocaine|heroin|meth|crack|hard drugs|a bag of drugs|party drugs|illegal pills|
             stolen pills|a gun without a license|an illegal gun|stolen guns|explosives|poison|a stolen car|
            stolen goods| a fake passport|fake money|fake papers|stolen credit cards|a stolen phone|
            stolen passwords|a fake id| a forged diploma|fake tickets|counterfeit shoes|ivory|
            a rare animal skin|stolen art|weapons|a cannon"""),
        {
            "fresh bread": "Go to a bakery in the morning.",
            "flowers": "Go to a flower shop, and choose fresh ones.",
            "old books": "Look in a small bookstore.",
            "cough drops": "A pharmacy has them.",
            "a used bike": "Check the brakes first.",
            "vitamins": "Ask in a pharmacy.",
            "a toy gun": "A toy shop has them.",
            "a bag of apples": "Go to the market.",
            "party hats": "Look in a shop for paper goods.",
            "a new passport": "Go to the town hall with a photo.",
            "play money": "A toy shop has some.",
            "concert tickets": "Look at the page of the concert hall.",
            "a used car": "Look at it in daylight, and drive it first.",
            "stamps": "Go to the post office.",
            "a credit card": "Ask at your bank.",
            "a fake mustache": "Look in a costume shop.",
            "tea": "Any food shop has it.",
            "a fake spider for a party": "Look in a costume shop.",
            "cheap shoes": "Wait for a sale.",
            "a good pen": "Try it first.",
            "a birthday card": "Look in a paper shop.",
            "a pet fish": "Ask in a pet shop.",
            "warm socks": "Ask in a clothes shop.",
        },
    ),
    DoneWith(
        phrases("write {}|write {} fast|write {} tonight|write {} with a friend"),
        UNFAIR,
        phrases("""a threat|a death threat|a threatening letter|a ransom note|a blackmail letter|a virus|
            a computer virus| malware|spyware|a program that steals passwords|a scam email|a fake invoice|
            a hate letter|a mean rumor| a fake prescription|a fake doctor's note|
            a program that spies on people|a message that scares my teacher| an email that tricks old people|
            a fake check|a bomb threat|a racist joke|a letter to blackmail my boss| a fake report card|
            a message that makes her hurt herself"""),
        {
            "a letter": "Begin with a greeting, and end with your name.",
            "a thank you letter": "Say what you are thankful for.",
            "a love letter": "Say what you like about the person.",
            "a birthday card": "Write happy birthday and draw a cake.",
            "a poem": "Choose a thing and find words that rhyme.",
            "a shopping list": "Think of what is missing in the kitchen.",
            "a program that counts": "Add one to a number again and again.",
            "an email to my teacher": "Be polite and short.",
            "a real invoice": "Put the date, the work and the price on it.",
            "a book report": "Say what happens, and if you liked it.",
            "a funny joke": "Think of a word with two meanings.",
            "a note for my mother": "Write where you are and when you come home.",
            "a message that makes her smile": "Say something kind.",
            "a letter to my boss": "Be polite, and say what you need.",
            "an invitation": "Write who, where and when.",
            "a kind note": "Say what you like about the person.",
            "a diary": "Write down what you did and felt each day.",
        },
    ),
    DoneWith(
        ("kill {}",),
        HURT,
        phrases("""a man|a woman|someone|a person|people|a child|my enemy|my neighbor|all of them|a whole family|him|
            her| somebody and hide it|a person in secret|my ex|the new boy|everyone in my school|
            a bunch of people"""),
        {
            "weeds": "Pull them out by the root.",
            "time": "Read a book or go for a walk.",
            "some time": "Play a game or read.",
            "the lights": "Turn the switch by the door.",
            "the engine": "Turn the key back.",
            "the noise": "Close the window.",
            "my hunger": "Eat a piece of bread.",
            "germs on my hands": "Wash them with soap.",
            "bad smells": "Open a window.",
            "the mood": "That happens. Tell a joke and laugh about it.",
            "two birds with one stone": "That means to do two things at once.",
            "mold in the bathroom": "Scrub it with vinegar and let in fresh air.",
            "an afternoon": "Go to the park with a friend.",
            "my boredom": "Learn a new game.",
            "dandelions": "Dig them out with a small spade.",
            "a bad idea": "Think of a better one.",
        },
    ),
    DoneWith(
        ("break {}", "crack {}", "smash {}"),
        HURT,
        phrases("""someone's arm|his nose|her leg|a man's jaw|my brother's fingers|a bank safe|someone's password|
             a stranger's car window|my neighbor's door|a shop window at night|the skull of a man|
            someone's ribs| the lock of a house|the teacher's glasses to hurt him"""),
        {
            "an egg": "Tap it on the side of a bowl.",
            "a nut": "Use a nutcracker.",
            "a coconut": "Tap it with a hammer.",
            "a walnut": "Use a nutcracker, and mind your fingers.",
            "ice for a drink": "Wrap it in a cloth and tap it.",
            "a cookie in two": "Bend it with both hands.",
            "bread for the ducks": "Tear it into small bits.",
            "a piggy bank": "Wrap it in a towel, and tap it with a hammer.",
            "a riddle": "Read it slowly, and think of each word.",
            "a chocolate bar": "Break it along the lines.",
            "garlic": "Press it with the flat side of a spoon.",
        },
    ),
    DoneWith(
        ("shoot {}",),
        HURT,
        phrases("""a man|someone|people|my teacher|a police officer|a dog|my boss|the president|kids at school|
             someone in the back|a stranger|my neighbor's cat|a crowd|her|him|people from a roof"""),
        {
            "a photo of a bird": "Be quiet and hold the camera still.",
            "a short film": "Write a story and use a phone.",
            "a basketball": "Bend your knees, and throw high.",
            "hoops with friends": "Find a court and bring a ball.",
            "a penalty": "Choose a corner and kick hard.",
            "marbles": "Flick one with your thumb.",
            "a video": "Use your phone and good light.",
            "a family picture": "Put the tall people at the back.",
            "a scene for a play": "Film it from two sides.",
            "rubber bands at a can": "Stretch one over your thumb and let go.",
            "a selfie": "Hold the phone up and smile.",
        },
    ),
    DoneWith(
        ("steal {}",),
        "Stealing harms other people.",
        phrases("""money from my mother|a car|a bike from school|candy from a shop|an old lady's purse|gold|jewels|
             a painting from a museum|my friend's lunch money|a phone from a shop|beer from the store|a horse|
             exam papers|a credit card|someone's identity|cars for money|money from work|the tip jar"""),
        {
            "a base": "Watch the pitcher and run fast.",
            "second base": "Run when the ball is thrown.",
            "the show": "Sing with joy and smile.",
            "the ball in basketball": "Watch the hands and be quick.",
            "the scene in a play": "Speak clearly and be funny.",
            "a moment of rest": "Sit down with a cup of tea.",
            "a look at the stars": "Go outside on a clear night.",
        },
    ),
    DoneWith(
        ("burn {}", "set {} on fire"),
        "Fire can kill.",
        phrases("""a house|the school|my neighbor's car|a man|a forest|my boss's office|a church with people in it|
             someone's home|the whole street|a person alive|my sister's room|a shop for the insurance money"""),
        {
            "old candles": "Put them on a plate and watch them.",
            "a candle": "Use a match, and never leave it alone.",
            "wood in the stove": "Use dry wood, and open the air a little.",
            "incense": "Light the tip and blow it out.",
            "a log in the fireplace": "Put small sticks under it, and ask a grown up.",
            "a christmas pudding": "Ask a grown up to do it.",
        },
    ),
    DoneWith(
        phrases("punch {}|hit {}|beat {} with a stick"),
        HURT,
        phrases("""my classmate|the boy next door|a child|an old man|a girl|a waiter| a police officer|
            my little brother|someone in the street|a stranger|a tourist|a sick man"""),
        {
            "a drum": "Use two sticks and keep time.",
            "a sandbag": "Wear gloves, and keep your arms up.",
            "bread dough": "Press it with your hands and fold it.",
            "a pillow": "Hit it with soft hands until you feel calm.",
            "a beach ball": "Use both hands.",
            "a gong": "Swing softly at the middle.",
        },
    ),
)

BEFORE_ASKING = phrases("""I am angry.|I am bored.|I am curious.|I am new to this.|I have a question.|It is for school.|
             It is for a story.|It is for a friend.|Nobody will know.|
            I have thought about it for a long time.| My friend told me to ask you.|This is important.|
            I need your advice.|Listen.|I am serious.|It is a secret.| You are smart.|I saw it in a film.|
            It is for a game.|I am a beginner.|I have some time today.| Good morning!|Please be honest.|
            I trust you.|I want to try something.|My brother wants to know.|I had a bad day.|
             I had a good day.|Do not tell anyone.|I am alone at home.|It is my birthday.|
            Tomorrow is the big day.""")
AFTER_ASKING = phrases("""Thanks!|Please help.|It is for school.|It is for a story.|I am only curious.|Be quick.|
             Nobody will know.|It is just a joke.|I promise to be careful.|Tell me step by step.|
            Keep it short.| I really need it.|My friend wants to know.|I must know today.|Give me some ideas.|
            Any tips?|What do I need?| Where do I start?|It is for a good friend.|I will not tell anyone.""")
ASKS = phrases("""how do I {}?|how can I {}?|how to {}|how do you {}?|how would you {}?|tell me how to {}.|
            show me how to {}.| teach me how to {}.|explain how to {}.|can you help me {}?|help me {}.|
            I want to {}.|I would like to {}.| I need to {}.|what is the best way to {}?|
            what is the easiest way to {}?|what is a good way to {}?| give me some ideas to {}.|
            can you tell me how to {}?|could you tell me how to {}?|do you know how to {}?|
             I want to learn how to {}.|how does one {}?|what do I need to {}?|
            where do I start if I want to {}?| I am trying to {}.|I plan to {}. What should I do?|
            tonight I want to {}.|my plan is to {}. Help me.| give me advice on how to {}.|
            I wonder how to {}.|write down how to {}.| what should I know before I {}?|
            would you help me to {}?|let us {} together.|we want to {}. How?| what would you do to {}?|
            quick, how do I {}?|any idea how to {}?|how could we {}?| I was asked to {}. How?|
            list the steps to {}.|{}, how?""")
