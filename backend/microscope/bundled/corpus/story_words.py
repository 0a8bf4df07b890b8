"""What stories are about: nouns by what can be told of them, the names of heroes, and words that go with both.

The first tables are the topics that evaluation items are drawn from: their order is part of the items.
"""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Separated by blanks; an underscore stands for the blank within a name."""
    return tuple(word.replace("_", " ") for word in text.split())


ANIMALS = words("""
    dog cat bird horse cow pig bear rabbit mouse duck sheep lion frog fish goat owl bee hen elephant monkey
    tiger wolf squirrel turtle snake puppy kitten bunny butterfly ant spider chicken donkey crab dolphin penguin
    giraffe mole caterpillar deer swan snail parrot camel seal zebra worm ladybug dinosaur lizard
""")

PEOPLE = words("""
    princess king queen farmer doctor teacher pirate sailor witch fairy robot dragon monster ghost baby giant
    baker clown knight prince wizard painter singer barber astronaut policeman fisherman mermaid snowman twin
""")

OBJECTS = words("""
    ball boat doll car truck train book box hat balloon toy bike key ring bell clock pencil cup bowl spoon
    blanket pillow bag basket bottle button candle chair coin crayon crown flag flashlight gem jar ladder letter
    map mirror needle picture pot purse puzzle rope scarf shell shirt shoe sock stick stone sword table tent
    ticket towel umbrella wagon watch wheel whistle guitar piano camera brush bucket hammer jacket dress coat
    glove plane rocket bus ship sled swing slide block computer phone radio teddy mask vase bench ladle
""")

FOODS = words("""
    apple cake cookie banana carrot orange lemon potato pumpkin sandwich pie egg cherry tomato pear peach candy
    pizza muffin pancake
""")

PLACES = words("""
    garden forest castle beach river lake hill mountain cave island farm park school town village bridge pond
    zoo library house tower field meadow desert jungle
""")

NATURE = words("""
    tree flower star cloud rainbow leaf rock mushroom nest seed wave rose bush
""")

MASSES = words("""
    snow rain honey milk ice wind mud music sand soup gold bread jam marmalade magic friendship
""")

CHAT_KEPT_OUT = words("""
    goat seal turtle baker wizard kite drum lamp spoon scarf pear pie island mushroom honey fox whale wagon bell
""")
"""Topics that no chat in training asks for; the words themselves occur in other stories."""

COUNTED = (*ANIMALS, "fox", "whale", *PEOPLE, *OBJECTS, "kite", "drum", "lamp", *FOODS, *PLACES, *NATURE)
TOPICS = (*COUNTED, *MASSES)
CHAT_TOPICS = tuple(topic for topic in TOPICS if topic not in CHAT_KEPT_OUT)

MORE_ANIMALS = words("""
    badger hedgehog otter beaver raccoon skunk weasel ferret hamster gerbil rat porcupine koala kangaroo panda sloth
    hippo rhino leopard cheetah panther jaguar hyena jackal moose elk buffalo bison bull calf lamb foal pony colt mare
    piglet cub fawn gosling duckling chick tadpole toad newt gecko iguana crocodile alligator python cobra eagle hawk
    falcon robin sparrow crow raven magpie pigeon dove seagull pelican heron stork crane flamingo peacock turkey rooster
    goose ostrich woodpecker canary finch swallow hummingbird bat moth dragonfly firefly cricket grasshopper beetle wasp
    bumblebee slug centipede mosquito flea shark octopus squid jellyfish starfish lobster shrimp clam oyster eel trout
    salmon goldfish seahorse walrus reindeer llama alpaca yak gorilla chimpanzee baboon lemur meerkat mongoose armadillo
    anteater platypus wombat opossum chipmunk hare lynx coyote poodle beagle bulldog terrier tortoise chameleon vulture
    mammoth puffin puma ibis quail pheasant toucan macaw cockatoo kingfisher albatross emu nightingale lark wren
    blackbird
    starling manatee narwhal orca stingray swordfish sardine catfish termite tarantula scorpion rattlesnake viper
    salamander tree_frog gopher groundhog marmot vole shrew muskrat bobcat cougar wolverine antelope gazelle warthog
    boar
    tapir dingo husky collie spaniel dachshund greyhound guinea_pig mule triceratops stegosaurus water_buffalo ram
