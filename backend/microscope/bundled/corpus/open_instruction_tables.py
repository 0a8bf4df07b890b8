"""Words of the instructions whose arguments are an open set, and the many ways to ask. Tables only.

Nothing here is asked in evaluation; `open_instructions` also leaves out what the held-out items ask for.
"""

from __future__ import annotations

from typing import NamedTuple


def phrases(text: str) -> tuple[str, ...]:
    """What stands between bars, on any number of lines."""
    return tuple(" ".join(phrase.split()) for phrase in text.split("|"))


split = str.split
"""`split("red blue")` is `["red", "blue"]`: tables of words read best as running text."""


class Group(NamedTuple):
    """Things of one kind."""

    plural: str
    singular: str
    members: tuple[str, ...]
    counted: bool
    """Whether a member takes an article: a trout, but milk."""
    note: str
    """A sentence with `{}` for a member, which is true of all of them; begins with its article if it has one."""


def _group(kind: str, note: str, members: str) -> Group:
    singular, plural, counted = kind.split("/")
    return Group(plural, singular, tuple(phrases(members)), counted == "a", note)


OPEN_GROUPS = (
    _group("animal/animals/a", "The {} walks slowly over the grass.", """dog|cat|horse|cow|bear|rabbit|mouse|sheep|
        lion|elephant|tiger|wolf|monkey|deer|camel|zebra|giraffe|donkey|panda|kangaroo|badger|otter|beaver|mole"""),
    _group("bird/birds/a", "The {} flies over the trees.", """crow|dove|swan|goose|eagle|hawk|robin|sparrow|
        swallow|stork|pigeon|raven|gull|owl|duck|finch"""),
    _group("fish/fish/a", "The {} swims in cold water.", "trout|salmon|shark|carp|eel|cod|pike|tuna|herring|perch"),
    _group("insect/insects/a", "The {} sits on a green leaf.", """ant|bee|fly|beetle|butterfly|moth|wasp|cricket|
        mosquito|ladybug|grasshopper|dragonfly"""),
    _group("tree/trees/a", "The {} gives cool shade.", "oak|pine|birch|maple|willow|elm|beech|palm|fir|cedar|ash"),
    _group("flower/flowers/a", "The {} smells sweet in the garden.", """rose|tulip|lily|daisy|violet|poppy|iris|
        sunflower|orchid|lilac|daffodil"""),
    _group("fruit/fruits/a", "The {} is sweet and ripe.", """apple|pear|banana|orange|cherry|peach|grape|mango|fig|
        strawberry|kiwi|lime|coconut|date|raspberry|apricot"""),
    _group("vegetable/vegetables/a", "The {} grows in our garden.", """carrot|onion|potato|cabbage|cucumber|pea|bean|
        leek|radish|pumpkin|pepper|beet|turnip"""),
    _group("color/colors/-", "I painted the wall {}.", "red|blue|green|yellow|white|black|brown|purple|orange|gray"),
    _group("tool/tools/a", "The {} lies in the tool box.", """hammer|saw|drill|rake|axe|wrench|screwdriver|brush|
        hoe|chisel|file"""),
    _group("drink/drinks/-", "I like to drink {} with my lunch.", """water|milk|juice|coffee|cocoa|lemonade|soda|
        cider|apple juice|orange juice"""),
    _group("piece of furniture/pieces of furniture/a", "The {} stands in the living room.", """table|chair|bed|desk|
        sofa|shelf|bench|wardrobe|stool|cupboard|armchair"""),
    _group("vehicle/vehicles/a", "The {} came around the corner.", """car|bike|train|van|taxi|tram|scooter|tractor|
        motorbike|wheelchair"""),
    _group("instrument/instruments/a", "I can play the {} a little.", """piano|guitar|violin|flute|trumpet|harp|
        cello|clarinet|banjo|organ|horn"""),
    _group("sport/sports/-", "We like {} very much.", """football|tennis|swimming|running|hockey|golf|basketball|
        skiing|boxing|rowing|cycling|judo|rugby"""),
    _group("game/games/-", "On Sunday we play {} together.", """chess|tag|cards|checkers|hide and seek|dominoes|
        marbles|darts|bingo|charades"""),
    _group("job/jobs/a", "The {} works hard every day.", """teacher|doctor|nurse|cook|baker|pilot|driver|singer|
        painter|farmer|police officer|firefighter|gardener|waiter|tailor|judge|writer|dentist"""),
    _group("part of the body/parts of the body/a", "The {} hurts a little.", """hand|foot|head|nose|ear|eye|mouth|
        arm|leg|knee|finger|toe|neck|shoulder|elbow|back"""),
    _group("room/rooms/a", "The {} is small but nice.", "bedroom|bathroom|living room|hall|cellar|attic|dining room"),
    _group("country/countries/-", "My friend comes from {}.", """France|Spain|Italy|Japan|China|India|Egypt|Brazil|
        Canada|Mexico|Norway|Sweden|Poland|Greece|Kenya|Peru|Germany|Turkey|Cuba|Chile"""),
    _group("city/cities/-", "We went to {} by train.", """Paris|London|Rome|Berlin|Madrid|Tokyo|Vienna|Lisbon|Oslo|
        Dublin|Cairo|Prague|Athens|Boston"""),
    _group("planet/planets/-", "I saw {} in the night sky.", "Mars|Venus|Jupiter|Saturn|Mercury|Neptune|Uranus"),
    _group("metal/metals/-", "This old thing is made of {}.", "iron|gold|copper|tin|lead|steel|zinc|bronze"),
    _group("shape/shapes/a", "The child drew a {} on the paper.", "circle|square|triangle|star|heart|cube|cross"),
    _group("family member/family members/a", "My {} is a kind person.", """mother|father|sister|brother|aunt|uncle|
        grandmother|grandfather|cousin|son|daughter"""),
    _group("feeling/feelings/-", "We all feel {} at times.", "joy|fear|anger|love|hope|pride|grief|shame|surprise"),
    _group("language/languages/-", "She learns {} at school.", """English|French|German|Spanish|Italian|Latin|Greek|
        Chinese|Japanese|Arabic|Russian|Polish"""),
    _group("building/buildings/a", "The {} stands in the middle of town.", """house|school|church|hospital|museum|
        theater|tower|castle|station|factory|bank|mill"""),
    _group("school subject/school subjects/-", "On Monday we have {}.", """math|music|art|history|reading|writing|
        science|sports|biology"""),
    _group("spice/spices/-", "The soup needs a little {}.", "salt|pepper|sugar|cinnamon|ginger|mustard|garlic|mint"),
    _group("sweet/sweets/-", "There was {} for everyone.", """cake|chocolate|candy|ice cream|honey|pudding|pie|fudge|
        jam|jelly|marmalade"""),
    _group("dish/dishes/-", "We had {} for dinner.", """soup|pizza|pasta|rice|salad|stew|fish and chips|pancakes|
        noodles|an omelet|toast"""),
    _group("piece of clothing/pieces of clothing/a", "The {} hangs on the door.", """hat|shirt|coat|dress|sweater|
        jacket|skirt|belt|tie|cap|vest"""),
    _group("toy/toys/a", "The {} lies under the bed.", "ball|doll|kite|puzzle|balloon|teddy bear|robot|train|top"),
    _group("hobby/hobbies/-", "In my free time I enjoy {}.", """reading|singing|dancing|painting|cooking|fishing|
        hiking|knitting|gardening|drawing|swimming|baking|climbing|camping"""),
    _group("thing in a kitchen/things in a kitchen/a", "The {} is on the table.", """cup|plate|pot|pan|bowl|fork|
        knife|glass|kettle|stove|fridge|jug"""),
    _group("thing in a classroom/things in a classroom/a", "The {} belongs to the teacher.", """book|pencil|desk|pen|
        ruler|map|board|globe|eraser|chair"""),
)  # fmt: skip

