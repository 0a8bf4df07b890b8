"""Names, places, objects, nouns and verbs of the in-context sentences, and which of them are held out.

A held-out name never takes part in an indirect-object sentence of training, and a held-out noun never is
the subject of a training sentence; both appear in other sentences, so that the words themselves are known.
"""

from __future__ import annotations

from typing import NamedTuple

split = str.split
"""`split("red blue")` is `["red", "blue"]`: tables of words read best as running text."""


class Noun(NamedTuple):
    singular: str
    plural: str


class Verb(NamedTuple):
    """A regular verb with what may follow it."""

    singular: str
    """With `he`: `runs`."""

    plural: str
    """With `they`: `run`."""

    endings: tuple[str, ...]


def phrases(text: str) -> tuple[str, ...]:
    """What stands between bars, on any number of lines."""
    return tuple(" ".join(phrase.split()) for phrase in text.split("|"))


def _nouns(pairs: str) -> tuple[Noun, ...]:
    """`key/keys mouse/mice` as nouns."""
    return tuple(Noun(*pair.split("/")) for pair in split(pairs))


NAMES = tuple(
    split("""
    Mary John Tom Lisa Anna Ben Lucy Jack Emma Sam Kate Paul Jane Mark Sarah David Laura Peter Susan James
    Alice Robert Emily Daniel Helen George Rachel Michael Julia Thomas Nina William Sophie Henry Olivia Charles
    Grace Edward Amy Frank Rose Simon Ruth Adam Molly Luke Nancy Steven Karen Kevin Linda Brian Diana Eric Sandra
    Jason Megan Ryan Holly Justin Amber Nathan Kelly Patrick Erin Sean Jill Scott Tina Greg Donna Dennis Carol
    Walter Joyce Roger Alan Judy Bruce Wendy Keith Gloria Carl Teresa Philip Jenny Victor Cindy Martin Angela
    Leo Mia Max Lily Tim Ella Noah Zoe Oscar Ruby Felix Ivy Hugo Daisy Theo Eva Louis Maya Owen Chloe Dylan Hannah
    Jacob Abby Ethan Leah Logan Sofia Mason Bella Lucas Stella Isaac Violet Aaron Hazel Joel Pam Gary Rita Harry
    Kim Bob Sue Bill Ann Fred Tara Matt Gina Dan Joan Joe Betty Nick Vera Andrew Maria Anthony Sally""")
)
HELD_OUT_NAMES = tuple(
    split("""
    Clara Arthur Elena Ralph Naomi Oliver Irene Colin Fiona Gordon Nora Trevor Paula Derek Sylvia Howard
    Celia Marcus Lydia Stuart Bridget Neil Audrey Ian Phoebe Douglas Esther Rupert""")
)