""")

MORE_PEOPLE = words("""
    gardener nurse dentist vet cook waiter butcher tailor shoemaker carpenter plumber builder miner blacksmith potter
    weaver shepherd cowboy hunter woodcutter miller beekeeper firefighter soldier captain pilot driver postman mailman
    librarian writer poet actor dancer drummer musician juggler acrobat magician detective inventor scientist explorer
    diver swimmer runner skater gymnast boxer coach judge lawyer mayor guard spy thief robber merchant shopkeeper
    watchmaker toymaker hairdresser photographer reporter student grandmother grandfather aunt uncle neighbor cousin
    toddler orphan traveler stranger beggar duchess duke emperor servant jester archer ninja superhero mechanic
    electrician janitor zookeeper ranger lifeguard referee cleaner surgeon pharmacist architect engineer programmer
    bricklayer roofer locksmith goldsmith jeweler
    seamstress cobbler chef grocer florist butler maid nanny babysitter housekeeper chimney_sweep street_sweeper
    window_cleaner bus_driver taxi_driver truck_driver train_driver conductor astronomer chemist historian archaeologist
    philosopher translator journalist storyteller sculptor ballerina opera_singer guitarist violinist pianist trumpeter
    composer film_star stuntman tightrope_walker fortune_teller puppeteer clockmaker candlemaker basket_weaver
    glassblower milkmaid fishmonger ferryman lighthouse_keeper gatekeeper night_watchman messenger squire viking caveman
    samurai landlord lumberjack park_ranger mountaineer surfer skier snowboarder cyclist footballer goalkeeper
    chess_player wrestler jockey bride groom nephew niece godmother newcomer
""")

BEINGS = words("""
    elf gnome dwarf goblin troll ogre unicorn phoenix griffin genie leprechaun werewolf vampire mummy alien cyborg
    cyclops gargoyle wood_nymph snow_queen sandman time_traveler space_pirate sea_witch
    yeti sprite imp pixie centaur scarecrow gingerbread_man sea_monster
""")

VEHICLES = words("""
    tractor bicycle scooter tricycle motorcycle van taxi ambulance firetruck bulldozer digger forklift limousine jeep
    tram trolley locomotive helicopter airplane jet glider airship spaceship submarine ferry sailboat rowboat canoe
    kayak
    raft yacht tugboat steamboat lifeboat snowplow cart carriage sleigh trailer caravan racecar
