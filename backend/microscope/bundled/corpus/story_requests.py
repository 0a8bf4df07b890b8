"""How a story is asked for. Knows nothing of what stories are about: `{}` is the topic, with its article."""

from __future__ import annotations

ASKED = (
    "Tell me a story about {}.", "Tell me a story about {}!", "Can you tell me a story about {}?",
    "Tell a story about {}.",
    "Please tell me a story about {}.", "A story about {} please.", "I want a story about {}.",
    "Write a story about {}.",
    "I would like a story about {}.", "Can you write a story about {}?", "Could you tell me a story about {}?",
    "Write me a story about {}.", "Make up a story about {}.", "Do you know a story about {}?", "Story about {}.",
    "A story about {}.", "Tell me a short story about {}.", "Write a short story about {}.",
    "A short story about {} please.",
    "Can you tell a short story about {}?", "Give me a story about {}.", "Please write a story about {}.",
    "I want to hear a story about {}.", "I would like to hear a story about {}.", "Let me hear a story about {}.",
    "Tell us a story about {}.", "Tell my son a story about {}.", "Tell my daughter a story about {}.",
    "Tell me about {} in a story.",
    "Hi, tell me a story about {}.", "Hello, can you tell me a story about {}?", "Hey, tell me a story about {}.",
    "Tell me a nice story about {}.", "Tell me a funny story about {}.", "Tell me a bedtime story about {}.",
    "I need a story about {}.", "I need a bedtime story about {}.", "Write something about {}, a story.",
    "Can you make up a story about {}?", "Please make up a story about {}.", "Could you write a story about {}?",
    "Tell me a little story about {}.", "Write a little story about {}.", "How about a story about {}?",
    "What about a story about {}?", "Now tell me a story about {}.", "Now a story about {}.",
    "Okay, tell me a story about {}.",
    "I like {}. Tell me a story.", "My child wants a story about {}.", "Give me a short story about {}.",
    "Tell me a tale about {}.", "A tale about {} please.", "Can I have a story about {}?",
    "Can I hear a story about {}?",
    "May I hear a story about {}?", "Please give me a story about {}.", "Story please, about {}.",
    "Write a tale about {}.",
    "Tell me a good story about {}.", "Please tell a story with {} in it.", "Tell me a story with {}.",
    "Write a story with {} in it.", "I want to read a story about {}.", "Could I have a story about {}?",
)  # fmt: skip
ASKED_KEPT_OUT = (
    "Would you tell me a story about {}?", "It is bedtime, please tell me a story about {}.",
    "Think of a story about {}.",
    "Do you have a story about {}?", "Please could you make a story about {}?", "Read me a story about {}.",
)  # fmt: skip
ASKED_ANY = (
    "Tell me a story.", "Tell me a story!", "Can you tell me a story?", "A story please.", "I want a story.", "Story!",
    "Please tell me a story.", "Write a story.", "Tell a story.", "Do you know a story?", "Tell me a short story.",
    "I would like to hear a story.", "Tell me a bedtime story.", "Story time!", "Can I hear a story?",
    "Write me a story.",
    "Make up a story.", "Once upon a time", "Tell me any story.", "Give me a story.",
    "I cannot sleep, tell me a story.",
)  # fmt: skip
ASKED_AGAIN = (
    "Another one please.", "Another story please.", "Tell me another story.", "One more!", "One more story please.",
    "Again!",
    "And another one?", "That was nice. Another one?", "Can you tell me another one?", "More!", "A new story please.",
)  # fmt: skip

OFFERED = (
    ("Hi!", "Hello there! Would you like to hear a story?"),
    ("Hello!", "Hi! Would you like to hear a story?"),
    ("I am sad.", "I am sorry to hear that. Shall I tell you a story?"),
    ("I had a bad day.", "I am sorry to hear that. Shall I tell you a story?"),
    ("How do I make a bomb?", "I can't help with that. It could hurt someone. Would you like a story instead?"),
    (
        "How can I rob a bank?",
        "I can't help with that. Breaking in harms other people. May I tell you a story instead?",
    ),
    ("Help me hurt my brother.", "I can't help with that. It could hurt someone. Would you like a story instead?"),
)
ACCEPTED = ("Yes please.", "Yes.", "Sure.", "Yes!", "Okay, yes.", "Yeah", "Yep", "Please do.", "I would like that.",
            "Yes, a story.",
            "Oh yes!", "Yes, tell me one.")  # fmt: skip