_MORE_NAMES = tuple(
    split("""
    Abigail Adrian Agnes Aiden Albert Alex Alexander Alfred Allison Alison Amanda Amelia Andrea Andy Anita Anne Annie
    April Ariel Ashley Barbara Barry Beatrice Becky Benjamin Bernard Beth Beverly Billy Blake Bobby Bonnie Brad Brandon
    Brenda Brett Brooke Bryan Caleb Calvin Cameron Camila Carla Carlos Caroline Carrie Casey Catherine Cathy Cecilia
    Chad Charlie Charlotte Chester Chris Christina Christopher Claire Claude Claudia Clive Cole Connor Corey Craig
    Crystal Curtis Cynthia Dale Damian Danny Daphne Darren Dave Dawn Dean Deborah Denise Derrick Diane Diego Dominic
    Donald Dora Doris Dorothy Drew Duncan Dustin Earl Eddie Edgar Edith Edwin Eileen Elaine Eleanor Elijah Eliza
    Elizabeth Ellen Ellie Elliot Elsa Elsie Emil Emilio Emmett Erica Ernest Ernie Eugene Eunice Evan Evelyn Faith
    Fatima Fernando Finn Fletcher Flora Florence Frances Francis Freddie Freya Gabriel Gavin Gemma Gerald Giles
    Gladys Glenn Graham Grant Greta Gus Gwen Hans Harold Harriet Hassan Heather Hector Heidi Herbert Hilda Hope
    Ida Imogen Ingrid Ira Isabel Isla Ivan Jackie Jade Jake Jamal Jamie Jan Janet Janice Jared Jasmine Jasper Jay Jean
    Jeff Jennifer Jeremy Jerry Jesse Jessica Jim Jimmy Joanna Jody Johanna Johnny Jon Jonas Jonathan Jordan Jorge
    Jose Josh Joshua Juan Juliet June Kai Karl Katherine Kathy Katie Kayla Keira Ken Kenneth Kirk Kurt Kyle Lance Lara
    Lars Larry Lauren Lawrence Layla Lena Lenny Leon Leonard Leslie Lewis Liam Lola Lorna Lorenzo Louise Lucia Luis
    Luna Lynn Mabel Mackenzie Madison Maggie Marcia Margaret Margot Marie Marina Mario Marion Marlene Marta Martha
    Marvin Mateo Maud Maureen Maurice Mel Melanie Melissa Mercy Meredith Mike Mildred Miles Millie Milo Miranda Miriam
    Mohammed Mona Monica Morgan Myra Nadia Nate Natalie Nelson Nicholas Nicole Nigel Nikolai Noel Norman Otto
    Pablo Pamela Patricia Patsy Pauline Pearl Pedro Peggy Penny Percy Perry Petra Phil Phyllis Pierre Piper Polly
    Priya Quentin Quinn Rafael Ramon Randy Raj Ray Raymond Rebecca Reggie Regina Rhonda Richard Rick Ricky Riley
    Rob Robbie Robin Rodney Roland Roman Ron Ronald Rory Rosa Rosie Ross Roxanne Roy Russell Sabrina Sadie Salma
    Samantha Samuel Sasha Saul Sebastian Selena Seth Shane Shannon Sharon Shawn Sheila Shelley Sherry Shirley Sidney
    Silas Skye Sonia Spencer Stacey Stan Stanley Stefan Stephanie Stephen Steve Summer Sven Sydney Tabitha Tamara Tanya
    Ted
    Terry Tessa Theodore Thelma Tiffany Toby Todd Tommy Tony Tracy Travis Troy Tyler Ursula Valerie Vanessa Vernon
    Veronica Vicky Vincent Viola Virginia Vivian Wade Wallace Wanda Warren Wayne Wesley Will Willow Winston Xavier
    Yasmin Yusuf Yvonne Zachary Zack Zara Zelda""")
)
_KNOWN = {*NAMES, *HELD_OUT_NAMES}
FIRST_NAMES = (*NAMES, *(name for name in dict.fromkeys(_MORE_NAMES) if name not in _KNOWN))
"""All names of training's indirect objects; `NAMES` alone stay the ones that the held-out items draw on."""

_STARTS = split("""
    ba bel bri cal da dor el fen fro gal gre hal is jo kel kri la lu mar mo ne ol pra qui ro sha sto
    ta ul""")
_ENDS = split("bo dak dra fin gor kin la lin mek na nor pax ra ris ron sa tan tha ven vik wen xa zim zu")
INVENTED_NAMES = tuple(
    name
    for start in _STARTS
    for middle in ("", "ra", "mi", "do", "ve")
    for end in _ENDS
    if (name := f"{start}{middle}{end}".capitalize()) not in {*FIRST_NAMES, *HELD_OUT_NAMES}
)
"""Names that nobody has: only the text can say who they are."""

PLACES = tuple(
    split("""
    store park school house garden office station market library beach kitchen farm zoo museum hospital
    restaurant cafe bakery church theater cinema castle forest river lake mountain village city bank hotel airport
    harbor bridge playground gym pool stadium classroom bedroom barn shop fair circus party picnic concert wedding
    meeting game factory temple tower campsite bookstore diner mall court field pond lab shed studio square
    aquarium clinic yard cabin""")
)
HELD_OUT_PLACES = tuple(
    split("palace garage supermarket pharmacy gallery cottage festival island workshop pier mill arena")
)