PLAIN_WORDS = tuple(
    split("""
    able about above across after again air all alone already also always animal another answer any apart arm
    art ask awake away back bad bag bake band bank bark barn bath beach bean beard beat become bed before begin
    behind bell belong below belt bench best better big bike bird bite bitter blanket blind block blood blow
    board bone born borrow both bottom bow bowl brain branch brave break breakfast breath brick bright bring
    broken brother bucket build burn bush busy butter buy cabin cage calm camp can cap card care carpet carry
    castle catch cave center chain chance change cheap cheek chest chicken child chin choose church circle clap
    class clean clear clever climb close cloth clown coal coast coin cold collar comb come cook cool copper copy
    corn corner correct cotton cough count country cousin cover cow crack cream creek crew crop cross crowd
    crown cry cup curl curtain cut damp dance danger dark date dawn dear deep deer desk dew different dig dinner
    dirt dish dive doctor dollar door double down dragon draw dream dress drink drive drop dry dust each eagle
    ear early earth east easy eat edge egg eight elbow empty end enough even evening ever every face fair fairy
    fall false family famous fan far farm fast father feed feel fence few field fight fill find fine finger
    finish first five flag flat float floor flour fly fold follow food forget fork four fresh front frost fruit
    full fun funny fur game gate gentle giant gift give glad glass globe go gold good grain grand grass gray
    great ground group grow guard guess guest guide hair half hall hammer happen hard harvest hat hay head heart
    heat heavy help hen here hero hide high hike hill hold hole holiday home honest honey hook hope hot hour
    huge hum hundred hungry hunt hurry ice idea inch ink inside iron jacket jar job join joke joy juice jump
    just keep kettle key kick kind kiss kite knee knife knock knot know lake land large last late laugh lazy
    leaf learn leave left leg lemonade lend less lesson letter level library lid life lift light like line lion
    lip list listen little live long look loose lost loud low lucky lunch magic mail make many map march mark
    market mask meadow meal mean meat meet melt mess middle mile mind mine minute mix money monkey month more
    most mother mud museum nail name narrow near neat neck need needle nest net never new news next nice nine
    noise none noon north note nothing now number nut oak oar oat ocean off often oil old once onion only open
    other out oven over owl own pack page pain paint pair pan parent park part party pass past path paw pay pea
    pear pen people pepper perfect pet piano pick pie piece pig pile pillow pilot pin pipe place plain plan
    plane plant plate play plenty point polite pond pony poor porch pot potato pour pretty price prince print
    prize proud pull pumpkin pupil pure push puzzle quarter quick quiet quilt race radio rag rail rainbow raise
    ran reach read ready real rest ribbon rice rich ride right ripe road roar robin rock roll roof room root
    rope rose rough round row rub rug ruler run sack sail salad same sand save saw scale scarf sea season seat
    second see seed sell send seven shade shadow shake shape share sharp sheep shelf shell shine shirt shop
    short shout show shut side sign silent silk simple sing sister sit six size skate skin skirt sky sleep
    sleeve slide slip slow small smart smell smile smoke smooth snail soap sock sofa soft soil some song soon
    sore sort sound sour south space spark speak spell spider spin splash spot square squirrel stable stage
    stair stamp stand start stay steam steel steep step stick still stop store storm straight strange straw
    stream street string stripe strong student such sunny supper sure surprise swan sweet swim swing table tail
    take tall tape task taste taxi teach team tear tell tent thank thick thief thin thing think thirsty thread
    three throat throne throw thumb thunder ticket tidy tie tiger time tin tiny tired toast today toe together
    tomorrow tongue tool tooth top towel tower toy trade trail travel treat trip true trunk trust truth try tube
    turn turtle twelve twenty twice twig twin two ugly umbrella uncle under until up use useful valley van vase
    very village violin visit voice wait wake walk wall want war warm wash wave wax way weak wear weather week
    well west wet whale wheat wheel whisper whistle wide wild win wing wise wish wolf wonder wood wool work
    world worm wrap wrist write wrong yard year young zebra zoo""")
)  # fmt: skip

