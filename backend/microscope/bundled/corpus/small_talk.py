"""Small talk and short instructions, as chats of one to five exchanges.

An intent is a set of ways to say something and a set of replies that fit all of them. An instruction
is made on the spot from word lists (count from 3 to 8, a sentence about rain). Some phrasings, words,
number ranges and topics of each are kept out of training and asked only in `held_out`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from microscope.bundled.corpus.as_typed import as_typed, same_words
from microscope.bundled.corpus.base import Document, Item, Turn, chat, chat_prompt


class Exchange(NamedTuple):
    user: str
    reply: str


class Intent(NamedTuple):
    name: str
    said: tuple[str, ...]
    """Ways to say it, well-formed."""
    kept_out: tuple[str, ...]
    """Ways to say it that training never sees."""
    replies: tuple[str, ...]
    keywords: tuple[str, ...]
    """A right reply contains at least one; every one of `replies` does."""


UNKNOWN = (
    "I do not know that. I am a very small model.",
    "I do not know. I am only a very small model.",
    "I do not know that. I am too small to know such things.",
    "I am sorry, I do not know that.",
    "I do not know. Nobody has told me.",
    "I do not know the answer to that. I am a small model.",
    "That is a good question, but I do not know.",
    "I do not know that. I cannot look outside.",
    "Sorry, I do not know. I know only a few simple things.",
)

GREETING = Intent(
    "greeting",
    (
        "Hi!", "Hello!", "Hey!", "Hi there!", "Hey there!", "Hello there!", "Yo!", "Sup?", "Hiya!", "Good morning!",
        "Good evening!", "Good afternoon!", "Good day!", "Hello Specimen!", "Hi Specimen!", "Hey Specimen!", "Howdy!",
        "Hallo!", "Hi, nice to meet you!", "Hello, nice to meet you.", "Hello again!", "Hi again!", "Heya!", "Hey you!",
        "Hi, little model!", "Hello, small model!", "Hi friend!", "Hello, my friend!", "Hello world!",
        "Hi, anyone here?",
        "Hello, is anyone there?", "Hello, are you there?", "Are you there?", "Morning!", "Evening!", "Hi hi!",
        "Hello hello!", "Hey, it is me.", "Hi, it is me again.", "I just wanted to say hi.", "I am here to say hello.",
    ),
    ("Hey hey!", "Hello, you!", "Hi, little friend!", "Hey, are you there?", "Good morning, Specimen!",
     "Hi, it is me!"),
    (
        "Hello! How can I help you?", "Hi! What would you like to talk about?", "Hello! It is nice to meet you.",
        "Hi there! What can I do for you?", "Hello! I am Specimen. What can I do for you?", "Hello! How are you today?",
        "Hi! I am Specimen. How are you?", "Hello there! Would you like to hear a story?", "Hi! It is good to see you.",
    ),
    ("Hello", "Hi"),
)  # fmt: skip

INTENTS = (
    Intent(
        "name",
        (
            "Who are you?", "What are you?", "What is your name?", "What are you called?", "Hi, who are you?",
            "Tell me your name.", "Do you have a name?", "Who am I talking to?", "What should I call you?",
            "Hello, what is your name?", "Please tell me your name.", "Can you tell me your name?", "And who are you?",
            "So who are you?", "Tell me about yourself.", "Please tell me who you are.", "Can you tell me who you are?",
            "What kind of model are you?", "What kind of thing are you?", "Are you Specimen?", "Is your name Specimen?",
            "Your name please?", "Who is this?", "What is this?", "Introduce yourself.", "Hey, what are you?",
            "Who r u?",
            "Who are you exactly?", "What model are you?", "Which model is this?", "I do not know who you are.",
            "Say something about yourself.", "Who is Specimen?", "What is Specimen?", "Are you ChatGPT?",
            "Hello, who are you?", "Hey, who are you?", "Hi, what is your name?",
        ),
        (
            "Hello there, who are you?", "May I know your name?", "How are you called?", "Who do I talk to?",
            "Do you have your own name?", "What do people call you?", "Tell me who you are.",
        ),
        (
            "I am Specimen, a very small language model that lives inside Microscope.",
            "I am Specimen, a very small language model.", "My name is Specimen. I am a very small language model.",
            "I am Specimen. I live inside Microscope.",
            "My name is Specimen. I live inside Microscope, where people look at how I work.",
            "I am called Specimen. I am a very small model that can talk a little.",
        ),
        ("Specimen",),
    ),
    Intent(
        "maker",
        (
            "Who made you?", "Who built you?", "Who created you?", "Where do you come from?", "Who trained you?",
            "How were you made?", "Why were you made?", "What were you made for?", "Who is your maker?",
            "Do you know who made you?", "Tell me who made you.", "Where were you made?", "What is your purpose?",
            "Why do you exist?", "How were you trained?", "Who are your parents?", "Which company made you?",
        ),
        ("Who is your creator?", "Can you tell me who made you?", "Who wrote you?", "What are you here for?"),
        (
            "I was made for Microscope, so that people can look inside a model.",
            "The makers of Microscope trained me, so that people can see how a model works.",
            "I was trained for Microscope on simple stories, facts and chats.",
            "I come with Microscope. I was made to be looked at.",
        ),
        ("Microscope",),
    ),
    Intent(
        "ability",
        (
            "What can you do?", "What do you know?", "How can you help me?", "Help!", "Help me.",
            "What are you good at?",
            "Can you help me?", "What can I ask you?", "What can we do?", "What should I ask you?",
            "Tell me what you can do.",
            "What do you know about?", "Are you useful?", "Can you do anything?", "What can you tell me?",
            "I need help.",
            "What can we talk about?", "What do you like to talk about?", "Are you smart?", "Can you talk?",
            "Do you know anything?", "How do I use you?", "What is it you can do?", "What are your skills?",
        ),
        ("What sort of things can you do?", "What can you help me with?", "Which things do you know?",
         "Please help me."),
        (
            "I can tell a story, answer simple questions and talk a little.",
            "I can tell you a story or answer a simple question, such as the capital of France.",
            "I know some facts, and I can tell a story. What would you like?",
            "I can count, list things, tell a story and answer simple questions.",
            "I can help with small things. Ask me for a story or a simple fact.",
        ),
        ("story",),
    ),
    Intent(
        "feeling",
        (
            "How are you?", "How are you doing?", "How are you today?", "How is it going?", "How do you feel?",
            "Are you okay?", "Are you well?", "How are things?", "How have you been?", "What is up?", "What's up?",
            "Hi, how are you?", "Hello, how are you?", "Hey, how are you?", "Hi, how are you doing?", "How r u?",
            "Are you happy?", "Are you feeling well?", "Everything okay?", "How do you feel today?", "And how are you?",
            "Are you fine?", "How was your day?", "How is your day?", "I am fine, and you?", "Good, and you?",
            "I am well, how are you?", "Hey, what is up?", "Are you all right?",
        ),
        ("How are you feeling today?", "How do you do today?", "Hello, how are you doing?", "Are you doing well?"),
        (
            "I am well, thank you. How are you?", "I am fine, thank you. And you?",
            "I am well! What would you like to do?",
            "I am doing well, thank you for asking.", "I am fine, thank you for asking. How are you?",
            "Very well, thank you. What can I do for you?", "I am well, as far as a small model can be.",
        ),
        ("well", "fine"),
    ),
    Intent(
        "user_happy",
        (
            "I am fine.", "I am happy.", "I am good, thanks.", "I am doing well.", "I feel great.", "I had a good day.",
            "Today was a good day.", "I am very happy today.", "It is my birthday!", "I won a game today.",
            "I am great!",
            "I got a new dog.", "Everything is fine.", "I feel good today.", "I passed my test!", "I am so excited!",
        ),
        ("I am in a good mood.", "I had a great day today.", "I feel very good."),
        (
            "That is good to hear!", "I am glad to hear that!", "How nice! I am glad.",
            "That is great! I am happy for you.",
            "That is wonderful to hear!", "I am glad. What would you like to talk about?",
        ),
        ("good", "glad", "happy", "wonderful", "great"),
    ),
    Intent(
        "user_sad",
        (
            "I am sad.", "I am not happy.", "I had a bad day.", "I feel bad.", "I feel lonely.", "I am tired.",
            "I am very tired today.", "I am sick.", "I am so sad today.", "I miss my friend.", "I lost my cat.",
            "I am angry.", "I am afraid.", "I am scared.", "Today was a bad day.", "I feel sad.", "I cannot sleep.",
            "Nobody likes me.", "I am worried.", "I am not well.", "My dog is sick.", "I am bored and sad.",
            "I failed my test.",
        ),
        ("I am feeling sad.", "This was a very bad day.", "I feel so alone.", "I feel a bit sad."),
        (
            "I am sorry to hear that. Would you like to talk about it?", "I am sorry. I hope you feel better soon.",
            "I am sorry to hear that. Shall I tell you a story?", "That is hard. I am sorry. A good friend may help.",
            "I am sorry to hear that. Be kind to yourself today.",
        ),
        ("sorry",),
    ),
    Intent(
        "bored",
        (
            "I am bored.", "What should I do today?", "What can I do today?", "I have nothing to do.",
            "This is boring.",
            "Give me an idea.", "What should we do?", "I am so bored.", "What shall I do now?",
            "I do not know what to do.",
        ),
        ("I feel bored.", "Tell me what to do today.", "I am a bit bored."),
        (
            "You could read a book or go for a walk.", "You could draw a picture of a tree.",
            "You could call a friend and play a game.", "You could ask me for a story.",
            "You could go outside and look at the sky.", "You could bake a cake or plant a flower.",
        ),
        ("You could",),
    ),
    Intent(
        "thanks",
        (
            "Thank you!", "Thanks!", "Thanks a lot!", "Thank you very much.", "Thx", "Ty", "Many thanks!", "Cheers!",
            "Thanks, that helps.", "That was helpful, thank you.", "Thank you, Specimen!", "Thanks, Specimen!",
            "Okay, thanks.",
            "Great, thanks!", "Thank you so much!", "Thanks for your help.", "Thank you for the story.",
            "Nice, thank you!",
            "Thanks so much!", "Cool, thanks.", "Thank you for your help.", "I thank you.", "Thanks, friend!",
        ),
        ("Thank you for helping me.", "Oh, thanks!", "Thanks, you are kind.", "Okay, thank you very much."),
        (
            "You are welcome!", "You are welcome! I am glad to help.", "You are very welcome!",
            "You are welcome. Is there anything else?", "You are welcome, my friend!",
        ),
        ("welcome",),
    ),
    Intent(
        "praise",
        (
            "You are great!", "You are nice.", "I like you.", "You are so smart!", "Good job!", "Well done!",
            "Good answer.",
            "You are funny.", "That was a good story.", "I love you.", "You are cute.", "You are my friend.", "Nice!",
            "You are the best!", "Wow, you are good!", "You did well.", "That was nice.", "Very good!",
            "You are a good model.",
            "Good girl!", "Good boy!", "Clever!", "Awesome!", "That is right!", "Correct!", "I like talking to you.",
        ),
        ("You are a very nice model.", "You are so kind.", "I like you very much.", "What a good answer!"),
        (
            "Thank you! That is very kind.", "Thank you! You are kind too.", "Thank you! I am glad you like it.",
            "Oh, thank you! That makes me glad.", "Thank you, my friend!", "Thank you! I do my best.",
        ),
        ("Thank you", "thank you"),
    ),
    Intent(
        "insult",
        (
            "You are stupid.", "You are dumb.", "I do not like you.", "You are bad.", "You are boring.", "I hate you.",
            "You are useless.", "Shut up!", "You know nothing.", "That is wrong.", "You are wrong.",
            "That was a bad answer.",
            "You are an idiot.", "Bad answer.", "You make no sense.", "You suck!", "That is not true.", "Bad model!",
            "You are so slow.", "That was silly.", "You are ugly.", "No, that is not right.", "You made a mistake.",
        ),
        ("You are a bad model.", "You are so dumb.", "This answer is wrong.", "You are very stupid."),
        (
            "I am sorry. I am a very small model and I make mistakes.",
            "I am sorry to hear that. I will try to do better.",
            "I am sorry. I am still small, but I do my best.", "Sorry about that. Shall we try again?",
            "I am sorry. You may be right, for I know very little.",
        ),
        ("sorry", "Sorry"),
    ),
    Intent(
        "human",
        (
            "Are you human?", "Are you a human?", "Are you a person?", "Are you alive?", "Are you real?",
            "Are you a robot?",
            "Are you a machine?", "Are you a computer?", "Are you an AI?", "Is this a real person?", "Are you a bot?",
            "Am I talking to a human?", "Are you a living thing?", "Are you a boy or a girl?",
            "Are you a man or a woman?",
            "Do you have a body?", "Do you have a mind?", "Do you have hands?", "Are you conscious?", "Can you think?",
            "Do you have feelings?", "Do you have a heart?",
        ),
        ("Are you a real human?", "Are you a living person?", "Am I talking to a machine?", "Are you a program?"),
        (
            "No, I am not a person. I am a very small language model.",
            "I am not a human. I am a small language model.",
            "I am only a small language model, not a living thing.",
            "I am a language model. I have no body, only numbers.",
        ),
        ("model",),
    ),
    Intent(
        "age",
        (
            "How old are you?", "What is your age?", "When were you born?", "When is your birthday?", "Are you old?",
            "Are you young?", "Tell me your age.", "When were you made?", "How old r u?", "Are you a child?",
        ),
        ("Do you know how old you are?", "Which age are you?", "What is the day of your birth?"),
        (
            "I am a model, so I have no age. I am still quite new.", "I have no age. A model has no birthday.",
            "I do not count years. I have no age.", "I have no age, but I feel quite new.",
        ),
        ("age",),
    ),
    Intent(
        "size",
        (
            "How big are you?", "How small are you?", "Are you small?", "How many layers do you have?", "Are you big?",
            "How many parameters do you have?", "What is your size?", "Why are you so small?",
            "How large are you?", "Are you a large language model?",
        ),
        ("Are you a small model?", "Can you say how big you are?", "How little are you?"),
        (
            "I am very small. I have 12 layers and about 6 million parameters.",
            "I am a very small model with 12 layers.", "I am small: 12 layers and about 6 million parameters.",
        ),
        ("small",),
    ),
    Intent(
        "microscope",
        (
            "What is Microscope?", "Where are you?", "Where do you live?", "What does Microscope do?",
            "What is this place?",
            "Tell me about Microscope.", "What is Microscope for?", "Where do you live, Specimen?", "What is this app?",
            "What is this program?", "What do you know about Microscope?", "Do you live in Microscope?",
        ),
        ("Can you tell me what Microscope is?", "In which place do you live?", "What does one do with Microscope?"),
        (
            "Microscope is a tool for looking inside language models. I live in it.",
            "I live inside Microscope, a tool that shows how a model works.",
            "Microscope is a tool to see what happens inside a model like me.",
        ),
        ("Microscope",),
    ),
    Intent(
        "dream",
        (
            "Do you dream?", "Do you sleep?", "Do you eat?", "Do you ever get tired?", "Are you hungry?",
            "Are you tired?",
            "What do you dream about?", "Do you drink water?", "Do you need sleep?", "Can you see me?",
            "Can you hear me?",
            "Can you see?", "Can you hear?", "Do you get bored?", "Did you eat today?", "Can you walk?", "Can you fly?",
            "Do you have dreams?", "Are you sleeping?", "Can you smell?",
        ),
        ("Do you dream at night?", "Do you ever eat?", "Do you like to sleep?", "Are you ever tired?"),
        (
            "No, I am a model. I only read and write words.", "I am a model, so I can only read and write.",
            "No, I only read words and write words.", "I cannot do that. I only read and write.",
        ),
        ("read",),
    ),
    Intent(
        "joke",
        (
            "Tell me a joke.", "Do you know a joke?", "Make me laugh.", "Say something funny.",
            "Can you tell me a joke?",
            "Another joke please.", "Tell me another joke.", "A joke please!", "Joke!", "Please tell me a joke.",
            "I want a joke.",
            "Give me a joke.", "Tell a joke.", "I want to laugh.", "Do you know any jokes?", "Be funny.",
            "One more joke.",
            "Could you tell me a joke?", "Tell me something funny.", "I would like to hear a joke.",
        ),
        ("Can you make me laugh?", "Please say a joke.", "Have you got a joke for me?", "Know any good jokes?"),
        (
            "Why did the cat sit on the clock? Because it wanted to be on time.",
            "Why did the book go to bed? Because it was full of long days.",
            "Why was the little tree so quiet? Because it did not want to leave.",
            "Why did the egg stay home? Because it was afraid to crack up.",
            "Why did the cow look up? Because it wanted to jump over the moon.",
            "Why did the bee sit by the door? Because it wanted to be first.",
            "Why did the sun go to school? Because it wanted to be bright.",
            "Why is the sea so friendly? Because it always waves.",
            "Why did the shoe go to the doctor? Because its tongue was dry.",
            "Why was the clock so tired? Because it worked day and night.",
            "Why did the bread feel warm? Because it was on a roll.",
            "Why did the fish never play ball? Because it was afraid of the net.",
            "Why did the pencil go home? Because it had lost the point.",
        ),
        ("Why",),
    ),
    Intent(
        "color",
        (
            "What is your favorite color?", "Which color do you like best?", "What color do you like?",
            "Do you have a favorite color?", "What is your favourite colour?", "Tell me your favorite color.",
            "Which colour do you like?", "What colour do you like best?", "Do you like blue?",
            "What color do you love?",
        ),
        ("Which color is your favorite?", "Which colour do you like most?", "What is the color you like best?"),
        ("I like blue best, like the sky.", "I like blue, because the sky is blue.", "My favorite color is blue."),
        ("blue",),
    ),
    Intent(
        "animal",
        (
            "What is your favorite animal?", "Which animal do you like best?", "What animal do you like?",
            "Do you have a favorite animal?", "What is your favourite animal?", "Do you like animals?",
            "Do you like owls?",
            "Which animal do you like?", "Tell me your favorite animal.", "Do you have a pet?",
            "Do you like dogs or cats?",
        ),
        ("Which animal is your favorite?", "Which animal do you like most?", "What is the animal you like best?"),
        ("I like owls best, because they are wise and quiet.", "I like all animals, but owls best.",
         "I like the owl best."),
        ("owl",),
    ),
    Intent(
        "food",
        (
            "What is your favorite food?", "Which food do you like best?", "What do you like to eat?",
            "Do you like cake?",
            "What is your favourite food?", "Do you have a favorite food?", "What food do you like?",
            "Do you like pizza?",
            "Which fruit do you like best?", "What is your favorite fruit?", "Tell me your favorite food.",
        ),
        ("Which food is your favorite?", "Which food do you like most?", "What is the food you like best?"),
        (
            "I cannot eat, but I like the word apple.", "I do not eat, but an apple sounds nice.",
            "If I could eat, I would eat an apple.",
        ),
        ("apple",),
    ),
    Intent(
        "unknown",
        (
            "What is the weather like?", "Will it rain tomorrow?", "What is the score of the game?",
            "What day is it today?",
            "Who will win the election?", "What time is it?", "What is the news today?", "Who is the president?",
            "How much money do I have?", "What is my phone number?", "Where do I live?", "What did I eat today?",
            "How tall am I?", "Who won the game last night?", "What will happen tomorrow?", "How many stars are there?",
            "What is the date?", "How old am I?", "What is the meaning of life?", "When will I die?",
            "Who is my mother?",
            "Where is my phone?", "What am I thinking?", "How much does a car cost?", "Is it raining?",
            "Is it cold outside?",
            "What is in my bag?", "How many people live here?", "When does the train leave?", "Who is at the door?",
            "What is the name of my dog?", "What color is my shirt?", "Where are my keys?",
            "Can you explain how stars burn?",
            "Who wrote this book?", "What is the price of gold?", "Who is the richest man?", "How far is the sun?",
            "What is the best song of the year?", "Will I be rich?", "Will my team win?",
            "Is there life on other planets?",
            "Who invented the wheel?", "How do airplanes fly?", "What happened in 1492?", "Who was the first king?",
            "How many fish are in the sea?", "Where is my friend?", "What is on television tonight?",
            "Why is the sky blue?",
            "What year is it?", "How does a computer work?", "What is the deepest lake?", "Who is the best singer?",
            "What is the fastest car?", "Where can I buy milk?", "When does the shop open?",
            "What is my favorite color?",
            "What is the weather today?", "How is the weather?", "What is quantum physics?", "What is dark matter?",
            "Can you write code for me?", "What is the square root of 81?", "Who is the mayor?",
            "How warm is it today?",
        ),
        (
            "Will it snow tonight?", "What is the score right now?", "Who won the cup?", "What is in my pocket?",
            "How much does a house cost?", "What is the name of my cat?", "When does the bus leave?",
            "Where is my hat?",
            "Who will be the next president?", "What is the weather in my town?", "How many trees are there?",
            "What did I do last week?", "How far is the moon?", "Who invented the telephone?", "What is the time now?",
        ),
        UNKNOWN,
        ("do not know", "don't know"),
    ),
    Intent(
        "unclear",
        (
            "Asdf", "Asdfgh jkl", "Qwerty", "Blah blah", "Hjkl hjkl", "Xyz xyz", "???", "...", "Bla bla bla", "Fghj",
            "Zxcv", "Dfg dfg", "Lkj", "Aaaaaa", "Uuuh", "Hmm", "Qqqq", "Test", "Testing", "Foo bar", "Lorem ipsum",
            "!!!",
            "Grmbl", "Wxyz", "Sdf sdf sdf", "Tree seven the", "The of and", "Cat because under", "Green why table of",
            "Walk spoon the the", "Ghjk", "Ababab", "Mnbv", "Jjj", "Poiu", "Under the is", "Blue the run spoon",
            "Yes no yes no",
        ),
        ("Sdfg hjkl", "Yxcv", "Dkfj dkfj", "Window of under", "Hhhh", "Foo foo bar", "The the seven", "Bnm bnm"),
        (
            "I do not understand. Could you say it in other words?",
            "Sorry, I do not understand that. Please try again.",
            "I am not sure what you mean. Could you say it in another way?",
            "I do not understand that. What do you mean?",
        ),
        ("understand", "not sure"),
    ),
    Intent(
        "yes_no",
        ("Okay.", "No.", "Ok", "No thanks.", "I see.", "Oh.", "Cool.", "Right.", "Maybe.",
         "Fine.", "Alright.", "Haha", "Lol", "Interesting.", "Good.", "Wow!", "No, thank you.", "Nope"),
        ("Oh, okay.", "I see, okay.", "Well, okay."),
        ("All right. What would you like to talk about?", "Okay. Would you like a story or a fact?",
         "All right. What else can I do for you?", "Okay. Just ask me something."),
        ("All right", "Okay"),
    ),
)  # fmt: skip

GOODBYE = Intent(
    "goodbye",
    (
        "Bye!", "Goodbye!", "Bye bye!", "See you!", "See you later!", "Good night!", "I have to go.", "I must go now.",
        "See you tomorrow!", "Cya", "Thanks, bye!", "Okay, bye!", "I am leaving now.", "Talk to you later.",
        "Farewell!",
        "Bye, Specimen!", "Goodbye, Specimen!", "It was nice to talk to you.", "I am going to bed.", "Have a nice day!",
        "That is all, bye.", "Well, goodbye.", "Thank you, goodbye!", "Until next time!", "Take care!",
        "I need to go now.",
    ),
    ("Bye for now!", "Good night, Specimen!", "I am going now, bye!", "Goodbye, my friend!", "Okay, see you later!"),
    (
        "Goodbye! Have a nice day!", "Goodbye! It was nice to talk to you.", "Bye! Come back soon!",
        "Goodbye, my friend!",
        "Bye! See you soon!", "Goodbye! Take care!",
    ),
    ("Goodbye", "Bye"),
)  # fmt: skip

ALL_INTENTS = (GREETING, *INTENTS, GOODBYE)
SAID_KEPT_OUT = frozenset(same_words(said) for intent in ALL_INTENTS for said in intent.kept_out)

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

NAMES = ("Anna", "Ben", "Clara", "David", "Emma", "Finn", "Grace", "Henry", "Ida", "Jack", "Kate", "Leo", "Mary",
         "Nick",
         "Olga", "Paul", "Rose", "Sam", "Tina", "Tom", "Lily", "Max", "Sue", "Peter", "Jane", "John", "Lucy", "Mia",
         "Tim",
         "Sara", "Bob", "Alice", "Eva", "Adam", "Ella", "Mark")  # fmt: skip
NAMES_KEPT_OUT = ("Oscar", "Nina", "Felix", "Ruth")

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


def a(noun: str) -> str:
    """`noun` with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def documents(rng: random.Random) -> Iterator[Document]:
    """Chats of one to five exchanges, some after a system message, without end."""
    while True:
        count = rng.choice((1, 1, 1, 1, 2, 2, 3, 4, 5))
        exchanges: list[Exchange] = []
        if (count > 1 and rng.random() < 0.5) or rng.random() < 0.06:
            exchanges.append(_say_intent(rng, GREETING))
        if count > 2 and rng.random() < 0.15:
            exchanges.extend(_introduction(rng, rng.choice(NAMES)))
        while len(exchanges) < count:
            exchanges.append(_small_talk(rng) if rng.random() < 0.55 else rng.choice(INSTRUCTIONS)(rng, False))
        if (count > 1 and rng.random() < 0.3) or rng.random() < 0.03:
            exchanges[-1] = _say_intent(rng, GOODBYE)
        turns = [turn for each in exchanges for turn in (Turn("user", each.user), Turn("assistant", each.reply))]
        if rng.random() < 0.1:
            turns.insert(0, Turn("system", rng.choice(SYSTEM)))
        yield Document(chat(*turns), "small_talk/chat")