_MORE_PLACES = phrases(
    """
    train station| bus stop| post office| swimming pool| coffee shop| ice rink| toy store| pet shop| police station|
    fire station| town hall| city hall| book fair| flea market| fruit stand| gas station| hair salon| music school|
    dance class| swimming lesson| football game| school play| birthday party| family dinner| movie theater|
    dining room| living room| kitchen table| front door| back yard| bike path| botanical garden| art class|
    law firm| new house| old house| big house| lighthouse| stable| vineyard| greenhouse| cellar| attic| balcony|
    hallway| lobby| elevator| airplane| bus| train| ferry| boat| subway| tram| parking lot| well| fountain|
    statue| monument| desert| jungle| cave| valley| waterfall| meadow| orchard| marsh| coast| dock| port| shore| cliff|
    street| corner| crossroads| tunnel| road| trail| ballroom| stage| opera| ballet| parade| carnival|
    tournament| race| match| contest| lecture| lesson| exam| interview| ceremony| funeral| reunion| banquet| feast|
    picnic table| barbecue| dentist| doctor| hairdresser| tailor| butcher| grocery| deli| pizzeria| pub| bar| inn|
    hostel| motel| embassy| courthouse| prison| archive| laboratory| observatory| planetarium| university| college|
    kindergarten| nursery| dormitory| cafeteria| canteen| chapel| mosque| abbey| cemetery| ranch
    """
)
TRAINING_PLACES = (*PLACES, *_MORE_PLACES)

OBJECTS = tuple(
    split("""
    drink book ball kiss flower letter ring key cake apple pen hat coin map gift toy cup bag cookie sandwich
    snack basket necklace watch camera phone card box bottle candle chair clock coat computer blanket bone bell
    balloon brush drum guitar kite lamp lemon mirror orange painting pencil photo picture pillow plate present
    ribbon rope sweater shell shirt shoe spoon stone sword ticket umbrella violin wallet newspaper magazine scarf
    bracelet banana bone sticker puzzle hammer bucket""")
)

_MORE_OBJECTS = phrases(
    """
    a glass of water| a cup of tea| a cup of coffee| a glass of milk| a piece of cake| a piece of paper| a bowl of soup|
    a slice of bread| a slice of pizza| a bag of chips| a box of chocolates| a bunch of flowers| a pair of gloves|
    a pair of socks| a plate of cookies| a bar of soap| a bottle of juice| a basket of apples| a stack of letters|
    some water| some money| some bread| some cheese| some candy| some help| some advice| some soup| some food|
    some medicine| some ice cream| some old clothes| two tickets| two apples| three coins| ten dollars| five dollars|
    twenty dollars| a few coins| many books| all the money| all the cards| the last cookie| the last piece of cake|
    the first prize| the car keys| the house keys| the remote control| the salt| the bill| the report| the notes|
    the homework| the answer| the package| the parcel| the invitation| the recipe| the baby| the puppy| the kitten|
    the microphone| the trophy| the medal| the ball| the rope| the tools| the paint| the scissors| the newspaper|
    the menu| the change| the documents| the contract| the tray| the torch| the flag| the letter from the bank|
    a hug| a smile| a high five| a warm coat| a new bike| a new phone| a red rose| a yellow tulip| a wooden box|
    a silver spoon| a gold watch| a diamond ring| a blue pen| a big hug| a small present| a birthday card| a postcard|
    a message| an email| a note| a secret note| a used car| a laptop| a tablet| a charger| a skateboard| a football|
    a tennis racket| a chess set| a jigsaw puzzle| a board game| a comic book| a poem| a song| a story| a photograph|
    a drawing| a sketch| a stamp| a badge| a tie| a belt| a jacket| a dress| a helmet| a towel| a sponge| a broom|
    a shovel| a rake| a saw| a nail| a screwdriver| a flashlight| a battery| a magnet| a marble| a seashell| a feather|
    a leaf| a carrot| a tomato| a potato| a pear| a peach| a plum| a melon| a cherry| a grape| a muffin| a donut|
    a pancake| a waffle| a lollipop| a pie| a pretzel| a bagel| a burger| a taco| an egg| an onion| an envelope|
    an eraser| an old book| an old coin| an ice cream| an apple pie| an orange juice| an umbrella
    """
)
GIFTS = (*(f"{'an' if word[0] in 'aeiou' else 'a'} {word}" for word in OBJECTS), *_MORE_OBJECTS)
"""What is given in training, with its article."""

