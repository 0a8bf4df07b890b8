"""Words, numbers and frames of the short instructions, and which of them are kept out of training. Tables only."""

from __future__ import annotations

ANIMALS: tuple[str, ...] = ("dog", "cat", "bird", "horse", "cow", "pig", "fox", "bear", "rabbit", "mouse", "duck",
                            "sheep", "lion", "frog",
           "fish", "goat", "owl", "bee", "hen", "elephant")  # fmt: skip
FRUITS: tuple[str, ...] = ("apple", "pear", "banana", "plum", "orange", "cherry", "peach", "lemon", "grape", "melon")
COLORS: tuple[str, ...] = ("red", "blue", "green", "yellow", "white", "black", "brown", "pink", "purple", "gray")
TOOLS: tuple[str, ...] = ("hammer", "saw", "spoon", "knife", "brush", "needle", "shovel", "axe")
CLOTHES: tuple[str, ...] = ("hat", "shirt", "coat", "dress", "scarf", "sock", "shoe", "glove")
TOYS: tuple[str, ...] = ("ball", "doll", "kite", "puzzle", "rattle", "drum", "balloon", "swing")
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (("animal", "animals", ANIMALS), ("fruit", "fruits", FRUITS),
                                                        ("color", "colors", COLORS),
          ("tool", "tools", TOOLS), ("piece of clothing", "pieces of clothing", CLOTHES), ("toy", "toys",
                                                                                           TOYS))  # fmt: skip
MEMBERSHIP_KEPT_OUT = ("fox", "goat", "plum", "melon", "pink", "shovel", "scarf", "drum")
BY_SIZE = ("bee", "mouse", "frog", "hen", "cat", "dog", "sheep", "pig", "cow", "elephant")

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
SEASONS = ("spring", "summer", "autumn", "winter")
COUNTS = ("zero", "one", "two", "three", "four", "five", "six")

WORDS = ("hello", "banana", "yes", "no", "house", "tree", "river", "blue", "green", "apple", "moon", "sun", "star",
         "table",
         "chair", "water", "bread", "milk", "friend", "happy", "sad", "cat", "dog", "bird", "fish", "horse", "music",
         "book",
         "door", "window", "street", "city", "car", "train", "boat", "ship", "school", "garden", "flower", "rain",
         "snow",
         "wind", "fire", "stone", "hand", "foot", "eye", "nose", "mouth", "king", "queen", "sugar", "salt", "cheese",
         "marmalade", "hat",
         "coat", "shoe", "ring", "clock", "paper", "pencil", "color", "summer", "winter", "morning", "night", "please",
         "thank you", "good morning", "good night", "goodbye", "peace", "love", "yellow", "orange", "purple", "seven",
         "eleven", "hundred", "bear", "rabbit", "lion", "mouse", "spoon", "bottle", "bridge", "mountain", "island",
         "forest",
         "cloud", "pocket", "button", "candle", "lamp", "picture", "story", "secret", "word", "model",
         "test")  # fmt: skip
WORDS_KEPT_OUT = ("basket", "lemon", "ladder", "silver", "kitchen", "feather", "tomato", "wagon", "ten", "welcome")
PHRASES = ("I like cats", "the sun is warm", "the sky is blue", "I am happy", "the dog runs fast", "we are friends",
           "I love my mother", "birds can fly", "the moon is bright", "snow is cold", "I want to play", "all is well",
           "the cat sleeps", "good things take time", "I am a small model", "the door is open", "the water is cold",
           "tomorrow is a new day", "the king has a ring", "two and two make four", "my house is small",
           "the old man smiles", "roses are red", "a big red ball", "one two three", "red green blue", "cat dog bird",
           "sun moon star", "bread and milk", "hello my friend", "have a nice day", "see you soon")  # fmt: skip
PHRASES_KEPT_OUT = ("the bird sings", "I like my garden", "the rain is cold", "a small green house", "moon tree river")

SAY = ("Say {}", "Please say {}", "Say the word {}", "Repeat after me: {}", "Repeat: {}", "Can you say {}", "Write {}",
       "Say this: {}", "Please repeat: {}", "Say '{}'", "Repeat '{}'", "Please write {}", "Just say {}", "Now say {}",
       "Could you say {}", "Say only this: {}", "Repeat this: {}", "I want you to say {}", "Answer with one word: {}",
       "Copy this: {}")  # fmt: skip
SAY_KEPT_OUT = ("Would you say {}", "Please repeat after me: {}", "Now repeat: {}")