ADJECTIVES = tuple(
    split("""
    big small old new red blue green white black happy sad kind brave tired hungry quiet loud fast slow warm
    cold soft hard round little clever young proud lazy funny bright dark clean wet dry tall""")
)  # fmt: skip
DOINGS = phrases("""sleeps|runs|sings|waits|laughs|comes home|sits down|jumps high|falls down|looks up|goes away|
    is here|is lost|is very happy|likes milk|wants to play|eats bread|drinks water|stands still|sees the moon""")
ONSETS = tuple(split("b c d f g h j k l m n p r s t v w z bl br cl dr fl gl gr pl pr sl st tr sn sp"))
NUCLEI = tuple(
    split("""
    a e i o u a e i o u ai oo ee""")
)
CODAS = ("", "", "", "", "n", "r", "l", "m", "t", "s", "x", "nd", "sh", "ck", "p")

# Ways to ask for something: {} is an imperative in lower case, such as `say banana`.
WAYS = phrases("""{}.|{}.|{}.|{}.|{}.|{}!|please {}.|please {}.|{}, please.|{} please.|can you {}?|can you {}?|
    could you {}?|can you please {}?|could you please {}?|will you {}?|I want you to {}.|I would like you to {}.|
    I need you to {}.|now {}.|okay, {}.|hey, {}.|hi, {}.|hello, can you {}?|try to {}.|go on and {}.|you must {}.|
    do me a favor and {}.|next, {}.|Specimen, {}.|Specimen, please {}.|your task is to {}.|your task: {}.|
    I ask you to {}.|kindly {}.|are you able to {}?|it would be nice if you could {}.|just {}.|let me see you {}.|
    hello Specimen, please {}.|hey, can you {}?|you should {}.|and now {}.|then {}.|ok, now {}.|be so kind and {}.""")
# Ways to ask a question: {} is a question without its mark, such as `what is the opposite of big`.
QUESTION_WAYS = phrases("""{}?|{}?|{}?|{}?|{}?|{}?|hey, {}?|hi, {}?|so, {}?|and {}?|okay, {}?|please tell me: {}?|
    tell me, {}?|Specimen, {}?|quick question: {}?|a question: {}?|I wonder, {}?|next question: {}?|now, {}?|
    answer this: {}?|can you tell me, {}?|say, {}?|{} please?""")
BEFORE = phrases("""I have a task for you.|Here is a small task.|Let us play a word game.|I am bored.|
    My teacher asked me this.|This is a test.|Here is an easy one.|I want to test you.|Let me try something.|
    You are good at this.|I am learning English.|Let us practice.|Listen.|Okay, next one.|Thank you for that.|
    Good.|One more thing.|Now something else.|I need your help.|Help me, please.|Let us do something fun.|
    I have something for you.|It is late.|I do not have much time.|Hi!|Hello!|Hey there!|Nice.|Great, thank you.""")
AFTER = phrases("""Thank you.|Thanks!|Be quick.|Do not say anything else.|Only that.|Nothing else.|Please!|
    It is easy.|I am waiting.|Do your best.|I hope you can do it.|Thank you in advance.|Can you do that?|
    Keep it short.""")

