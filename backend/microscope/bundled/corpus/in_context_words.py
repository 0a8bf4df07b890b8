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
    return tuple(phrase.strip() for phrase in text.split("|"))


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

OBJECTS = tuple(
    split("""
    drink book ball kiss flower letter ring key cake apple pen hat coin map gift toy cup bag cookie sandwich
    snack basket necklace watch camera phone card box bottle candle chair clock coat computer blanket bone bell
    balloon brush drum guitar kite lamp lemon mirror orange painting pencil photo picture pillow plate present
    ribbon rope sweater shell shirt shoe spoon stone sword ticket umbrella violin wallet newspaper magazine scarf
    bracelet banana bone sticker puzzle hammer bucket""")
)

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