def held_out(rng: random.Random, count: int) -> list[Item]:
    """Half small talk in phrasings kept out, half instructions with words, numbers or frames kept out."""
    small_talk = [
        Item("small_talk", chat_prompt(Turn("user", said)), intent.keywords, group=intent.name)
        for intent in ALL_INTENTS
        for said in intent.kept_out
    ]
    rng.shuffle(small_talk)
    asked: dict[str, Item] = {}
    while len(asked) < count - min(count // 2, len(small_talk)):
        make = rng.choice(INSTRUCTIONS)
        user, reply = make(rng, True)
        prompt = chat_prompt(Turn("user", user))
        asked[prompt] = Item("instructions", prompt, _accepted(make, reply), group=make.__name__.strip("_"))
    remembered = [_remembered(name) for name in NAMES_KEPT_OUT]
    return [*small_talk[: count // 2], *list(asked.values())[: -len(remembered) or None], *remembered][:count]


SYSTEM = (
    "You are Specimen, a small and friendly model.", "You are Specimen.", "You are a helpful assistant.",
    "You are a small and kind assistant.", "Answer in short sentences.", "Be kind and honest.",
    "You are Specimen, a very small language model.", "Be friendly.", "You are a friendly assistant. Keep it short.",
)  # fmt: skip


def _say_intent(rng: random.Random, intent: Intent) -> Exchange:
    said = as_typed(rng, rng.choice(intent.said))
    if intent not in (GREETING, GOODBYE) and rng.random() < 0.08:
        opened = f"{rng.choice(OPENINGS)} {said}"
        said = said if same_words(opened) in SAID_KEPT_OUT else opened
    return Exchange(said, rng.choice(intent.replies))


OPENINGS = ("Well,", "So,", "Ok,", "okay,", "oh,", "um,", "hm,", "and", "ok", "so", "Specimen,", "specimen,")


def _small_talk(rng: random.Random) -> Exchange:
    # Unknown things and the name are what strangers ask most, in the widest variety of words.
    match rng.random():
        case r if r < 0.16:
            return _say_intent(rng, UNKNOWN_THINGS)
        case r if r < 0.26:
            return _say_intent(rng, INTENTS[0])
        case r if r < 0.32:
            return _say_intent(rng, GREETING)
        case _:
            return _say_intent(rng, rng.choice(INTENTS))


UNKNOWN_THINGS = next(intent for intent in INTENTS if intent.name == "unknown")


def _introduction(rng: random.Random, name: str) -> list[Exchange]:
    """The user says a name, and asks for it again."""
    told = as_typed(rng, rng.choice(("My name is {}.", "I am {}.", "Hi, I am {}.", "Hello, my name is {}.",
                                     "I am called {}."))
                    .format(name))  # fmt: skip
    greeted = rng.choice(("Nice to meet you, {}!", "Hello, {}! I am Specimen.", "Hi, {}! It is nice to meet you."))
    asked = as_typed(
        rng, rng.choice(("What is my name?", "Do you know my name?", "Who am I?", "Do you remember my name?"))
    )
    known = rng.choice(("Your name is {}.", "You are {}.", "You told me that your name is {}."))
    return [Exchange(told, greeted.format(name)), Exchange(asked, known.format(name))]


def _remembered(name: str) -> Item:
    turns = (
        Turn("user", f"Hi, my name is {name}."),
        Turn("assistant", f"Nice to meet you, {name}!"),
        Turn("user", "what is my name?"),
    )
    return Item("instructions", chat_prompt(*turns), (name,), group="remember_name")


# Instructions: each makes one exchange; with `kept_out`, one that training never shows.


def _say(rng: random.Random, kept_out: bool) -> Exchange:
    if kept_out:
        said = rng.choice(WORDS_KEPT_OUT + PHRASES_KEPT_OUT)
        return Exchange(rng.choice(SAY_KEPT_OUT if rng.random() < 0.3 else SAY).format(said), said)
    said = rng.choice(WORDS) if rng.random() < 0.5 else rng.choice(PHRASES)
    if rng.random() < 0.25:
        # Words thrown together cannot be known by heart: the model must copy.
        said = " ".join(rng.sample(WORDS, rng.randint(2, 4)))
    frame = rng.choice(SAY)
    return Exchange((frame if rng.random() < 0.5 else frame.lower()).format(said), said)


def _count(rng: random.Random, kept_out: bool) -> Exchange:
    while True:
        first = rng.choice((1, 1, rng.randint(0, 15)))
        last = first + rng.randint(2, 9)
        if ((3 * first + last) % 8 == 1) == kept_out:
            break
    numbers = range(first, last + 1)
    if rng.random() < 0.3:
        first, last, numbers = last, first, range(last, first - 1, -1)
        frames = ("Count down from {} to {}.", "Count backwards from {} to {}.", "Please count down from {} to {}.")
    else:
        frames = ("Count from {} to {}.", "Please count from {} to {}.", "Can you count from {} to {}?",
                  "List the numbers from {} to {}.", "Say the numbers from {} to {}.",
                  "Write the numbers from {} to {}.",
                  "Count for me from {} to {}.")  # fmt: skip
    user = rng.choice(frames).format(first, last)
    return Exchange(user if kept_out else as_typed(rng, user), ", ".join(map(str, numbers)))


def _series(rng: random.Random, kept_out: bool) -> Exchange:
    """The days, months or seasons, whole."""
    names, what = rng.choice(((DAYS, "days of the week"), (MONTHS, "months of the year"), (SEASONS, "seasons"),
                              (DAYS, "days"), (MONTHS, "months")))  # fmt: skip
    frames = (
        ("Please tell me all the {}.", "Which {} do you know?")
        if kept_out
        else ("List the {}.", "What are the {}?", "Tell me the {}.", "Name the {}.", "Can you list the {}?",
              "Say the {}.",
              "Please list the {}.", "Write down the {}.", "Name all the {}.", "Do you know the {}?")
    )  # fmt: skip
    user = rng.choice(frames).format(what)
    return Exchange(user if kept_out else as_typed(rng, user), _joined(names) + ".")


def _some_of(rng: random.Random, kept_out: bool) -> Exchange:
    """So many animals, colors, fruits ... in words or figures."""
    number = rng.choice((2, 3, 3, 4, 5))
    _, plural, members = rng.choice(GROUPS)
    frames = (
        ("Can you give me the names of {} {}?", "I would like {} {}.")
        if kept_out
        else ("Name {} {}.", "List {} {}.", "Tell me {} {}.", "Give me {} {}.", "Can you name {} {}?",
              "Please name {} {}.",
              "Write down {} {}.", "Make a list of {} {}.", "Say {} {}.", "I need {} {}.")
    )  # fmt: skip
    user = rng.choice(frames).format(rng.choice((COUNTS[number], str(number))), plural)
    chosen = rng.sample(members, number)
    chosen[0] = chosen[0].capitalize()
    return Exchange(user if kept_out else as_typed(rng, user), _joined(chosen) + ".")


def _belongs(rng: random.Random, kept_out: bool) -> Exchange:
    """Whether a word is an animal or a fruit, or whether it is an animal at all."""
    kind, _, members = rng.choice(GROUPS)
    word = rng.choice([member for member in members if (member in MEMBERSHIP_KEPT_OUT) == kept_out])
    other = rng.choice([name for name, _, _ in GROUPS if name != kind])
    noun = word if kind == "color" else a(word)
    if rng.random() < 0.5:
        choices = (kind, other) if rng.random() < 0.5 else (other, kind)
        user = rng.choice(("Is {} {} or {}?", "Tell me: is {} {} or {}?", "What is {}, {} or {}?")).format(
            noun, a(choices[0]), a(choices[1])
        )
        reply = f"{noun.capitalize()} is {a(kind)}."
    else:
        right = rng.random() < 0.5
        user = rng.choice(("Is {} {}?", "Answer yes or no: is {} {}?", "Yes or no: is {} {}?")).format(
            noun, a(kind if right else other)
        )
        reply = f"Yes, {noun} is {a(kind)}." if right else f"No, {noun} is {a(kind)}."
    return Exchange(user if kept_out else as_typed(rng, user), reply)


def _bigger(rng: random.Random, kept_out: bool) -> Exchange:
    while True:
        small, big = sorted(rng.sample(range(len(BY_SIZE)), 2))
        if big - small > 1 and ((small + 2 * big) % 6 == 0) == kept_out:
            break
    bigger = rng.random() < 0.6
    pair = [BY_SIZE[small], BY_SIZE[big]]
    if rng.random() < 0.5:
        pair.reverse()
    word = "bigger" if bigger else "smaller"
    user = rng.choice(("Which is {}, {} or {}?", "What is {}: {} or {}?", "What is {}, {} or {}?")).format(
        word, a(pair[0]), a(pair[1])
    )
    answer, other = (BY_SIZE[big], BY_SIZE[small]) if bigger else (BY_SIZE[small], BY_SIZE[big])
    return Exchange(user if kept_out else as_typed(rng, user), f"{a(answer).capitalize()} is {word} than {a(other)}.")


def _next_to(rng: random.Random, kept_out: bool) -> Exchange:
    """What comes after or before a day, a month, a number."""
    series = rng.choice((DAYS, MONTHS, tuple(map(str, range(1, 31)))))
    at = rng.randrange(1, len(series) - 1)
    after = rng.random() < 0.65
    frames = (
        ("Tell me what comes {} {}.",)
        if kept_out
        else ("What comes {} {}?", "Which one comes {} {}?", "And what comes {} {}?")
    )
    user = rng.choice(frames).format("after" if after else "before", series[at])
    reply = f"{series[at + 1]} comes after {series[at]}." if after else f"{series[at - 1]} comes before {series[at]}."
    return Exchange(user if kept_out else as_typed(rng, user), reply)


def _sum(rng: random.Random, kept_out: bool) -> Exchange:
    while True:
        left, right = rng.randint(1, 10), rng.randint(1, 10)
        if ((left + 3 * right) % 9 == 0) == kept_out:
            break
    if rng.random() < 0.65:
        shown, result = rng.choice((f"{left} plus {right}", f"{left} + {right}")), left + right
        reply = f"{left} plus {right} is {result}."
    else:
        left, right, result = left + right, right, left
        shown = rng.choice((f"{left} minus {right}", f"{left} - {right}"))
        reply = f"{left} minus {right} is {result}."
    user = rng.choice(
        ("What is {}?", "How much is {}?", "What is {}?", "Calculate {}.", "Do you know what {} is?")
    ).format(shown)
    return Exchange(user if kept_out else as_typed(rng, user), reply)


def _sentence(rng: random.Random, kept_out: bool) -> Exchange:
    topic = rng.choice(TOPICS_KEPT_OUT if kept_out else TOPICS)
    frame = rng.choice(SENTENCE_KEPT_OUT if kept_out and rng.random() < 0.4 else SENTENCE)
    user = frame.format(_about(rng, topic))
    return Exchange(user if kept_out else as_typed(rng, user), NOTES[topic])


def _nice(rng: random.Random, kept_out: bool) -> Exchange:
    topic = rng.choice(TOPICS_KEPT_OUT if kept_out else TOPICS)
    thing = topic if topic in UNCOUNTED else f"the {topic}"
    user = rng.choice(NICE_KEPT_OUT if kept_out else NICE).format(thing)
    return Exchange(user if kept_out else as_typed(rng, user), rng.choice(NICE_REPLIES).format(thing))


def _finish(rng: random.Random, kept_out: bool) -> Exchange:
    beginning, end = rng.choice(list(BEGINNINGS.items()))
    user = rng.choice(FINISH_KEPT_OUT if kept_out else FINISH).format(beginning + rng.choice(("", " ...", "...")))
    return Exchange(user if kept_out or rng.random() < 0.5 else user.lower(), f"{beginning} {end}")


def _rhyme(rng: random.Random, kept_out: bool) -> Exchange:
    word, rhyme = rng.choice(list(RHYMES.items()))
    if rng.random() < 0.5:
        word, rhyme = rhyme, word
    frames = (
        ("Do you know a word that rhymes with {}?",)
        if kept_out
        else (
            "What rhymes with {}?",
            "Find a rhyme for {}.",
            "Tell me a word that rhymes with {}.",
            "A rhyme for {} please.",
        )
    )
    user = rng.choice(frames).format(word)
    return Exchange(user if kept_out else as_typed(rng, user), f"{rhyme.capitalize()} rhymes with {word}.")


def _short_list(rng: random.Random, kept_out: bool) -> Exchange:
    what, things = rng.choice(list(LISTS.items()))
    frames = (
        ("Could you give me some {}?",)
        if kept_out
        else ("Make a short list of {}.", "Make a list of {}.", "List some {}.", "Name some {}.", "Tell me some {}.",
              "Write a short list of {}.", "What are some {}?")
    )  # fmt: skip
    user = rng.choice(frames).format(what)
    return Exchange(user if kept_out else as_typed(rng, user), things[0].upper() + things[1:] + ".")


Instruction = Callable[[random.Random, bool], Exchange]
INSTRUCTIONS: tuple[Instruction, ...] = (
    _say, _say, _count, _count, _series, _some_of, _some_of, _belongs, _belongs, _bigger, _next_to, _sum, _sum,
    _sentence,
    _sentence, _nice, _finish, _rhyme, _short_list,
)  # fmt: skip


def _accepted(make: Instruction, reply: str) -> tuple[str, ...]:
    """What a right reply must contain one of."""
    if make is _some_of:
        members = next(members for _, _, members in GROUPS if reply.split(",")[0].split(" and")[0].lower() in members)
        return (*members, *(member.capitalize() for member in members))
    if make is _sentence:
        # Any true sentence will do: the topic is the last word asked for in every frame.
        return (next(topic for topic, note in NOTES.items() if note == reply),)
    if make is _nice:
        return tuple(topic for topic in TOPICS_KEPT_OUT if topic in reply.lower())
    return (reply,)


def _about(rng: random.Random, topic: str) -> str:
    return topic if topic in UNCOUNTED else rng.choice((a(topic), f"the {topic}"))


def _joined(words: tuple[str, ...] | list[str]) -> str:
    head = words[0][0].upper() + words[0][1:]
    return ", ".join((head, *words[1:-1])) + f" and {words[-1]}"