SAY_ONE = phrases("""say {0}|say {0}|say the word {0}|repeat {0}|repeat the word {0}|write {0}|write the word {0}|
    type {0}|print {0}|copy {0}|echo {0}|say '{0}'|repeat '{0}'|write '{0}'|type '{0}'|say "{0}"|write "{0}"|
    say only {0}|say just {0}|only say {0}|answer with {0}|answer with the word {0}|reply with {0}|respond with {0}|
    answer only {0}|say this word: {0}|repeat this word: {0}|write down {0}|write this word: {0}|
    say exactly this: {0}|say the following: {0}|repeat the following word: {0}|repeat after me: {0}|
    say {0} for me|write {0} for me|say {0} to me|say {0} back to me|tell me the word {0}|say {0} and nothing else|
    give me the word {0}|use one word: {0}|copy this word: {0}|read this out: {0}""")
SAY_MANY = phrases("""say {0}|say: {0}|repeat: {0}|repeat {0}|write: {0}|write {0}|type: {0}|print: {0}|copy: {0}|
    say '{0}'|repeat '{0}'|write '{0}'|say "{0}"|repeat "{0}"|say these words: {0}|repeat these words: {0}|
    write these words: {0}|copy these words: {0}|say the following: {0}|repeat the following: {0}|
    write the following: {0}|say exactly this: {0}|write exactly this: {0}|say only this: {0}|repeat after me: {0}|
    say after me: {0}|answer with this: {0}|reply with: {0}|respond with: {0}|write down: {0}|read this out: {0}|
    say the words {0}|repeat the words {0}|say what I say: {0}|repeat what I say: {0}|copy what I write: {0}|
    say the sentence: {0}|repeat the sentence: {0}|write the sentence: {0}|say this back to me: {0}|echo: {0}""")
_SAID = (
    "[say|say|say|repeat|repeat|write|write|type|print|output|echo|copy|answer with|reply with|respond with|"
    "write down|give back|put down|tell me|speak|send me|return]"
)
_QUOTED = "[{0}|{0}|{0}|'{0}'|\"{0}\"|*{0}*|({0})]"
SAY_PATTERNS = (
    f"{_SAID} [only |just |exactly |simply |]{_QUOTED}[| for me| back to me| and nothing else| and stop| once|"
    ", nothing more| right now| in your answer| without any other word| and that is all| exactly as it is]",
    f"{_SAID} [this|the following|exactly this|only this|what comes next|what follows|this text|my words|this line]: "
    f"{_QUOTED}",
)
"""Patterns of `fact_grammar`, imperatives, for a word or a phrase to be copied, `{0}`."""
SAY_WHOLE = (
    f"[I say|I write|My words are|Here it is:|Listen:|Look:] {_QUOTED}. "
    "[Now you.|Now you say it.|Say it too.|Repeat it.|Say it back.]",
    f"[After me|All together|Everybody|Out loud|Loud and clear]: {_QUOTED}",
    f"[Your answer must be|The answer should be|All you say is|Let your answer be|Your only reply is] {_QUOTED}[.|]",
    f"{_QUOTED} - [say it|repeat it|write that|copy that|say that again|now you]",
)
"""Whole turns for the same."""
SAY_WORD_PATTERNS = (
    f"{_SAID} [only |just |exactly |]the [word|single word|one word|name|term|noun] {_QUOTED}"
    "[| for me| and nothing else| back to me| once| and no other]",
    f"{_SAID} this [word|one word|single word|short word]: {_QUOTED}",
)
TIMES = {2: ("twice", "two times", "2 times"), 3: ("three times", "3 times", "thrice"), 4: ("four times", "4 times"),
         5: ("five times", "5 times")}  # fmt: skip
SAY_TIMES = phrases("""say {0} {1}|repeat {0} {1}|write {0} {1}|say the word {0} {1}|repeat the word {0} {1}|
    write the word {0} {1}|type {0} {1}|print {0} {1}|say '{0}' {1}|write '{0}' {1}|say {0} to me {1}""")
SAY_BOTH = phrases("""say {0} and then {1}|say {0}, then {1}|first say {0}, then say {1}|write {0} and then {1}|
    write {0}, then {1}|say {0} and after that {1}|say {1} after {0}|write {1} after {0}|say {0} before {1}""")
WHICH_WORD = phrases("""what is the {1} word of this: {0}|what is the {1} word here: {0}|
    what is the {1} word in '{0}'|which word comes {1} in this: {0}|which is the {1} word: {0}|
    what is the {1} word of this sentence: {0}""")
TELL_WORD = phrases("""tell me the {1} word of this: {0}|say the {1} word of this: {0}|
    write the {1} word of this sentence: {0}|give me the {1} word of '{0}'|repeat only the {1} word: {0}|
    name the {1} word of: {0}|say only the {1} word of this: {0}""")
BACKWARDS = phrases("""say these words backwards: {0}|write these words in reverse order: {0}|
    turn these words around: {0}|reverse the order of the words: {0}|say it backwards: {0}""")