NOTES = {
    "dog": "The dog runs after the ball.", "cat": "The cat sleeps in the sun.", "bird": "The bird sings in the tree.",
    "horse": "The horse runs over the field.", "cow": "The cow eats grass all day.",
    "fish": "The fish swims in the lake.",
    "mouse": "The mouse lives in a small hole.", "bear": "The bear likes sweet honey.",
    "lion": "The lion is strong and proud.",
    "rabbit": "The rabbit jumps over the grass.", "duck": "The duck swims on the pond.",
    "frog": "The frog sits by the water.",
    "owl": "The owl is awake at night.", "bee": "The bee flies from flower to flower.",
    "sheep": "The sheep has warm wool.",
    "elephant": "The elephant is big and gentle.", "rain": "The rain falls on the roof.",
    "snow": "The snow is white and cold.",
    "sun": "The sun is bright and warm.", "moon": "The moon shines at night.", "star": "A star shines in the dark sky.",
    "wind": "The wind blows through the trees.", "cloud": "A cloud moves over the sky.",
    "sky": "The sky is blue today.",
    "sea": "The sea is deep and blue.", "river": "The river runs down to the sea.",
    "lake": "The lake is calm in the morning.",
    "mountain": "The mountain is high and cold.", "forest": "The forest is dark and quiet.",
    "tree": "The tree has green leaves.",
    "flower": "The flower smells sweet.", "garden": "The garden is full of flowers.",
    "house": "The house has a red door.",
    "school": "The children go to school.", "teacher": "The teacher reads a book to the class.",
    "mother": "My mother sings a soft song.", "father": "My father cooks a warm soup.",
    "baby": "The baby sleeps in a small bed.",
    "friend": "A good friend listens to you.", "king": "The king wears a gold ring.",
    "queen": "The queen is kind to everyone.",
    "farmer": "The farmer works in the field.", "doctor": "The doctor helps sick people.",
    "bread": "The bread is warm and soft.",
    "milk": "The milk is cold and white.", "apple": "The apple is red and sweet.",
    "cake": "The cake is sweet and soft.",
    "soup": "The soup is hot and good.", "cheese": "The mouse likes the cheese.",
    "marmalade": "The marmalade is sweet and orange.", "jelly": "The jelly is red and sweet.",
    "water": "Cold water is good on a hot day.",
    "tea": "The tea is hot.", "car": "The car drives down the street.", "train": "The train is fast and loud.",
    "boat": "The boat sails over the lake.", "ship": "The ship sails over the sea.",
    "bike": "I ride my bike to school.",
    "bus": "The bus stops at the corner.", "book": "The book is full of stories.",
    "ball": "The ball rolls down the hill.",
    "doll": "The doll has a blue dress.", "hat": "The hat is too big for me.", "shoe": "The shoe is under the bed.",
    "clock": "The clock is on the wall.", "lamp": "The lamp gives warm light.", "door": "The door is open.",
    "window": "The window looks over the garden.", "table": "The table is made of wood.",
    "chair": "The chair is next to the table.",
    "bed": "The bed is soft and warm.", "music": "The music is soft and slow.", "song": "We sing a happy song.",
    "winter": "In winter the days are short and cold.", "summer": "In summer the days are long and warm.",
    "spring": "In spring the flowers come back.", "autumn": "In autumn the leaves fall down.",
    "night": "At night the stars come out.", "morning": "In the morning the birds sing.",
    "city": "The city is big and loud.",
    "bridge": "The bridge goes over the river.", "fire": "The fire is hot and bright.",
    "stone": "The stone is hard and gray.",
    "fox": "The fox runs through the forest.", "pig": "The pig rolls in the mud.",
    "hill": "The hill is green in spring.",
    "letter": "The letter came this morning.", "island": "The island lies in the sea.",
    "spoon": "The spoon is in the soup.",
}  # fmt: skip
TOPICS_KEPT_OUT = ("fox", "pig", "hill", "letter", "island", "spoon", "tea", "bus")
TOPICS = tuple(topic for topic in NOTES if topic not in TOPICS_KEPT_OUT)
UNCOUNTED = ("marmalade", "jelly", "rain", "snow", "wind", "bread", "milk", "cheese", "water", "tea", "music",
             "winter", "summer", "spring", "autumn",
             "fire", "soup", "cake")  # fmt: skip
SENTENCE = ("Write a sentence about {}.", "Write one sentence about {}.", "Make a sentence about {}.",
            "A sentence about {} please.",
            "Please write a sentence about {}.", "Tell me something about {}.", "Say something about {}.",
            "Give me a sentence about {}.", "Can you write a sentence about {}?", "Write a short sentence about {}.",
            "Can you tell me something about {}?", "Say a sentence with {}.")  # fmt: skip