THINGS = _nouns("""
    key/keys cabinet/cabinets book/books table/tables chair/chairs house/houses car/cars tree/trees
    flower/flowers box/boxes door/doors window/windows lamp/lamps picture/pictures road/roads river/rivers
    bridge/bridges boat/boats ship/ships train/trains plane/planes bus/buses bike/bikes toy/toys ball/balls
    kite/kites drum/drums hat/hats shoe/shoes coat/coats shirt/shirts dress/dresses cup/cups plate/plates
    bottle/bottles spoon/spoons knife/knives bag/bags basket/baskets letter/letters card/cards pen/pens
    pencil/pencils ring/rings watch/watches clock/clocks mirror/mirrors bed/beds pillow/pillows blanket/blankets
    wall/walls roof/roofs garden/gardens park/parks school/schools church/churches tower/towers castle/castles
    farm/farms barn/barns field/fields hill/hills lake/lakes island/islands stone/stones rock/rocks cloud/clouds
    star/stars leaf/leaves branch/branches apple/apples cake/cakes cookie/cookies sandwich/sandwiches egg/eggs
    phone/phones camera/cameras computer/computers ticket/tickets coin/coins map/maps painting/paintings
    song/songs story/stories game/games""")
HELD_OUT_THINGS = _nouns("""
    candle/candles ladder/ladders truck/trucks bucket/buckets guitar/guitars shelf/shelves fence/fences
    carpet/carpets lemon/lemons statue/statues rope/ropes pot/pots glass/glasses hammer/hammers sofa/sofas""")
ANIMATES = _nouns("""
    dog/dogs cat/cats bird/birds horse/horses cow/cows pig/pigs duck/ducks rabbit/rabbits
    mouse/mice fox/foxes bear/bears lion/lions tiger/tigers monkey/monkeys frog/frogs elephant/elephants wolf/wolves
    kitten/kittens puppy/puppies child/children baby/babies friend/friends teacher/teachers doctor/doctors
    farmer/farmers student/students driver/drivers writer/writers singer/singers artist/artists worker/workers
    player/players neighbor/neighbors guest/guests visitor/visitors soldier/soldiers sailor/sailors pilot/pilots
    cook/cooks baker/bakers dancer/dancers nurse/nurses lawyer/lawyers judge/judges clown/clowns""")
HELD_OUT_ANIMATES = _nouns("""
    goat/goats turtle/turtles parrot/parrots squirrel/squirrels painter/painters
    manager/managers hunter/hunters author/authors customer/customers dentist/dentists gardener/gardeners
    chicken/chickens swimmer/swimmers""")
MALES = _nouns("boy/boys man/men king/kings uncle/uncles father/fathers brother/brothers son/sons actor/actors")
FEMALES = _nouns("""
    girl/girls woman/women queen/queens aunt/aunts mother/mothers sister/sisters daughter/daughters
    actress/actresses""")
HELD_OUT_MALES = _nouns("prince/princes grandfather/grandfathers waiter/waiters")
HELD_OUT_FEMALES = _nouns("princess/princesses grandmother/grandmothers waitress/waitresses")