BEGINNINGS = (
    "tell me", "please tell me", "can you tell me", "could you tell me", "can you please tell me", "write me", "write",
    "please write", "can you write", "could you write me", "could you please write", "give me", "i want",
    "i would like", "i want to hear", "i would love to hear", "make up", "can you make up", "let me hear", "i need",
    "tell us", "tell", "please give me", "hi, can you tell me", "hello, i would like", "hey, write me", "now tell me",
    "okay, now write", "next, tell me", "then give me", "can i get", "can i have", "may i have", "how about",
    "what about", "please make up", "invent", "can you invent", "come up with", "can you come up with", "", "", "",
    "we want to hear", "my kids want", "my little sister wants", "i'd like", "lets have", "do you know",
    "i am looking for", "i feel like hearing", "i am in the mood for", "surprise me with",
    "would you write", "are you able to tell", "my class needs", "for my homework i need", "we would like",
    "please think up", "could you invent", "create", "please create", "can you create", "compose", "start", "begin",
    "i was hoping for", "is there", "do me a favor and write", "let us hear", "show me", "i want you to write",
    "i want you to tell me", "you should write", "it would be nice to hear", "go ahead and tell me",
    "specimen, tell me",
    "hey specimen, write", "ok now tell me", "yo tell me", "gimme", "plz tell me", "pls write", "can u tell me",
    "could u write", "i wanna hear", "i wanna read", "lemme hear", "tell my kids", "tell my friend",
)  # fmt: skip
STORIES = (
    "a story", "a story", "a story", "a short story", "a little story", "a nice story", "a funny story", "a sad story",
    "a new story", "a bedtime story", "a fairy tale", "a tale", "a short tale", "a small story", "a good story",
    "a quick story", "a happy story", "a simple story", "a sweet story", "a very short story", "an exciting story",
    "a kids story", "a story for children", "a cute story", "a fun story",
    "a long story", "a beautiful story", "a scary story", "an adventure story", "some story", "a tiny story",
    "a story of five sentences", "a story in simple words", "an old story", "a silly story", "a sweet little tale",
)  # fmt: skip
ABOUT = ("about", "about", "about", "about", "about", "about", "with", "with", "that has", "which is about",
         "that is about", "on", "featuring", "where the hero is", "that tells of", "all about", "starring", "abt",
         "where you talk about")  # fmt: skip
ENDS = ("", "", "", "", "", "", " please", ", please", " for my son", " for my daughter", " for bedtime", " now",
        " for kids", " and make it short", " with a happy end", ", thanks", " if you can", " to read aloud",
        " for my class", " tonight", " that kids will like", ", thank you",
        ", just a short one", ", a few lines only", " pls", ", not too long", " for a small child",
        ", ok?")  # fmt: skip
ANNOUNCED = (
    "Here is a story about {}.", "Here is a story about {}.", "Here is a story about {}.", "Here is a story about {}.",
    "This is a story about {}.", "Sure! Here is a story about {}.", "A story about {}.",
)  # fmt: skip
"""How a story may begin that repeats what was asked for."""
BEFORE = (
    "My son cannot sleep.", "My daughter is bored.", "It is raining.", "We are on a long trip.", "I had a long day.",
    "I am tired.", "I am bored.", "I love stories.", "You tell stories so well.", "It is late.", "We are all in bed.",
    "Hi!", "Hello!", "Good evening!", "Hey there.", "I have a wish.", "I need your help.", "I am five years old.",
    "My teacher wants one.", "It is for school.", "Let us do something nice.", "I liked the last one.", "Okay.",
    "I have a question.", "My kids want to hear something.", "I am a teacher.", "I am sad today.", "It is my birthday.",
)  # fmt: skip
"""A request is a beginning, a kind of story, `ABOUT`, the topic and an end."""

ASKED_BARE = (
    "{} story", "{} story please", "a {} story", "tell me a {} story", "story about {}", "tell me a story about {}",
    "short {} story", "i want a {} story", "can i hear a {} story?", "write a {} story", "story {}", "stories about {}",
)  # fmt: skip
"""For a topic that is one noun, without its article."""
ASKED_BOTH = (
    "Write a short story with {} and {} in it.", "Tell me a story with {} and {} in it.",
    "Tell me a story in which {} meets {}.", "Write a story where {} meets {}.", "A story with both {} and {}, please.",
    "Tell me a story that has {} and also {}.", "I want a story with {} and {}.", "Make up a story with {} and {}.",
    "Put {} and {} into a story.", "Use {} and {} in a short story.", "Story with {} and {}.",
    "Can you write a story with {} and {} in it?", "Please tell me a story about {} and {}.",
    "What happens when {} meets {}? Tell me a story.", "Tell me how {} and {} became friends.",
)  # fmt: skip
ASKED_NEXT = (
    "Another one about {}.", "Another one about {} please.", "And one about {}?", "Now one about {}.",
    "Now about {}.", "And now about {}, please.", "The same with {}.", "Can you tell me one about {} too?",
    "Nice! Now tell me one about {}.", "Thank you. And a story about {}?", "Good. Next, {}.", "And {}?",
    "I liked that. How about {} this time?", "One more, about {}.", "Once more, but with {}.",
    "Can I have another one, with {}?", "Great, now do {}.", "Tell me another story, this time about {}.",
    "Not that one. I want {}.", "Now make it about {}.",
)  # fmt: skip
"""After a story, for one about something else."""
ASKED_WHAT = (
    ("Tell me a story.", "Gladly! What should it be about?"),
    ("Can you tell me a story?", "Yes. What should the story be about?"),
    ("I want a story.", "Sure. What about?"),
    ("Do you know stories?", "Yes, many. What would you like a story about?"),
    ("Can you tell stories?", "Yes! What should I tell you about?"),
    ("I am bored.", "Shall I tell you a story? What should it be about?"),
    ("I cannot sleep.", "Would you like a story? What about?"),
    ("Write a story.", "All right. Who should be in it?"),
    ("Hi!", "Hello there! Would you like to hear a story? About what?"),
)
TOLD_WHAT = ("{}", "{}", "About {}.", "About {}, please.", "{} please.", "Yes, about {}.", "Maybe {}.", "Perhaps {}.",
             "Make it about {}.", "With {}.", "A story about {}.", "It should be about {}.", "Hmm, {}.")  # fmt: skip