HOW_MANY = phrases("""how many words are here: {0}|how many words are in this: {0}|how many words do you see: {0}""")
SPELL = phrases("""spell {0}|spell the word {0}|spell {0} for me|tell me how to spell {0}|spell this word: {0}""")
SPELLED = phrases(
    """cat|dog|sun|hat|bed|red|cow|pig|bus|cup|egg|ant|car|boy|map|pen|box|tree|book|fish|bird|moon|star|milk|
    house|apple|water|bread|hello|table|green|horse|chair|blue|king|ring|ship|snow|rain|tea|yes|no|love|home|door|
    hand|foot|nose|lion|bear|frog|duck|cake|ball|doll|kite|lamp|desk|rose|leaf|salt|rice|corn|bean|wind|fire|
    stone|river|plant|mouse|sheep|train|school|friend|happy"""
)
CAPITALS = phrases("""write {0} in capital letters|write {0} in big letters|write {0} in uppercase|
    make {0} uppercase|put {0} in capital letters|write the word {0} in capitals|say {0} in capital letters""")
LOWER = phrases("""write {0} in small letters|write {0} in lower case|make {0} lower case|put {0} in small letters""")
FIRST_LETTER = phrases("""what is the first letter of {0}|which letter does {0} begin with|what letter does {0} start
with|
    with which letter does {0} begin|what does the word {0} start with""")
LAST_LETTER = phrases("""what is the last letter of {0}|which letter does {0} end with|what letter does {0} end in|
    with which letter does {0} end|what does the word {0} end with""")
MAKE_PLURAL = phrases("""make {0} plural|put {0} in the plural|turn {0} into a plural|say the plural of {0}|
    write the plural of {0}|give me the plural of {0}|change {0} to the plural|form the plural of {0}|
    write {0} in the plural|tell me the plural of {0}""")
NOT_BELONGING = phrases("""which word does not belong: {0}|which one does not belong: {0}|what does not belong here:
{0}|
    which word does not fit: {0}|which one is the odd one out: {0}|which of these is different: {0}|
    which does not fit in this list: {0}|what is the odd word here: {0}|which of these does not belong: {0}""")
FIND_ODD = phrases("""find the word that does not belong: {0}|pick the odd one out: {0}|name the word that does not
fit: {0}|
    tell me which word does not belong: {0}|find the odd one: {0}|say which one is different: {0}|
    cross out what does not fit: {0}|choose the one that does not belong: {0}""")
WHICH_IS = phrases("""which of these is {0}: {1}|which one is {0}: {1}|which word is {0}: {1}|what is {0} here: {1}|
    which of these words is {0}: {1}|which is {0}: {1}""")
FIND_KIND = phrases("""find the {0}: {1}|pick the {0}: {1}|name the {0} in this list: {1}|choose the {0}: {1}|
    tell me which one is the {0}: {1}|point out the {0}: {1}""")
DOES_RHYME = phrases(
    "does {0} rhyme with {1}|do {0} and {1} rhyme|is {1} a rhyme for {0}|yes or no: does {0} rhyme with {1}"
)
NUMBER_WORDS = tuple(
    split("""zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty""")
)
ADDED = phrases("""what is {0} plus {1}|how much is {0} plus {1}|what is {0} + {1}|{0} + {1}|{0} plus {1}|{0}+{1}|
    what do {0} and {1} make|how much is {0} and {1}|what do you get if you add {0} and {1}|{0} + {1} = what|
    what does {0} plus {1} make|what is the sum of {0} and {1}|{0} plus {1} is what|how many are {0} and {1}|
    I have {0} apples and get {1} more. How many do I have|if I have {0} coins and find {1}, how many are there""")
ADD = phrases("""add {0} and {1}|add {1} to {0}|calculate {0} + {1}|work out {0} plus {1}|solve {0} + {1}|
    tell me what {0} plus {1} is|do the sum {0} + {1}""")
TAKEN = phrases("""what is {0} minus {1}|how much is {0} minus {1}|what is {0} - {1}|{0} - {1}|{0} minus {1}|{0}-{1}|
    what is left if you take {1} from {0}|how much is {0} less {1}|{0} minus {1} is what|what does {0} minus {1} make|
    I have {0} apples and eat {1}. How many are left|if I have {0} coins and lose {1}, how many are left""")
TAKE = phrases("""take {1} from {0}|subtract {1} from {0}|calculate {0} - {1}|work out {0} minus {1}|solve {0} - {1}|
    tell me what {0} minus {1} is""")
BLANK = phrases("""fill in the blank: {0}|fill the gap: {0}|put in the missing word: {0}|what is missing: {0}|
    complete: {0}|write the whole sentence: {0}|which word is missing here: {0}""")