_MORE_THINGS = _nouns("""
    pan/pans bowl/bowls fork/forks towel/towels brush/brushes rug/rugs curtain/curtains drawer/drawers desk/desks
    bench/benches stool/stools fan/fans heater/heaters stove/stoves oven/ovens fridge/fridges sink/sinks tap/taps
    radio/radios screen/screens keyboard/keyboards printer/printers cable/cables battery/batteries machine/machines
    engine/engines wheel/wheels tire/tires van/vans taxi/taxis tractor/tractors rocket/rockets balloon/balloons
    tent/tents flag/flags sign/signs post/posts gate/gates stair/stairs hall/halls room/rooms kitchen/kitchens
    office/offices shop/shops store/stores market/markets hotel/hotels museum/museums library/libraries city/cities
    village/villages country/countries street/streets path/paths valley/valleys beach/beaches wave/waves storm/storms
    flame/flames planet/planets moon/moons seed/seeds root/roots plant/plants rose/roses bush/bushes nut/nuts
    berry/berries cherry/cherries orange/oranges banana/bananas pear/pears potato/potatoes tomato/tomatoes
    onion/onions carrot/carrots pie/pies soup/soups pizza/pizzas cracker/crackers sock/socks glove/gloves scarf/scarves
    belt/belts button/buttons pocket/pockets wallet/wallets purse/purses suitcase/suitcases necklace/necklaces
    photo/photos poster/posters film/films movie/movies poem/poems article/articles report/reports message/messages
    note/notes question/questions answer/answers idea/ideas plan/plans problem/problems rule/rules law/laws
    word/words number/numbers line/lines circle/circles page/pages chapter/chapters lesson/lessons test/tests
    robot/robots doll/dolls puzzle/puzzles violin/violins piano/pianos trumpet/trumpets bell/bells knot/knots
    nail/nails saw/saws axe/axes shovel/shovels brick/bricks pipe/pipes tool/tools wire/wires chain/chains
    tooth/teeth foot/feet hand/hands eye/eyes wing/wings tail/tails feather/feathers nest/nests cage/cages""")
TRAINING_THINGS = (*THINGS, *_MORE_THINGS)
_MORE_ANIMATES = _nouns("""
    person/people kid/kids toddler/toddlers teenager/teenagers parent/parents cousin/cousins twin/twins
    stranger/strangers tourist/tourists traveler/travelers passenger/passengers pupil/pupils professor/professors
    scientist/scientists engineer/engineers chef/chefs butcher/butchers tailor/tailors plumber/plumbers
    carpenter/carpenters mechanic/mechanics electrician/electricians firefighter/firefighters guard/guards
    officer/officers detective/detectives thief/thieves pirate/pirates knight/knights wizard/wizards witch/witches
    giant/giants fairy/fairies ghost/ghosts hero/heroes coach/coaches runner/runners skater/skaters climber/climbers
    musician/musicians poet/poets editor/editors reporter/reporters director/directors secretary/secretaries
    assistant/assistants librarian/librarians patient/patients surgeon/surgeons senator/senators president/presidents
    mayor/mayors minister/ministers boss/bosses owner/owners leader/leaders partner/partners expert/experts
    bee/bees ant/ants spider/spiders fly/flies butterfly/butterflies snake/snakes lizard/lizards crocodile/crocodiles
    whale/whales dolphin/dolphins shark/sharks crab/crabs seal/seals penguin/penguins owl/owls eagle/eagles
    crow/crows pigeon/pigeons swan/swans goose/geese hen/hens rooster/roosters lamb/lambs donkey/donkeys
    camel/camels zebra/zebras giraffe/giraffes panda/pandas kangaroo/kangaroos hamster/hamsters calf/calves
    pony/ponies dragon/dragons hedgehog/hedgehogs""")
TRAINING_ANIMATES = (*ANIMATES, *_MORE_ANIMATES)

_ENDINGS = {
    "in the morning|every day|in the garden|all day|near the river|at night|in the park": """run walk sleep play sit
    sing dance jump swim eat rest stand hide work wait drink climb laugh smile travel""",
    "very quickly|very slowly|too fast|without a sound": "move turn leave arrive return stop learn grow",
    "the house|the old road|the big tree|a good story|the music|the sun|the rain|the snow": """like love see know
    remember need want hate enjoy miss find""",
    "a lot|too much|very well|every evening|for a long time": "talk read cook write think draw paint speak dream help",
    "at the moon|at the door|at the people|at the birds": "look point shout stare",
    "about the weather|about the game|about the food": "complain ask worry hear",
    "to the city|to the lake|to the village|to the station": "drive ride hurry march",
}
_THING_ENDINGS = {
    "new|old|nice|very expensive|clean|strange|beautiful": "look seem appear remain stay",
    "to my family|to the museum|to the city|to the school": "belong matter",
    "a lot of money|too much|ten dollars": "cost",
    "in the wind|too easily|in the winter|every year|sometimes": "break fall move shake change disappear",
}