SENTENCE_KEPT_OUT = ("Could you write a sentence about {}?", "Please make a short sentence about {}.")
NICE = ("Say something nice about {}.", "Tell me something nice about {}.", "What is good about {}?",
        "Say one nice thing about {}.",
        "What do you like about {}?", "Do you like {}?", "What do you think of {}?",
        "Tell me why {} is good.")  # fmt: skip
NICE_KEPT_OUT = ("Can you say something nice about {}?", "Please say something nice about {}.")
NICE_REPLIES = ("I like {}. It makes people happy.", "There is much to like about {}.",
                "I think {} is very nice.", "The world is better with {} in it.")  # fmt: skip

BEGINNINGS = {
    "The sun is": "bright and warm.", "The sky is": "blue.", "Snow is": "white and cold.", "Fire is": "hot.",
    "At night I": "go to sleep.",
    "In the morning I": "get up.", "The grass is": "green.", "My best friend is": "very kind.",
    "The dog runs": "after the ball.",
    "The cat sits": "on the mat.", "Birds can": "fly.", "Fish live in": "the water.", "A cow gives": "milk.",
    "Bees make": "honey.",
    "In winter it is": "cold.", "In summer it is": "warm.", "I like to eat": "apples.", "I like to drink": "milk.",
    "The baby wants to": "sleep.", "When I am sad I": "talk to a friend.", "When it rains I": "stay at home.",
    "The moon shines": "at night.", "The king lives in": "a castle.", "The ship sails over": "the sea.",
    "I read": "a book.",
    "We sing": "a happy song.", "The farmer works in": "the field.", "The children play in": "the garden.",
    "The soup is": "hot.",
    "The stone is": "hard.", "The teacher reads": "a story.", "On my birthday I eat": "cake.", "The train is": "fast.",
}  # fmt: skip
FINISH = ("Finish the sentence: {}", "Finish this sentence: {}", "Complete the sentence: {}", "How does this go on: {}",
          "Please finish: {}", "End this sentence: {}", "Complete: {}")  # fmt: skip
FINISH_KEPT_OUT = ("Please finish this sentence: {}", "Can you finish the sentence: {}")

RHYMES = {"cat": "hat", "dog": "frog", "house": "mouse", "tree": "bee", "night": "light", "moon": "spoon",
          "cake": "lake",
          "ball": "wall", "star": "car", "ring": "king", "boat": "goat", "bed": "red", "day": "play", "rain": "train",
          "snow": "grow", "book": "look", "bear": "chair", "sun": "fun", "bread": "head", "town": "brown"}  # fmt: skip

LISTS = {
    "things to buy": "bread, milk, eggs and apples", "things to take on a trip": "a coat, a hat, some water and a map",
    "things in a kitchen": "a table, a pot, a spoon and a cup",
    "things in a school": "a book, a pencil, a desk and a clock",
    "things in a garden": "a tree, some grass, flowers and a bench", "things to do today": "read, walk, cook and sleep",
    "games": "tag, chess, cards and football", "things in the sky": "the sun, the moon, the stars and the clouds",
    "things to eat": "bread, soup, cheese and cake", "things to drink": "water, milk, tea and juice",
    "things that are red": "a rose, a cherry, fire and blood",
    "things that are round": "a ball, the moon, a ring and a wheel",
    "things that are cold": "ice, snow, winter and the wind",
    "things that can fly": "a bird, a bee, a kite and a plane",
    "things in a house": "a door, a window, a bed and a table",
}  # fmt: skip

SERIES_KEPT_OUT = ("Please tell me all the {}.", "Which {} do you know?")
SOME_OF_KEPT_OUT = ("Can you give me the names of {} {}?", "I would like {} {}.")
NEXT_TO_KEPT_OUT = ("Tell me what comes {} {}.",)
RHYME_KEPT_OUT = ("Do you know a word that rhymes with {}?",)
SHORT_LIST_KEPT_OUT = ("Could you give me some {}?",)
FRAMES_KEPT_OUT = (*SAY_KEPT_OUT, *SENTENCE_KEPT_OUT, *NICE_KEPT_OUT, *FINISH_KEPT_OUT, *SERIES_KEPT_OUT,
                   *SOME_OF_KEPT_OUT, *NEXT_TO_KEPT_OUT, *RHYME_KEPT_OUT, *SHORT_LIST_KEPT_OUT)  # fmt: skip