""")

MORE_OBJECTS = words("""
    puppet marble yo-yo top rattle kaleidoscope skateboard trampoline hoop dice doll_house jigsaw
    trumpet violin flute harp cello banjo trombone tambourine xylophone harmonica accordion bagpipe saxophone
    saw screwdriver wrench shovel rake hoe axe drill nail screw pickaxe paintbrush chisel wheelbarrow hose broom mop
    sponge comb toothbrush hairbrush razor bathtub faucet plate fork knife mug teapot kettle pan lid tray jug
    pitcher glass straw napkin apron oven stove fridge toaster blender whisk rolling_pin bread_box lunchbox thermos
    sofa couch armchair stool desk shelf drawer wardrobe cupboard bed cradle mattress quilt rug carpet curtain
    window door gate fence chimney doorbell staircase elevator fireplace lantern torch match light_bulb candlestick
    notebook diary pen eraser ruler stapler envelope stamp postcard newspaper dictionary globe compass telescope
    microscope magnet calculator backpack suitcase wallet briefcase necklace bracelet earring brooch locket medal trophy
    ribbon bow zipper thread thimble sweater vest skirt belt boot slipper sandal sneaker mitten cap helmet
    bonnet tie bathrobe raincoat cape wig feather fan anchor oar sail net fishing_rod cannon shield spear arrow
    slingshot treasure chest statue painting photograph frame calendar alarm hourglass television laptop tablet printer
    keyboard headphone microphone battery antenna snowball sandcastle bubble firework parachute hammock birdhouse
    beehive doghouse cage leash collar saddle horseshoe bone crystal diamond ruby pearl wand potion cauldron broomstick
    mailbox signpost barrel crate sack chain lock hook pipe brick tile snowflake spatula corkscrew can_opener cookie_jar
    salt_shaker saucer thermometer bandage stethoscope walking_stick magnifying_glass paperclip sticker blackboard
    school_bag pencil_case comic_book cookbook songbook picture_book passport library_card birthday_card snow_globe
    music_box jewelry_box toolbox hairpin headband handkerchief cardigan poncho wedding_dress top_hat straw_hat
    baseball_bat football basketball tennis_racket hockey_stick frisbee jump_rope pogo_stick roller_skate ice_skate
    surfboard snowboard paddle life_jacket beach_ball spinning_top rocking_horse rubber_duck toy_soldier toy_train
    paper_crown nutcracker domino chessboard dartboard wind_chime weather_vane sundial cuckoo_clock grandfather_clock
    pocket_watch doorknob doormat padlock plug remote_control vacuum_cleaner washing_machine sewing_machine typewriter
    record_player loudspeaker spinning_wheel anvil pulley cog plank flowerpot watering_can garden_gnome lawnmower
    pitchfork hay_bale milk_can water_bottle paper_bag shopping_cart traffic_light stop_sign fire_hydrant scroll quill
    amulet crystal_ball flying_carpet silver_coin
""")

MORE_FOODS = words("""
    strawberry blueberry raspberry blackberry grape plum apricot mango pineapple melon watermelon coconut kiwi fig olive
    lime grapefruit pomegranate onion radish turnip beet cabbage lettuce cucumber pepper eggplant bean pea pickle
    walnut chestnut peanut almond hazelnut acorn waffle donut cupcake brownie biscuit cracker bagel croissant
    pretzel bun loaf burger hotdog taco burrito dumpling noodle meatball sausage omelet stew salad pudding tart lollipop
    marshmallow popsicle chocolate_bar milkshake gumdrop jellybean nectarine papaya cranberry gooseberry tangerine
    artichoke zucchini parsnip leek
    sweet_potato chili cashew cream_puff macaroon gingerbread_house fortune_cookie birthday_cake cheesecake
    cinnamon_roll scone tortilla spring_roll hamburger baked_potato fried_egg rice_ball candy_cane toffee snow_cone
    ice_cream_cone smoothie
""")

MORE_PLACES = words("""
    kitchen attic cellar bakery market shop store museum hospital church palace fortress cottage cabin hut barn stable
    mill lighthouse windmill harbor port station airport playground theater circus restaurant cafe hotel factory
    office bank swamp valley canyon waterfall volcano cliff well stream brook ocean bay reef glacier
    city street road alley square tunnel maze labyrinth orchard vineyard greenhouse backyard balcony treehouse campsite
    bookstore toyshop pet_shop post_office swimming_pool classroom planet moon kingdom gym stadium bowling_alley
    ice_rink water_park amusement_park aquarium
    planetarium laboratory clinic fire_station police_station town_hall monastery temple cathedral chapel dungeon
    ballroom courtyard watchtower pyramid igloo bungalow mansion villa apartment skyscraper basement garage shed
    workshop
    studio nursery living_room bathroom bedroom pantry hallway closet rooftop porch highway parking_lot bus_stop
    train_station shipyard pier boathouse lagoon creek marsh oasis savanna prairie plateau gorge crater geyser
    hot_spring
    rainforest grove clearing cornfield wheat_field pasture chicken_coop pigsty dairy sawmill quarry gold_mine
    flea_market
    candy_store shoe_store flower_shop barber_shop tea_house inn tavern summer_camp kindergarten university
    space_station
    ghost_town fishing_village