_MORE_ENDINGS = {
    "on the floor|under the table|in the corner|by the fire|with the others|after lunch|in the rain|on Sundays": """wake
    wander crawl roll shiver yawn relax exercise argue fight whisper giggle snore dream wave dive hop skip""",
    "with care|from the first day|in a few minutes|at the end of the day|without help": """finish begin practice improve
    pay vote agree disagree succeed fail""",
    "the letter|the map|the box|the big cake|the bag|the old clock|two apples|some bread|a red chair": """hold carry
    bring take buy sell hide find lose keep check choose steal share""",
    "the door|the box|the window|the gate": "open close lock paint fix clean",
    "the children|the neighbors|the old man|the new teacher|their mother|the dogs|my family|everyone": """help visit
    follow call watch meet trust thank teach hear greet invite warn surprise chase protect answer push""",
    "to the other side|back home|into the house|out of the room|up the hill|down the road|across the street|away": """go
    come run walk hurry rush climb""",
    "to the other side|back home|away": "swim crawl fly drive sail row",
    "that it is late|that the story is true|that the door is open|that nobody is at home|that all is well": """know
    think believe say understand explain""",
    "to go home|to play outside|to help|to see the lake|to eat now|to sleep|to learn more": """want like love need try
    hope plan start decide prefer""",
    "for the bus|for the train|for a better day|for an answer": "wait hope look ask",
}
_MORE_THING_ENDINGS = {
    "on the wall|on the shelf|near the window|in the basement|in the corner|behind the door": "stand hang lean rest",
    "in the dark|in the sun|at night|all day|in the evening": "shine glow smell work rattle squeak stink sparkle",
    "on Monday|at noon|in May|in ten minutes|soon": "open close arrive start end begin stop",
    "three parts|a hundred pages|a lot of space|a few mistakes|more time|some water|good light": """need contain
    include take""",
    "good|bitter|sweet|terrible|like summer": "smell taste feel look",
    "a lot|two pounds|less than before": "weigh cost",
}


def third_person(verb: str) -> str:
    """`run` to `runs`, `hurry` to `hurries`, `miss` to `misses`."""
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "o")) else "s")


def _verbs(table: dict[str, str]) -> tuple[Verb, ...]:
    return tuple(
        Verb(third_person(verb), verb, tuple(endings.split("|")))
        for endings, verbs in table.items()
        for verb in verbs.split()
    )


ANIMATE_VERBS = _verbs(_ENDINGS)
THING_VERBS = _verbs(_THING_ENDINGS)
TRAINING_ANIMATE_VERBS = (*ANIMATE_VERBS, *_verbs(_MORE_ENDINGS))
TRAINING_THING_VERBS = (*THING_VERBS, *_verbs(_MORE_THING_ENDINGS))

AGELESS_ADJECTIVES = tuple(split("big small red blue green white black little nice pretty old new"))
PERSON_ADJECTIVES = tuple(split("old young big small little tall nice happy sad tired kind"))
THING_STATES = phrases(
    """
    old| new| red| blue| white| big| small| clean| dirty| broken| ready| beautiful| here| gone| very old|
    not new| too small| in the room| on the hill| by the road| made of wood| easy to find| very nice|
    on the left
    """
)
ANIMATE_STATES = phrases(
    """
    tired| happy| sad| hungry| late| ready| kind| angry| afraid| asleep| here| at home| in the garden|
    very old| not happy| in the park| very quiet| thirsty| alone| sick| by the river| in the house| busy|
    friendly
    """
)
POSSESSIONS = phrases(
    """
    a name| a new roof| two colors| a long history| a small hole| a red mark| no color| a good smell|
    a funny shape
    """
)
BELONGINGS = phrases(
    """
    a name| a new home| two friends| a long day| a big house| no time| a good idea| blue eyes| a red hat
    """
)