OPPOSITES = dict(
    pair.split("/")
    for pair in split("""
    big/small hot/cold up/down in/out on/off day/night black/white good/bad happy/sad fast/slow tall/short
    old/young new/old open/closed full/empty rich/poor wet/dry hard/soft heavy/light dark/bright clean/dirty
    loud/quiet early/late easy/difficult strong/weak long/short thick/thin wide/narrow deep/shallow near/far
    left/right high/low true/false right/wrong yes/no begin/end start/stop first/last love/hate come/go
    give/take buy/sell push/pull laugh/cry win/lose find/lose sweet/sour rough/smooth brave/afraid warm/cool
    alive/dead before/after above/below inside/outside north/south east/west always/never more/less friend/enemy
    summer/winter morning/evening sit/stand sleep/wake ask/answer remember/forget front/back top/bottom
    kind/mean safe/dangerous same/different sharp/blunt ugly/beautiful asleep/awake boy/girl man/woman
    king/queen brother/sister small/big cold/hot down/up out/in night/day bad/good sad/happy slow/fast
    short/long young/old closed/open empty/full poor/rich dry/wet soft/hard dirty/clean quiet/loud late/early
    weak/strong thin/thick narrow/wide far/near low/high false/true wrong/right no/yes end/beginning last/first
    hate/love sell/buy pull/push cry/laugh lose/win never/always less/more enemy/friend winter/summer""")
)  # fmt: skip
OPPOSITE_OF = phrases("""what is the opposite of {0}|what's the opposite of {0}|which word is the opposite of {0}|
    do you know the opposite of {0}|what is the contrary of {0}|which word means the opposite of {0}|
    what word is opposite to {0}|{0} is the opposite of what""")
TELL_OPPOSITE = phrases("""tell me the opposite of {0}|give me the opposite of {0}|say the opposite of {0}|
    name the opposite of {0}|find the opposite of {0}|write the opposite of {0}|
    turn {0} into its opposite|change {0} to the opposite|think of the opposite of {0}|reply with the opposite of
    {0}""")
COUNT_TO = phrases("""count to {1}|count up to {1}|count from {0} to {1}|count from {0} up to {1}|
    list the numbers from {0} to {1}|count slowly to {1}|write all numbers from {0} to {1}|
    say the numbers {0} to {1}|count for me up to {1}|show me that you can count to {1}|
    start at {0} and count to {1}""")
COUNT_DOWN = phrases("""count down from {0} to {1}|count backwards from {0} to {1}|count back from {0} to {1}|
    go from {0} down to {1}|start at {0} and count down to {1}""")
NAME_SOME = phrases("""name {0} {1}|list {0} {1}|tell me {0} {1}|give me {0} {1}|write down {0} {1}|
    write {0} {1}|make a list of {0} {1}|say {0} {1}|think of {0} {1}|name any {0} {1}|write a list of {0} {1}|
    give me a list of {0} {1}|name {0} different {1}|find {0} {1}|list {0} {1} for me|tell me the names of {0} {1}|
    give me {0} examples of {1}|pick {0} {1}""")
NAME_ONE = phrases("""name {0}|name {0}|tell me {0}|give me {0}|think of {0}|name {0} you know|say the name of {0}|
    give me an example of {0}|pick {0}|write the name of {0}|choose {0}""")
GREETED = {
    "say hello to {0}": "Hello, {0}!", "say hi to {0}": "Hi, {0}!", "greet {0}": "Hello, {0}!",
    "greet my friend {0}": "Hello, {0}!", "say hello to my friend {0}": "Hello, {0}!",
    "say good morning to {0}": "Good morning, {0}!", "say good night to {0}": "Good night, {0}!",
    "say goodbye to {0}": "Goodbye, {0}!", "say bye to {0}": "Bye, {0}!", "thank {0}": "Thank you, {0}!",
    "say thank you to {0}": "Thank you, {0}!", "say sorry to {0}": "I am sorry, {0}.",
    "wish {0} a happy birthday": "Happy birthday, {0}!", "say happy birthday to {0}": "Happy birthday, {0}!",
    "wish {0} good luck": "Good luck, {0}!", "wish {0} a nice day": "Have a nice day, {0}!",
    "tell {0} a good night": "Good night, {0}!", "wish {0} a good evening": "Good evening, {0}!",
    "call me {0}": "All right, {0}!", "tell my sister {0} to get well": "Get well soon, {0}!",
    "wish my brother {0} well": "All the best, {0}!", "invite {0} to my party": "Please come to the party, {0}!",
}  # fmt: skip
CHOOSE = phrases("""choose {0} or {1}|choose: {0} or {1}|choose one: {0} or {1}|pick one: {0} or {1}|
    pick {0} or {1}|decide: {0} or {1}|choose between {0} and {1}|take one, {0} or {1}""")
PREFER = phrases("""which do you like better, {0} or {1}|do you prefer {0} or {1}|{0} or {1}|
    what do you like more, {0} or {1}|would you take {0} or {1}""")
WRITE_NOTE = phrases("""write a sentence about {0}|write one sentence about {0}|make a sentence about {0}|
    write a sentence with the word {1}|make a sentence with {1}|use the word {1} in a sentence|
    use {1} in a sentence|write something about {0}|tell me something about {0}|say something about {0}|
    give me a sentence with {1}|write a line about {0}|make up a sentence about {0}|put {1} in a sentence|
    write a short text about {0}|say one thing about {0}|give me an example sentence with {1}""")