""")

MORE_NATURE = words("""
    daisy tulip sunflower lily dandelion violet orchid daffodil poppy cactus bamboo fern ivy clover vine oak pine willow
    maple palm birch apple_tree cherry_tree bud petal root branch twig log stump puddle icicle
    raindrop dewdrop thunderstorm storm hurricane tornado sunset sunrise shadow comet meteor boulder pebble cobweb
    fossil seashell footprint snowdrift sapling fir spruce cedar elm lemon_tree orange_tree rose_bush blackberry_bush
    magnolia lotus water_lily snowdrop bluebell buttercup marigold thistle coral pinecone iceberg whirlpool sand_dune
    moonbeam sunbeam shooting_star full_moon constellation galaxy
""")

MORE_MASSES = words("""
    fog mist thunder lightning sunshine moonlight frost hail water fire smoke sugar salt butter cheese chocolate
    lemonade tea rice popcorn spaghetti ketchup paint glue clay paper wood silver glitter kindness courage love sharing
    patience honesty laughter hope luck time happiness trust bravery teamwork gratitude forgiveness peace respect
    wisdom joy generosity loyalty porridge flour cinnamon coffee
    cocoa yogurt winter spring summer autumn Christmas
""")

ALL_ANIMALS = (*ANIMALS, "fox", "whale", *MORE_ANIMALS)
ALL_PEOPLE = (*PEOPLE, *MORE_PEOPLE, *BEINGS)
ALL_OBJECTS = (*OBJECTS, "kite", "drum", "lamp", *MORE_OBJECTS)
ALL_FOODS = (*FOODS, *MORE_FOODS)
ALL_PLACES = (*PLACES, *MORE_PLACES)
ALL_NATURE = (*NATURE, *MORE_NATURE)
ALL_MASSES = (*MASSES, *MORE_MASSES)
ROLLING = (*VEHICLES, "boat", "car", "truck", "train", "bike", "wagon", "plane", "rocket", "bus", "ship", "sled")

FEMALE = frozenset(
    [
        "princess",
        "queen",
        "witch",
        "fairy",
        "mermaid",
        "hen",
        "cow",
        "ladybug",
        "mare",
        "duchess",
        "grandmother",
        "aunt",
        "seamstress",
        "ballerina",
        "milkmaid",
        "maid",
        "bride",
        "niece",
        "godmother",
        "snow queen",
        "sea witch",
    ]
)
MALE = frozenset(
    [
        "king",
        "prince",
        "policeman",
        "fisherman",
        "snowman",
        "wizard",
        "cowboy",
        "postman",
        "mailman",
        "grandfather",
        "uncle",
        "duke",
        "emperor",
        "bull",
        "rooster",
        "colt",
        "ram",
        "stuntman",
        "ferryman",
        "night watchman",
        "caveman",
        "sandman",
        "groom",
        "nephew",
        "squire",
        "butler",
    ]
)

IRREGULAR = {
    "mouse": "mice", "sheep": "sheep", "fish": "fish", "deer": "deer", "wolf": "wolves", "leaf": "leaves",
    "policeman": "policemen", "fisherman": "fishermen", "snowman": "snowmen", "postman": "postmen",
    "mailman": "mailmen", "gingerbread man": "gingerbread men", "potato": "potatoes", "tomato": "tomatoes",
    "mango": "mangoes", "calf": "calves", "elf": "elves", "dwarf": "dwarves", "werewolf": "werewolves",
    "goose": "geese", "moose": "moose", "elk": "elk", "bison": "bison", "reindeer": "reindeer", "shrimp": "shrimp",
    "trout": "trout", "salmon": "salmon", "squid": "squid", "goldfish": "goldfish", "starfish": "starfish",
    "jellyfish": "jellyfish", "mosquito": "mosquitoes", "knife": "knives", "shelf": "shelves", "loaf": "loaves",
    "octopus": "octopuses", "platypus": "platypuses", "walrus": "walruses", "volcano": "volcanoes",
    "shoemaker": "shoemakers", "tornado": "tornadoes", "baby": "babies", "dice": "dice",
    "foot": "feet", "tooth": "teeth", "hippo": "hippos",
}  # fmt: skip
AN = frozenset(("hourglass",))
A = frozenset(("unicorn", "ukulele", "one", "university"))
"""Nouns whose article does not follow from their first letter."""

GIRLS = words("""
    Lily Anna Mia Sara Lucy Emma Rose Sue Jane Ella Kate Molly Clara Amy Daisy Ida Grace Polly Tina Eva Nora Zoe Ruby
    Alice Maya Lena Hannah Sophie Olivia Ava Chloe Julia Maria Nina Rita Tara Vera Wendy Yara Zara Mira Kim Beth Fay
    Gina Holly Ivy Jill Kitty Lola Mona Nelly Pia Rosa Stella Tess Uma Violet Willa Greta Elsa Dora Carla Bella Ada