TRAINING_THING_STATES = (
    *THING_STATES,
    *phrases(
        """
        open| closed| empty| full| wet| dry| heavy| light| cheap| expensive| famous| useful| useless| important|
        strange| lost| missing| too big| too old| very small| almost new| quite dark| made of paper| made of stone|
        covered in dust| covered with snow| for sale| on fire| under the bed| on the table| in the box| behind the
        house| at the back| painted green| painted by hand| sold out| hidden in the cellar| full of water| from
        Italy| ten years old| better than before| not very good| the same as yesterday| hard to see| getting old|
        falling apart| ready now| wrong| right| safe| dangerous| round| long| short| clean again| worth a lot| never
        the same| still there| always in the way
        """
    ),
)
TRAINING_ANIMATE_STATES = (
    *ANIMATE_STATES,
    *phrases(
        """
        clever| brave| polite| rude| lazy| nervous| proud| rich| poor| famous| young| ill| awake| safe| lost| in
        danger| in trouble| at school| at work| on the bus| in the kitchen| on holiday| from Spain| from the city|
        under the tree| very good at chess| good at football| afraid of the dark| ready to leave| too tired to walk|
        not here today| waiting outside| sleeping on the couch| running to the bus| looking for food| playing in the
        snow| singing a song| eating lunch| reading in bed| swimming in the lake| talking about the game| standing
        in line| going home| laughing at the joke| working late| watching the rain| getting ready| always late|
        never at home| still awake| already asleep| not afraid| almost there| in love| on the way| glad to be back|
        sure about it| worried
        """
    ),
)
TRAINING_POSSESSIONS = (
    *POSSESSIONS,
    *phrases(
        """
        a crack in the middle| four legs| no door| two doors| a number on the back| many colors| a strong smell|
        a secret| a new owner| a sharp edge| a soft cover| nothing inside| a happy ending| sold well| been repaired|
        been here for years| disappeared| changed a lot| become famous| fallen down
        """
    ),
)
TRAINING_BELONGINGS = (
    *BELONGINGS,
    *phrases(
        """
        a cold| a headache| long hair| brown eyes| many friends| a question| a problem| a plan| a car| a garden| no
        money| two children| a lot of work| three dogs| nothing to eat| a good job| a loud voice| gone home| left
        already| seen the film| lost the game| eaten everything| arrived at last| forgotten the key| never been to
        Rome
        """
    ),
)

COMMON_WORDS = tuple(
    split("""
    water fire earth wind sun moon star rain snow ice tree leaf grass seed bread marmalade milk salt sugar tea rice fish
    meat egg cake soup hand foot head eye ear nose mouth arm leg back heart day night week month year hour summer winter
    spring morning evening red blue green black white yellow brown gold silver big small long short tall round soft
    hard hot cold warm cool fast slow old new good bad happy sad angry brave kind quiet loud dark light clean dirty
    run walk jump swim fly sing dance read write talk eat sleep sit stand open close give take make find keep lose
    push pull cut grow stop start help play work build paint dog cat horse cow pig bird duck fox bear wolf lion mouse
    frog bee ant king queen man woman boy girl baby friend mother father brother sister doctor teacher farmer house
    door window wall floor roof room bed table chair lamp clock box bag cup plate knife spoon road street bridge river
    lake sea hill field farm town city north south east west left right up down over under near far early late always
    never often maybe today tomorrow yesterday because before after with from into about again other every many few
    some all none one two three four five six seven eight nine ten first second third last next car bus train boat
    ship plane wheel ball game toy drum bell song story book paper pen letter word name number color shape line
    point circle square map key coin ring hat coat shoe shirt dress glass stone wood iron wool silk rope cloud storm
    island forest desert garden market school church castle tower village""")
)

_UNITS = split(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
)
TENS = tuple(split("twenty thirty forty fifty sixty seventy eighty ninety"))
NUMBER_WORDS = (*_UNITS, *(ten + unit for ten in TENS for unit in ("", *(f"-{word}" for word in _UNITS[1:10]))))
"""0 to 99 in words."""