WRITE_POEM = phrases("""write a poem about {0}|write a short poem about {0}|make a poem about {0}|
    tell me a poem about {0}|write me a little poem about {0}|make up a rhyme about {0}""")
POEMS = (
    "The {0} is here, the {0} is there, I see the {0} everywhere.",
    "I saw {1} last night, under the moon so bright.",
    "Oh little {0}, how nice to see, you make a happy friend of me.",
    "The sun is up, the day is new, and here {1} waits for you.",
)
RHYME_SETS = tuple(
    tuple(line.split())
    for line in (
        "cat hat bat rat mat", "dog frog fog log", "house mouse", "tree bee sea key free", "night light bright right",
        "moon spoon soon", "cake lake snake make", "ball wall tall fall", "star car far jar", "ring king sing wing",
        "boat goat coat", "bed red head", "day play say way", "rain train brain", "snow grow slow low",
        "book look cook hook", "bear chair hair pear", "sun fun run", "nose rose those", "boy toy joy",
        "sand hand land band", "nest best rest west", "fish dish wish", "bell well tell shell", "pen ten men hen",
        "stone bone phone", "door floor four more", "pie sky fly my", "clock rock sock lock", "duck truck luck",
        "wine line mine", "game name same", "ice nice mice rice", "pan man can fan", "late gate plate",
        "sheep sleep deep", "pot hot not", "bug rug mug hug", "five dive live", "meat feet seat", "lip ship trip",
        "year ear hear near", "gold cold old", "bright kite white", "corn horn born", "mouth south", "hill will fill",
        "pink drink think", "tail mail whale", "dream cream team", "love dove glove", "queen green seen",
        "spoon noon balloon", "rose toes goes", "mop top shop drop", "jam ham lamb", "key tree knee",
        "cook took hook", "wheel meal seal", "brain lane cane", "shade made trade", "blue shoe two new",
        "round ground sound", "lamp camp stamp", "drum plum thumb", "kitten mitten", "silly chilly hilly",
        "money honey funny", "letter better", "dinner winner", "table able", "candle handle", "river shiver",
        "mother brother", "butter mutter", "crown town down", "grape shape", "bee three me", "sock rock block",
        "leaf chief", "nine fine pine", "week peek seek",
        "pink drink think", "tail mail whale", "dream cream team", "love dove glove", "queen green seen",
        "spoon noon balloon", "rose toes goes", "mop top shop drop", "jam ham lamb", "key tree knee", "cook took hook",
        "wheel meal seal", "coin join", "brain lane cane", "shade made trade", "blue shoe two new",
        "round ground sound",
        "lamp camp stamp", "drum plum thumb", "kitten mitten", "silly chilly hilly", "money honey funny",
        "letter better",
        "dinner winner", "table able", "candle handle", "river shiver", "mother brother", "butter mutter",
        "crown town down",
        "grape shape", "bee three me", "sock rock block", "leaf chief", "nine fine pine", "week peek seek",
    )
)  # fmt: skip
RHYME_WITH = phrases("""what rhymes with {0}|which word rhymes with {0}|what is a rhyme for {0}|
    what word rhymes with {0}|what could rhyme with {0}|{0} rhymes with what""")
FIND_RHYME = phrases("""find a rhyme for {0}|find a word that rhymes with {0}|give me a rhyme for {0}|
    tell me a word that rhymes with {0}|name a word that rhymes with {0}|rhyme with {0}|make a rhyme with {0}|
    say something that rhymes with {0}""")
PROPERTIES = {
    "cold": phrases("ice|snow|winter|the north pole"), "hot": phrases("fire|the sun|boiling water|a burning stove"),
    "sweet": phrases("sugar|honey|candy|chocolate|cake"), "sour": phrases("vinegar|a lime"),
    "green": phrases("grass|a frog|a leaf"), "white": phrases("milk|snow|salt"), "red": phrases("blood|a cherry"),
    "big": phrases("an elephant|a whale|a mountain|the sea"), "small": phrases("an ant|a bee|a mouse|a grain of sand"),
    "hard": phrases("a stone|iron|a rock"), "soft": phrases("a pillow|wool|butter|a cloud"),
    "wet": phrases("water|rain|the sea"), "fast": phrases("a plane|a race car|the wind"),
    "slow": phrases("a snail|a turtle|a worm"), "loud": phrases("thunder|a big drum"),
}  # fmt: skip
OPPOSED = {"cold": "hot", "hot": "cold", "sweet": "salty", "sour": "sweet", "green": "purple", "white": "black",
           "red": "blue", "big": "small", "small": "big", "hard": "soft", "soft": "hard", "wet": "dry",
           "fast": "slow", "slow": "fast", "loud": "quiet"}  # fmt: skip