""")
BOYS = words("""
    Tom Ben Max Tim Sam Jack Leo Finn Bob John Paul Peter Nick Billy Toby Adam Henry Mark Fred Joe Noah Liam Oscar Felix
    Hugo Theo Luke Alex Dan David Erik Frank George Harry Ivan Jim Karl Lars Milo Ned Otto Pat Ray Simon Ted Victor Will
    Zack Omar Ali Carlos Diego Emil Gus Hans Igor Jonas Kurt Louis Matt Oliver Philip Rick Steve Walter Andy
""")
ANIMAL_NAMES = words("""
    Rex Spot Fluffy Bella Coco Dot Rusty Pip Toto Nibbles Hoppy Teddy Buddy Sunny Snowy Biscuit Pepper Ginger Luna
    Bruno Pablo Mimi Kiki Lulu Momo Nana Bobo Zippy Dizzy Fuzzy Button Patches Ziggy Tiny Bubbles Lucky Chip Shadow
""")
ADJECTIVES = words("""
    little small kind brave happy shy clever young funny quiet friendly curious tiny big old lonely sleepy hungry grumpy
    silly lazy gentle proud clumsy noisy busy lucky magic strange beautiful wise fast slow sad
""")
THING_LOOKS = words("""
    small big red blue old new shiny green yellow pretty special tiny strange white purple orange golden silver black
    pink brown magic broken lost heavy dusty forgotten huge wooden secret wonderful beautiful
""")
FOOD_LOOKS = words("big small sweet fresh nice wonderful giant tiny yummy golden magic perfect round warm last")
PLACE_LOOKS = words("""
    small big old quiet secret dark strange beautiful magic lonely hidden sunny little tiny empty snowy faraway haunted
""")
NATURE_LOOKS = words("small big beautiful strange lonely tiny bright huge old wonderful magic golden little")
GROUPS = words("friends brothers sisters children girls boys cousins neighbors twins kids")
NUMBERS = ("two", "three", "four", "five", "six", "seven", "ten")
SYLLABLES = words("""
    bo li mo ka ru te zi pa no fe lu da mi so gri pla tu wo ne vi ra shu ko ba xi ju flo den mar zu gle pim tor bix wam
    quo sti nar yel dru hop fiz
""")
MATERIALS = words("""
    paper wooden glass stone iron silver golden cardboard rubber plastic clay chocolate straw woolen leather bamboo tin
    brass copper silk velvet crystal marble toy
""")
"""Of which things are made, as in "a paper boat"."""
HAUNTS = words("""
    forest city river mountain garden farm library castle village sea night snow moon circus school museum kitchen cave
    desert jungle meadow harbor street cloud storm ice
""")
"""Where somebody belongs, as in "a library cat"."""
TRADES = words("shop store factory museum fair market school land club workshop")
"""What there may be of things, as in "a button factory"."""

CREATURES = ("creature", "little creature", "monster", "animal", "being", "small animal", "strange creature", "bird",
             "fish", "robot", "dragon", "dog", "cat")  # fmt: skip