MORE_BEGINNINGS = dict(
    pair.split("/")
    for pair in phrases("""Roses are/red.|The night is/dark.|Ice is/cold.|Sugar is/sweet.|Grass is/green.|
    A stone is/hard.|The mouse eats/cheese.|The bird flies/over the trees.|The frog jumps/into the pond.|
    The horse eats/hay.|The sheep gives/wool.|The hen lays/an egg.|The bee likes/flowers.|The snail is/slow.|
    The spider makes/a web.|I brush my/teeth.|I wash my/hands.|I put on my/shoes.|I open the/door.|I close the/window.|
    I write with/a pencil.|I cut paper with/scissors.|I eat soup with/a spoon.|I sleep in/my bed.|
    We go to school by/bus.|My mother bakes/a cake.|My father drives/a car.|The doctor helps/sick people.|
    The baker bakes/bread.|The pilot flies/a plane.|The singer sings/a song.|The painter paints/a picture.|
    The driver stops/at the red light.|In spring the flowers/bloom.|In autumn the leaves/fall.|
    After the rain comes/the sun.|
    After Monday comes/Tuesday.|A week has/seven days.|A year has/twelve months.|A dog has/four legs.|
    A bird has/two wings.|
    A car has/four wheels.|When I am tired I/go to bed.|When I am hungry I/eat bread.|When I am thirsty I/drink water.|
    When I am happy I/smile.|When it is cold I/wear a coat.|When it is dark I/turn on the light.|
    Once upon a time there was/a little king.|An apple a day/keeps the doctor away.|One, two,/three.|
    Good things/take time.|I would like to be/a teacher.|My favorite day is/Sunday.|The opposite of big is/small.|
    Two and two is/four.|The old man walks/slowly.|The boy kicks/the ball.|The girl reads/a book.|
    The baby drinks/milk.|The ship goes/over the sea.|The leaves are/green.|The clock is on/the wall.|
    The fish swims in/the lake.|The bear sleeps in/winter.|The owl is awake at/night.|Please open/the window.""")
)
MORE_FINISH = phrases("""finish the sentence: {0}|finish this: {0}|complete this: {0}|complete the sentence: {0}|
    complete this sentence: {0}|end the sentence: {0}|finish what I say: {0}|continue: {0}|continue the sentence: {0}|
    go on with this: {0}|write the end of this sentence: {0}|fill in the end: {0}|continue this: {0}""")
MORE_LISTS = {
    "things in a bathroom": "a towel, soap, a mirror and a brush",
    "things at the beach": "sand, shells, waves and boats",
    "things in a forest": "trees, moss, deer and mushrooms", "things on a farm": "a barn, cows, hay and a tractor",
    "things in a bag": "a book, a pen, keys and an apple", "things that are green": "grass, leaves, peas and frogs",
    "things that are blue": "the sky, the sea and a plum", "things that are white": "snow, milk, salt and clouds",
    "things that are hot": "fire, the sun and fresh soup", "things that are sweet": "sugar, honey, cake and candy",
    "things that are soft": "a pillow, wool, butter and a cloud", "things that are hard": "a stone, iron and bone",
    "things that are big": "an elephant, a whale and a mountain", "things made of wood": "a table, a door and a chair",
    "things that are small": "an ant, a bee and a grain of sand", "things made of glass": "a window, a cup and a vase",
    "things that make noise": "a drum, a bell and a train", "things you can read": "a book, a letter and a newspaper",
    "things with wheels": "a car, a bike and a train", "things to do outside": "run, swim, climb and fly a kite",
    "things to do when it rains": "read, draw, sing and bake", "things that swim": "a fish, a duck and a whale",
    "things to say to a friend": "hello, thank you and I like you", "good names for a dog": "Max, Bella and Spot",
    "good names for a cat": "Lily, Tiger and Snow", "things to bring to a party": "a cake, some juice and a gift",
    "things you need for school": "a pen, a book and a bag", "things people wear": "a hat, a shirt and shoes",
    "words that begin with a": "apple, ant and arm", "words that begin with b": "ball, bird and book",
    "words that begin with s": "sun, snow and sea", "words that begin with t": "tree, table and tea",
    "words for a cold day": "snow, ice, coat and wind", "kind words": "please, thank you and sorry",
    "things in a bedroom": "a bed, a lamp and a pillow", "things in the sea": "fish, shells, crabs and whales",
    "things you can play with": "a ball, a doll, cards and blocks", "things for a picnic": "bread, cheese and juice",
}  # fmt: skip
LIST_SOME = phrases("""list some {0}|name some {0}|tell me some {0}|make a list of {0}|make a short list of {0}|
    write a list of {0}|give me a few {0}|list a few {0}|name a few {0}|write down some {0}|think of some {0}""")
FOLLOW_UPS = phrases("""and {0}?|now {0}|now with {0}|the same with {0}|and now {0}|okay, now {0}|do the same with {0}|
    then {0}|next: {0}|good, now {0}|how about {0}?|what about {0}?""")
SAY_AGAIN = phrases("""Say that again.|Again.|Again please.|Once more.|Repeat that.|Please repeat your answer.|
    Can you say that again?|One more time.|What did you say?|Could you repeat that?|Do it again.|Sorry, what?|
    Repeat what you said.|I did not hear you.""")
