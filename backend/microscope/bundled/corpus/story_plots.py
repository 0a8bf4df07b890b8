"""How our own stories go: pieces that fill slots, and plots made of them.

`[a|b|]` is one of its alternatives. `{slot}` is filled once per story, from the topic (`intro`, `t` for "the dog",
`n` for its name, pronouns) or from one of the `POOLS`; a slot in capitals begins a sentence. Every plot names the
topic in its first sentence as it was asked for. Past tense serves one hero and several alike.
"""

# ruff: noqa: E501
# One plot is one line.

from __future__ import annotations


def lines(text: str) -> tuple[str, ...]:
    """One piece per line."""
    return tuple(line.strip() for line in text.strip().split("\n"))


POOLS: dict[str, tuple[str, ...]] = {
    "day": lines("""
        one sunny day
        one cold morning
        one day
        one rainy day
        one windy day
        one warm evening
        one morning
        one fine afternoon
        one quiet night
        last summer
        on a bright spring day
        early one morning
        one Sunday
    """),
    "home": lines("""
        near a big forest
        by the sea
        in a small village
        on a green hill
        by a quiet lake
        in a big town
        on a farm
        next to a river
        in a warm valley
        behind an old mill
        at the edge of a field
        in a land far away
        in a little red house
        at the end of a long road
        behind a stone wall
        high up in the mountains
    """),
    "scene": lines("""
        in the garden
        in the park
        under a tree
        on the way to school
        near the river
        in the forest
        on the beach
        behind the house
        by the road
        by the pond
        at the market
        on top of a hill
        near the bridge
        in the tall grass
        next to a big rock
        by the old well
        at the edge of the field
        beside a stone wall
    """),
    "liked": lines("""
        to sing
        to play in the sun
        to look at the stars
        to tell jokes
        to make new friends
        to count the clouds
        to play hide and seek
        to listen to music
        to help others
        to watch the sun go down
        to ask questions
        to go on adventures
        to make others laugh
        to learn new things
    """),
    "helper": lines("""
        old owl
        kind rabbit
        gray mouse
        friendly horse
        little bird
        big bear
        happy dog
        clever squirrel
        small frog
        soft sheep
        busy bee
        brown cow
        wise old crow
        gentle deer
        old man
        old woman
        little girl
        young farmer
        tall sailor
        shy hedgehog
    """),
    "other": lines("""
        rabbit
        duck
        squirrel
        frog
        crow
        horse
        cat
        hen
        bear
        lamb
        boy
        girl
    """),
    "treasure": lines("""
        golden key
        small door
        old map
        wooden box
        silver coin
        blue stone
        bright feather
        tiny house
        red balloon
        glass bottle
        singing bird
        lost puppy
        white horse
    """),
    "giver": lines("""
        mother
        father
        grandma
        grandpa
        aunt
        uncle
        teacher
        neighbor
        big sister
        big brother
    """),
    "owner": lines("""
        old man
        old woman
        little boy
        little girl
        farmer
        tall stranger
        small child
        young woman
    """),
    "lesson": lines("""
        It is good to help each other.
        A friend is worth more than gold.
        It is good to be kind.
        It is nice to have a friend.
        It is fine to ask for help.
    """),
    "ending": lines("""
        It made everyone smile.
        That night, the moon was bright, and all the land was still.
        That night, everyone slept well.
        They lived happily ever after.
        And they were happy for a long time.
        Then it was time to go home.
        Everyone was glad.
        They never forgot that day.
        It was the best day of all.
        For many years, people told this story.
        What a day that was!
        And that was the end of a very good day.
        The stars came out, and all was quiet.
        And all was well.
    """),
}

CLOSINGS = lines("""
    And that is the story of {told}.
    And that was the story of {told}.
    This was the story of {told}.
    And so ends the story of {told}.
    That is all there is to tell about {told}.
""")

HERO_OPENINGS = lines("""
    Once upon a time, there {was} {intro} who lived {home}.
    Once there {was} {intro}. {N} lived {home}.
    {Intro} lived {home}. Every morning, {t} said hello to the sun.
    Long ago, {intro} lived {home}.
    There once {was} {intro} who liked {liked}.
    Once upon a time, there {was} {intro}. Every day, {t} liked {liked}.
    Once upon a time, there {was} {intro}. Everyone knew {t}, because {he} liked {liked}.
    There {was} once {intro} who had no friends yet.
""")
HERO_OPENINGS_CLAUSE = lines("""
    Once upon a time, there {was} {intro}. {N} lived {home}.
    Once there {was} {intro}. {T} liked {liked}.
    There once {was} {intro}. Everyone {home} knew {t}.
    Long ago, there {was} {intro}.
""")

HERO_PLOTS = lines("""
    {Day}, {t} {was} lost and did not know the way home. ["Where {am} {i}?" asked {t}. |{T} looked left and right, but every road looked the same. |]Then {a_helper} came by. ["I know the way," said {the_helper}. "Come with me!"|"Follow me," said {the_helper}.] Soon {n} {was} home again.
    {Day}, {n} {was} very hungry, and there was no food at home. {T} asked {a_helper} for help. ["I have enough for all of us," said {the_helper}.|{The_helper} smiled and shared some bread and apples.] After the meal, {t} felt strong again. ["Thank you!" said {n}. "Next time, you will eat with {me}."|{N} said thank you and sang a song for {the_helper}.]
    {Day}, {t} fell into a deep hole {scene}. "Help!" cried {n}. "{I} cannot get out!" {A_helper} heard the cry and let down a long rope. {T} held on, and {the_helper} pulled. [At last {n} {was} free.|Up, up, up came {t}!]
    {Day}, {n} had nobody to play with. {T} sat down {scene} and {was} sad. "Why are you so sad?" asked {a_helper}. "{I} have no one to play with," said {t}. "Then play with me!" said {the_helper}. They played [hide and seek|ball|games] until it was dark.
    At night, {t} {was} afraid of the dark. ["What is that noise?" whispered {n}. |]{A_helper} came and sat next to {him}. "It is only the wind," said {the_helper}. {The_helper} sang a soft song, and {n} {was} not afraid any more.
    {Day}, {t} wanted to cross the river, but there was no bridge. ["How can {i} get across?" asked {n}. |]{A_helper} had an idea. "We can build a small raft," said {the_helper}. They worked all day, and in the evening {t} came safely to the other side.
    {Day}, {t} found {a_treasure} {scene}. "Whose is it?" asked {n}. {T} asked everyone, but nobody knew. At last {he} met {a_helper} who was looking for something. ["That is mine!" said {the_helper}. "Thank you for finding it!"|{The_helper} was so glad that everybody began to dance.] {T} gave it back, and they had a big party.
    {Day}, a big storm came. The wind blew, and the rain fell. {T} ran to a cave to hide. In the cave sat {a_helper}, who was cold and afraid. "Come, we will keep each other warm," said {n}. They told stories until the storm was over.
    {Day}, there was a race in the village. Everyone laughed at {t}. ["You are too slow!" said a proud pony. |"You will never win!" said {a_other}. ]{N} did not give up. {T} went on, step by step, while the others stopped to rest. In the end {n} won the race! "{I} never stopped trying," said {t}.
    {Day}, {t} heard a small voice {scene}. "Help me, please," said the voice. It was a baby bird that had fallen from its nest. {N} [carried|brought] it gently back to the nest. The mother bird was so happy that she sang a song for {t}.
    {T} had a secret. Every night {he} looked at the moon and made a wish. "{I} wish for a friend," said {n}. {Day}, {a_helper} moved in next door. "Hello," said {the_helper}. "Do you want to be my friend?" The wish of {t} had come true.
    {Day}, {n} broke a pot that belonged to {a_helper}. {T} {was} afraid and hid. But then {he} thought, "It is better to tell the truth." "{I} {am} sorry," said {n}. "{I} broke your pot." "Thank you for telling me," said {the_helper}. Together they made a new one.
    {Day}, {n} found an old map. ["It shows a treasure!" said {t}. |]{T} walked over the hills and through the woods. At the end of the way stood a big box. {N} opened it, and inside {he} found [a hundred books|warm coats for everyone|a letter that said, "The best treasure is a friend"|a box full of sweets]. {T} shared it with all the others.
    {T} wanted to learn to [sing|dance|swim|paint|read]. The first day it went very badly. [{A_other} laughed at {him}. |]"Do not stop," said {a_helper}. "I will help you." {N} tried again and again. After a week, {t} could do it better than anyone else.
    {Day}, everyone got ready for a big party. But nobody had asked {t} to come. {N} sat alone and [cried|was very quiet]. Then there was a knock at the door. "Surprise!" called {a_helper} and all the others. "The party is for you!" {T} {was} so happy that {he} laughed and danced.
    {Day}, {t} met {a_other} who was very rude. "Go away!" shouted {the_other}. {N} did not get angry. "Are you sad?" asked {t}. {The_other} nodded and said, "I have lost my [hat|ball|doll]." So they looked for it together, and {n} found it {scene}.
    {Day}, {t} saw smoke {scene}. "Fire! Fire!" called {n} as loudly as {he} could. Everyone came running with water, and soon the fire was out. "You saved us all," said {a_helper}. From then on, everyone was proud of {t}.
    {Day}, {n} wanted to give {a_helper} a present, but {he} had no money. So {t} picked the most beautiful flowers {scene}. "This is the best present of all," said {the_helper} and gave {him} a big smile.
    {Day}, {t} woke up and saw that everything was white. It had snowed! {N} ran outside and met {a_helper}. They made a big snow house and sat in it. "This is fun," said {t}. When the sun came out, the snow house melted, but they stayed friends.
    {Day}, {a_other} said, "I bet you cannot climb that hill." {T} {was} a little afraid, but {he} wanted to try. Up and up went {n}. On top of the hill, {t} could see the whole land. "How beautiful!" said {n}.
    {Day}, {n} heard music {scene}. {T} followed the sound. There sat {a_helper} and played a song. "May {i} sing with you?" asked {n}. They made such nice music that all the birds came to listen to {t}.
    {Day}, {n} got a letter. "Please come and help me," it said. {T} set out at once. After a long way {he} came to the house of {a_helper}, who was ill in bed. {N} made hot soup and told funny stories. The next day, {the_helper} felt much better.
""")
HERO_ALONE_PLOTS = lines("""
    {N} {was} very small, and the others never let {him} play. {Day}, a ball rolled into a tiny hole. Nobody could reach it. "{I} can!" said {t}. {N} crawled into the hole and came out with the ball. "Hurray for {t}!" they all cried. Now {n} could always play with them.
    {Day}, {t} could not sleep. [{N} counted to a hundred, but it did not help. |]So {t} went outside and sat under the stars. {A_helper} sat there too. "I cannot sleep either," said {the_helper}. They looked at the moon and talked, and soon both of them fell asleep.
    {T} always said, "{I} {am} the best!" The others did not like that. {Day}, {n} got stuck in the mud {scene} and could not move. "Please help {me}," said {t}. {A_helper} pulled as hard as possible, and {n} {was} free. "{I} {am} sorry," said {t}. "{I} will never be so proud again."
    {Day}, {t} met a girl named {girl} {scene}. "Who are you?" asked {girl}. "I am [{kind}|your new friend]," said {t}. {Girl} laughed and took {him} home. Her mother gave them both a cup of warm milk.
    {Day}, {t} met a boy named {boy} {scene}. {Boy} was crying. "What is wrong?" asked {n}. "I cannot find my mother," said {boy}. {T} took the boy to the market, and there she was! "Thank you, {n}!" said {boy}.
""")
SEA_PLOTS = lines("""
    Once upon a time, there {was} {intro} who lived in the deep blue sea. {Day}, {t} swam too far and did not know the way home. "Can you help {me}?" asked {n}. "Swim after me," said an old crab. Soon {n} {was} home again, and everyone was glad.
    Once there {was} {intro}. {N} lived near a small boat. {Day}, {t} heard a cry. A child had fallen into the water! {T} swam as fast as {he} could and brought the child back to the boat. "Thank you!" said the child.
    Far out in the sea lived {intro}. {T} {was} lonely. {Day}, {n} heard a song. It was a little dolphin who was lonely too. They swam and played in the waves, and {t} never felt alone again.
    {C} sat by the water and saw {intro}. "Hello," said {c}. {T} came closer and looked at {chim}. Every day after that, {c} came to the water, and {t} was always there. They were the best of friends.
    {Intro} got stuck in a net. "Help!" cried {n}. A small shrimp came with all its brothers. They pulled and pulled until {t} {was} free. "You may be small," said {n}, "but you are strong."
    There once {was} {intro} who found a box on the ground of the sea. "It is full of gold!" said a crab. "What can {i} do with gold?" asked {t}. So {n} gave the box to a poor fisherman. He thanked {t} with all his heart.
""")
MET_PLOTS = lines("""
    {Day}, {a_child} named {c} met {intro} {scene}. "Hello!" said {c}. "Who are you?" "I am {kind}," said {t}. ["Do you want to play with me?" {C} smiled and said yes. They played until the evening.|"I am lost. Can you help me?" "Of course!" said {c}. They found the way together.|"I am so hungry. Do you have some food?" {C} gave {t} some bread and cheese.|"Will you be my friend?" "Yes!" said {c}. They sat down and talked for a long time.|"I am afraid of the storm. Will you stay with me?" {C} stayed until the storm was over.] Then {t} went home, and {c} waved for a long time.
    {C} saw {intro} {scene}. {C} had never seen {kind} before. "Do not be afraid," said {t}. "I only want to [talk|play|rest here]." So {c} sat down next to {him}. {T} told {c} about [the sea|far lands|the stars|the old days], and the time went by very fast.
    When {c} opened the door, {intro} stood outside. "It is raining," said {t}. "May I come in?" "Yes, come in," said {c}. {C} made a warm fire, and they had hot soup. In the morning the sun was shining, and {t} said, "You have a good heart."
    {C} had always wanted to meet {intro}. {Day}, {c} went out to look. {C} looked {scene} and asked {a_helper}. "Look behind you!" said {the_helper}. There {he} was! {T} smiled and said, "I heard that you were looking for me." {C} laughed, and they spent the whole day together.
    {C} and {friend} saw {intro} behind a bush {scene}. "Please do not run away," said {t}. "I am all alone." {Friend} gave {him} an apple. "Now you have two friends," said {c}. {T} {was} so happy that {he} jumped up and down.
    {Day}, {intro} came to the house of {c}. "{C}, I need your help," said {t}. "[My home is too cold|I have lost my way|I want to learn to read|My friend is ill]." {C} thought for a moment. "I know what to do," {che} said. They worked together all day, and {t} said thank you again and again.
""")
THING_PLOTS = lines("""
    {Day}, {c} found {intro} {scene}. {C} [picked it up|looked at it from all sides] and wanted to know whose it was. Then {a_owner} came and looked sad. ["I lost my {noun}," said {the_owner}.|"Have you seen my {noun}?" asked {the_owner}.] {C} gave {t} back, and {the_owner} smiled. "You are an honest child," said {the_owner}.
    {Day}, {c} found {intro} {scene}. "What a nice {noun}!" said {c}. {Che} showed {t} to {friend}. They [played with {t}|looked at {t}] all day. In the evening they put {t} in a safe place.
    {C} got {intro} from {chis} {giver}. "What a nice {noun}!" said {c}. {Friend} saw it and was sad, because {friend} had no {noun}. ["We can share it," said {c}.|{C} thought about it and said, "It is for you too."] Then they took turns with {t}.
    {C} wanted {intro} more than anything. {Che} looked for one {scene}, but there was none. {Day}, {friend} came with a surprise. "Close your eyes," said {friend}. When {c} opened {chis} eyes, there was {t}! "Thank you!" said {c} and gave {friend} a hug.
    Once there was {intro} that nobody wanted. It was in the window of a small shop. Everyone walked by. {Day}, {c} came into the shop. "I like this {noun} best of all," said {c}. {Che} took {t} home and kept it for many years.
    {C} had {intro}. It was {chis} favorite thing. {Day}, {t} was gone! {C} looked under the bed and behind the door. "Have you seen my {noun}?" {che} asked everyone. At last {friend} found {t} {scene}. {C} was so glad that {che} jumped for joy.
    Once upon a time, there was {intro}. It was no common {noun}. It could talk! {Day}, {c} found it {scene}. "Hello," said {t}. "I can give you one wish." {C} thought for a long time. "I wish that nobody is ever lonely," said {c}. {T} began to shine, and the wish came true.
    {C} broke {intro} by accident. It belonged to {chis} {giver}. {C} was afraid, but {che} told the truth. "I am sorry. I broke your {noun}," said {c}. "Thank you for telling me," said {chis} {giver}. Together they repaired {t}, and it was as good as new.
    {C} wanted to make {intro}. [{Chis} {giver} gave {chim} paper and wood. |]The first one fell apart. "Try again," said {chis} {giver}. {C} worked all day long. In the evening, {t} was ready, and everyone said how beautiful it was.
    {C} and {friend} both wanted {intro}. "It is mine!" shouted {c}. "No, it is mine!" shouted {friend}. They pulled and pulled, and {t} fell to the ground. Now both were sad. "Let us share," said {friend}. After that, {c} had {t} in the morning, and {friend} had it in the evening.
    In an old house there was {intro}. {Day}, {c} came and cleaned it. There was a name on {t}: {girl}. "That is my grandma's name," said {c}. {Che} took {t} to {chis} grandma, and she told a long story about it.
    {A_owner} had {intro} to sell at the market. "Who wants to buy my {noun}?" called {the_owner}. Nobody came. Then {c} said, "I have only one coin." {The_owner} looked at {chim} and smiled. "Then the {noun} costs one coin," said {the_owner}. {C} carried {t} home with great joy.
    {A_other} once found {intro} {scene}. "What is it for?" asked {the_other}. "You can sleep on it," said the cow. "You can hide in it," said the mouse. Nobody knew. Then {c} came and showed them how to use {t}. They all thanked {c} and had fun with {t} every day.
""")
THING_HERO_PLOTS = lines("""
    Once upon a time, there was {intro}. {T} was sad, because nobody needed it. "I want to be useful," said {t}. {Day}, {a_child} named {c} came in. "This {noun} is just what I need!" said {c}. Now {t} was used every day, and it was very happy.
    Once there was {intro} that could dream. Every night {t} dreamed of the wide world. {Day}, {c} put it in a bag and went on a trip. {T} saw the sea, the hills and the big city. But best of all it liked to come home again.
    {Intro} stood alone in a dark room. "Is anybody there?" asked {t}. "I am here," said an old clock. They talked all night long. When {c} came in the morning, {t} and the clock stood side by side, and {c} never found out why.
""")
ROLLING_PLOTS = lines("""
    Once upon a time, there was {intro}. {T} was small, but it worked hard every day. {Day}, a big truck got stuck in the mud. "I will help you," said {t}. It pulled and pulled, and the big truck was free. "You are very strong for your size," said the truck.
    There once was {intro} that was always late. "I am sorry," said {t} every day. {Day}, there was a long line on the road, and nobody could move. But {t} knew a small way through the fields. For the first time, it was there before all the others!
    {C} loved to ride in {intro}. {Day}, they went up a steep hill. {T} got slower and slower. "You can do it!" called {c}. {T} tried with all its might, and at last it reached the top. There they could see the whole town.
    {Day}, {c} saw {intro} {scene}. Its driver looked worried. "It will not go any more," he said. {C} looked at {t} and found a stone under the wheel. {C} took the stone away, and {t} went on its way. "Thank you!" called the driver.
    Once there was {intro}. Nobody had used it for many years, and it was covered with dust. {Day}, {c} and {chis} {giver} cleaned it and painted it blue. "Now you are as good as new," said {c}. {T} took them all the way to the sea.
""")
FOOD_PLOTS = lines("""
    {C} had {intro} for lunch. {Friend} had nothing to eat. "I am so hungry," said {friend}. {C} cut {t} into two parts and gave one to {friend}. "It tastes better when we share," said {c}.
    {Day}, {c} wanted to make {intro} for {chis} {giver}. {Che} went to the market and asked {a_owner} for help. ["You must be patient," said {the_owner}. |]It took all day, but then {t} was on the table. "This is the best {noun} in the world!" said {chis} {giver}.
    {A_other} saw {intro} on the table. It smelled so good! {The_other} wanted to eat it all alone. But then {c} came in. "May I have a bite?" asked {the_other}. "Of course," said {c}. They ate {t} together and were both full and happy.
    Once there was {intro} that was bigger than a house. Nobody knew what to do with it. "We can all eat it together," said {c}. So everyone in the village came with a spoonful of joy and a big plate. They ate for three days, and then {t} was gone.
    {C} put {intro} on the window. When {che} came back, {t} was gone! "Who took my {noun}?" asked {c}. {A_other} looked at the floor. "It was me. I was so hungry," said {the_other}. {C} was not angry. They went to get another one, and this time they shared.
    {C} got {intro} for dinner but did not want to eat it. "I do not know it," said {c}. "Just one bite," said {chis} {giver}. {C} closed {chis} eyes and tried {t}. "Yummy!" {che} said. From now on, {c} wanted to try everything.
    {Day}, {intro} rolled down the hill. "Stop that {noun}!" cried {c}. [A cow|A dog|A hen] ran after it, and a boy ran after them. But {t} rolled on and on. At last it stopped right in front of {a_other} who was very hungry. {C} laughed and said, "Then it must be for you."
    {C} sold {intro} at the market. {A_owner} came by and had no money. {C} felt sorry and gave {t} away. The next day, {the_owner} came back with a basket full of flowers. "Thank you for the {noun}," said {the_owner}.
    {C} brought {intro} to the contest in the village. [Everyone else had a bigger one.|"It is too small," said the others.] The king tasted it and closed his eyes. "This {noun} wins the prize," he said. {C} was so proud that {che} gave a piece of {t} to everyone.
""")
PLACE_PLOTS = lines("""
    {Day}, {c} and {friend} went to {intro}. [They had never been there before.|It was quiet and beautiful.|It was big, and they were a little afraid.] There they saw {a_treasure}. ["Look!" said {c}. "How wonderful!"|"What is that?" asked {friend}.] They played at {t} all day and told everyone about {the_treasure}.
    {C} lived near {intro}. Every day {che} looked at {t} and asked, "What is there?" {Day}, {chis} {giver} took {chim} by the hand. "Come, I will show you," said {chis} {giver}. They walked around {t} and had a picnic there. {C} never forgot it.
    {Day}, {c} got lost near {intro}. It was getting dark. "Hello? Is anybody here?" called {c}. {A_helper} heard {chim}. "I know {t} very well," said {the_helper}. Soon {c} was safe at home, and {chis} mother gave {chim} a big hug.
    There once was {intro} where nobody ever laughed. {Day}, {c} came there with {chis} friend {friend}. They told jokes and danced until the people began to smile. Soon {t} was full of laughter.
    Far away there was {intro}. People said that {a_treasure} was hidden there. {C} wanted to find it. {Che} looked everywhere, and on the third day there it was! {C} did not keep it but gave it to {a_owner} who lived near {t}.
    {A_helper} lived at {intro}. It was lonely there. {Day}, {c} came by. "May I stay with you today?" asked {c}. {The_helper} was very happy and showed {chim} every corner of {t}. From then on, {c} came every week.
    Everyone was afraid of {intro}. "There is a monster in it!" they said. But {c} was brave and went in. There was no monster in {t}. There was only {a_other} who was all alone. "Will you play with me?" asked {the_other}. {C} laughed and said yes.
    {C} wanted to clean up {intro}. There was paper all over the ground. "I cannot do it alone," said {c}. So {friend} and all the children came to help. After two hours, {t} was clean and beautiful again.
    {C} and {chis} {giver} took a trip to {intro}. On the way it began to rain. "Shall we go home?" asked {chis} {giver}. "No, please," said {c}. When they came to {t}, the sun came out, and they saw a big rainbow over it.
""")
NATURE_PLOTS = lines("""
    {Day}, {c} and {friend} saw {intro} {scene}. ["Look at that {noun}!" said {c}.|"I have never seen such {a_noun}," said {friend}.] They looked at {t} for a long time. At home, {c} made a picture of {t} and gave it to {chis} {giver}.
    Once there was {intro}. Nobody looked at it, and {t} was lonely. {Day}, {a_other} came and sat down next to it. "You are beautiful," said {the_other}. After that, {the_other} came every day to see {t}.
    {C} found {intro} and ran home to tell everyone. "Come and see!" {che} called. But when they came back, {t} was gone. {C} was sad. "Look over there," said {friend}. There was another {noun}, and it was even more beautiful.
    {C} loved {intro} more than anything. Every morning {che} went outside to look at it. {Day}, there was a strong wind. {C} stayed with {t} all night. In the morning, the wind was gone, and {t} was still there.
    "Grandma told me about {intro}," said {c}. "Let us go and find it." {C} and {friend} walked over the hills. They asked {a_helper}, and {the_helper} showed them the way. At last they stood in front of {t}. It was even better than in the tale.
""")
WEATHER_PLOTS = lines("""
    {C} was afraid of {intro}. "It is coming!" {che} cried and hid under the bed. {Chis} {giver} came and sat down beside {chim}. "Let us watch it together," said {chis} {giver}. They looked out of the window, and {c} saw how beautiful {t} was.
    {Day}, there was {intro} over the village. Everyone ran home. Only {c} heard a cry {scene}. It was {a_other} that had lost its way. {C} took {the_other} home, and they waited by the fire until {t} was over.
    Once upon a time, there was {intro} that nobody liked. "Go away!" the people always said. {T} was sad and went far over the sea. But soon the people missed it. "Please come back," said {c}. And {t} came back and was happy.
    {C} loved {intro}. {Che} ran outside and danced. "You will get ill!" called {chis} {giver}. But then {chis} {giver} came out too, and they danced together. When {t} was over, they had hot soup.
    "Look, there is {intro}!" called {c}. {C} and {friend} ran to the top of the hill. They held hands and looked at {t} for a long time. "I will never forget {t}," said {friend}.
""")
MASS_FOOD_PLOTS = lines("""
    {C} wanted {intro} for breakfast, but there was no {noun} left. "Let us make some," said {chis} {giver}. They worked all morning. Then {c} tasted it. "This is the best {noun} in the world!" {che} said.
    {Day}, {c} brought {intro} to {a_owner} who was ill. "I have not had any {noun} for years," said {the_owner}. After that, {the_owner} felt much better. {C} promised to bring more {noun} soon.
    Once there was a king who ate nothing but {intro}. "More {noun}!" he said every day. {Day}, the cook was tired. "Come and help me," the cook said. The king learned to make {noun} himself, and he gave some to everybody.
    {A_other} found {intro} {scene}. "Whose {noun} is this?" asked {the_other}. "It is mine," said {c}, "but you can have half of it." They sat down and shared the {noun}, and {the_other} was not hungry any more.
    {C} spilled {intro} all over the floor. {C} was afraid that {chis} {giver} would be angry. "I am sorry about the {noun}," {che} said. "That can happen to anyone," said {chis} {giver}. They cleaned the floor and laughed.
""")
FIXED_PLOTS = lines("""
    In an old house there was {intro}. Nobody had used it for years. {Day}, {c} moved in with {chis} mother. "What a nice {noun}!" said {c}. They cleaned {t} and painted it, and soon it looked like new.
    Once there was {intro} that could talk, but it never did. {Day}, {c} sat down next to it and cried. "Why are you so sad?" asked {t}. {C} was very surprised. {Che} told {t} everything and felt much better.
    {C} and {chis} {giver} wanted to build {intro}. They worked for a whole week. [The first one was not very good. "Try again," said {chis} {giver}. |]At last {t} was ready. Everyone came to see it, and {c} was very proud.
    {Day}, {c} hid behind {intro}. {Friend} looked for {chim} everywhere. "Where are you, {c}?" called {friend}. Then {t} made a funny noise, and {c} began to laugh. "Found you!" said {friend}.
    There was {intro} in the house of {c}. {Day}, it broke. "We need a new {noun}," said {chis} {giver}. "No," said {c}, "I can repair it." {C} worked all day, and then {t} was as good as before.
    {A_other} lived behind {intro}. {Day}, {c} saw {the_other} there. "Please do not tell anyone," said {the_other}. {C} kept the secret and put some food next to {t} every evening.
""")
MASS_PLOTS = lines("""
    {C} loved {intro} more than anything. {Day}, there was {noun} everywhere. {C} called {chis} friend {friend}. "Look at all the {noun}!" said {c}. They were so happy that they laughed and danced.
    "What is {intro}?" asked {c} {day}. {Chis} {giver} smiled and took {chim} outside. "I will show you," said {chis} {giver}. {C} looked with big eyes. Now {che} knew what {noun} was, and {che} told {friend} all about it.
    Once upon a time, there was no {intro} in the whole land. Everyone was sad. "I will go and find some," said {c}. {Che} walked for a long time and met {a_helper}. "Here is {noun} for you all," said {the_helper}. {C} brought the {noun} home, and everyone cheered.
    There was a village where {intro} was the best thing of all. Every year, people came from far away. {Day}, {c} asked, "Why do you like {noun} so much?" "Because it makes us happy," said {a_owner}. {C} took a little {noun} home in a glass.
    {Day}, {c} thought about {intro}. "Where does it come from?" {che} asked {a_helper}. {The_helper} laughed. "There is always {noun} where you do not look for it," said {the_helper}. {C} looked {scene}, and there it was.
""")
ABSTRACT_PLOTS = lines("""
    This is a story about {intro}. {C} and {friend} had a quarrel and did not talk for a week. Then {c} thought of what {chis} {giver} had said about {noun}. {C} went to {friend} and said, "I am sorry." {Friend} smiled. That day, they learned what {noun} means.
    {C} learned about {intro} {day}. {A_owner} fell down {scene}, and nobody stopped. But {c} ran and helped. "Thank you," said {the_owner}. "You know what {noun} is." {C} felt warm inside.
    "What is {intro}?" asked {c}. {Chis} {giver} thought for a moment. "Go out and look for it," said {chis} {giver}. {C} saw a girl who shared her bread, and {a_other} who helped a bird. "Now I know what {noun} is," said {c}.
""")
SEASON_PLOTS = lines("""
    {C} waited for {intro}. "When will it be {noun}?" {che} asked every day. "Soon," said {chis} {giver}. Then, {day}, {c} looked out of the window, and {noun} had come. {C} ran outside and called {friend}. They played until it was dark.
    It was {intro}, and {c} was very happy. {Che} and {friend} went outside. They met {a_helper} {scene}. "What do you like best about {noun}?" asked {the_helper}. "That we are all together," said {c}.
    Everyone loved {intro} but {c}. "I do not like {noun}," {che} said. So {friend} took {chim} by the hand and showed {chim} how beautiful everything was. In the end, {c} did not want {noun} to be over.
""")

CHILD_AND_THING_PLOTS = lines("""
    Once upon a time, there {was} {intro}. {N} took {t2} everywhere. {Day}, {t2} was gone! {N} looked {scene} and asked {a_helper}. "I saw your {two} by the gate," said {the_helper}. And there it was. {N} held {t2} tight and was happy again.
    There once {was} {intro}. {A_other} had never seen {a2} before. "May I try it?" asked {the_other}. {N} was afraid to give {t2} away. But then {he} smiled and said yes. They took turns with {t2} all afternoon.
    {Day}, {intro} came to the market. "What do you have there?" asked {a_owner}. "My {two}," said {n}. "I will give you ten coins for it!" But {n} shook {his} head. "{T2} is not for sale," {he} said and went home with {t2}.
    Once there {was} {intro}. {Day}, {n} saw {a_other} who was crying. {N} thought for a moment. Then {he} gave {t2} to {the_other}. {The_other} stopped crying. The next day, {the_other} brought {t2} back with a flower on it.
    This is the story of {intro}. {N} had {t2} from {his} grandma. {Day}, it began to rain, and {t2} got wet. {N} was very sad, but {a_helper} dried {t2} by the fire. In the evening, it was as good as new.
""")
BEING_AND_THING_PLOTS = lines("""
    Once upon a time, there was {a1} who found {a2} {scene}. "What is that?" asked {t1}. {A_helper} showed {him1} what it was for. From that day on, {t1} never went anywhere without {t2}.
    {Day}, {a1} found {a2} {scene}. "What can I do with {a2}?" asked {t1}. {A_helper} laughed. "You can share it with me," said {the_helper}. So {t1} and {the_helper} had fun with {t2} all day.
    Once there was {a1} who wanted {a2} more than anything. {T1} looked everywhere, but there was no {two}. {Day}, {a_helper} came with a box. Inside was {a2}! {T1} was so happy that {he1} danced around {t2}.
    {A1} had {a2}. Nobody else had {a_two} like that, and everyone wanted to see it. {Day}, {t2} was lost. All of them helped {t1} to look for it. They found {t2} {scene}, and {t1} said, "From now on, it is for all of us."
    {A1} saw {a2} in a shop window. "I have no money," said {t1}. So {he1} helped {a_owner} in the shop for a week. "Take {t2}," said {the_owner}. "You worked hard for it." {T1} carried {t2} home and was very proud.
    There once was {a1} who was afraid of {a2}. Whenever {t1} saw {t2}, {he1} ran away. "It will not hurt you," said {a_helper}. {T1} came closer, step by step, and looked at {t2}. In the end {he1} was not afraid any more.
""")
BEINGS_PLOTS = lines("""
    Once upon a time, there were {intro}. {T1} and {t2} did not like each other. "You are too loud," said {t1}. "And you are too slow," said {t2}. {Day}, {t1} fell into the water. {T2} jumped in and pulled {him1} out. "Thank you," said {t1}. After that, they were never rude again.
    {A1} and {a2} were best friends. They did everything together. {Day}, {t1} got ill and could not go out. So {t2} brought soup and sat by the bed all day. Soon {t1} was well again. "A friend like you is the best medicine," said {t1}.
    {Day}, {a1} met {a2} {scene}. "Hello," said {t1}. "Do you want to play?" "I would like that," said {t2}. They played hide and seek, but {t1} could not find {t2} anywhere. At last {he1} heard a giggle from behind a tree. "Found you!" said {t1}.
    {A1} and {a2} had a race. "I will win," said {t1}. "No, I will," said {t2}. They ran and ran. Suddenly they saw {a_other} who had hurt a foot. Both stopped to help. "Then we have both won," said {t2}.
    {A1} had a birthday, and {a2} wanted to bring a present. {T2} thought and thought. At last {t2} made a big cake. {T1} was so glad! {T1} cut the cake and gave the biggest piece to {t2}.
    {A1} wanted to cross the river, but {he1} was afraid of the water. {A2} came by. "I will help you," said {t2}. They found a big log and sat on it. Slowly they floated to the other side. "We did it!" cried {t1}. {T2} laughed for joy.
    {Day}, {a1} and {a2} found {a_treasure} {scene}. "I saw it first!" said {t1}. "No, I did!" said {t2}. While they quarreled, a crow came and took it away. Now they had nothing. "Next time we will share," said {t1}, and {t2} said the same.
""")

BEING_AND_FOOD_PLOTS = lines("""
    Once there was {a1} who wanted {a2} more than anything. {T1} looked everywhere, but there was no {two}. {Day}, {a_helper} came with a basket. Inside was {a2}! {T1} was so happy that {he1} danced.
    {Day}, {a1} found {a2} {scene}. "That smells good!" said {t1}. But then {t1} saw {a_other} who had nothing to eat. {T1} cut {t2} into two parts, and they ate it together.
    {A1} had {a2} for lunch. "Will you give me a bite of your {two}?" asked {a_helper}. {T1} thought about it. "Yes," said {t1}, "but then you must play with me." They ate {t2} and played until the sun went down.
    {A1} wanted to make {a2}. The first one was burnt, and {t1} was sad. "Try again," said {a_helper}. The next time, {t2} was so good that {t1} and {the_helper} ate it all.
""")
TWO_THINGS_PLOTS = lines("""
    {C} had {a1} and {a2}. {Day}, {chis} friend {friend} came to play. "May I have {t1}?" asked {friend}. "Yes," said {c}, "and I will take {t2}." They played all day long, and then they put {t1} and {t2} away.
    {Day}, {c} found {a1} and {a2} in an old box. "Whose are they?" asked {c}. {Chis} {giver} smiled. "{T1} was mine when I was small, and {t2} was a present from my father," said {chis} {giver}. "Now they are yours."
    {C} wanted to buy {a1} and {a2}. But {che} had only one coin. "You can have {t1} today," said {a_owner}, "and tomorrow you help me, and I will give you {t2}." {C} worked hard and carried both home.
    Once there were {a1} and {a2} on a shelf. "I am the most useful thing here," said {t1}. "No, I am," said {t2}. Then {c} came and took both of them. "I need you both," said {c}. After that, they were friends.
""")

CANNOT_PLOTS = lines("""
    All the others could {verb}, only {t} could not. They laughed at {him}. "{I} will never learn it," said {n} and {was} very sad. Then {a_helper} said, "You do not have to {verb}. You have a good heart." {Day}, {the_helper} was in danger, and {t} came to help. Nobody laughed at {n} any more.
    Every day {n} tried to {verb}, but it did not work. "How do you do it?" {t} asked {a_helper}. "Do not think about it," said {the_helper}. "Just be happy." {N} closed {his} eyes and tried once more. And look, {t} could {verb} at last!
    {Day}, {n} met {a_other} who could not [whistle|count|swim] and was sad about it. "{I} cannot {verb}," said {t}. "But {i} can be your friend." {The_other} smiled. Together they found many things that they could do.
""")
AFRAID_PLOTS = lines("""
    {Day}, {n} met {a_helper} who was afraid of nothing. "How do you do it?" asked {t}. "I take a deep breath and count to three," said {the_helper}. That night, {n} counted: one, two, three. And {t} {was} not afraid any more.
    The others laughed at {t}. But {day}, they all got lost, and it was {n} who found the way, although {he} {was} afraid. "You are the bravest of us all," said {a_helper}. {T} smiled, for {he} {was} very proud.
    {T} told nobody about it. {Day}, {a_helper} asked, "What are you afraid of?" {N} told the truth. "I was afraid of that too," said {the_helper}. "Take my hand." Together it was not so bad, and soon {t} could laugh about it.
""")
WANTS_PLOTS = lines("""
    "That is not possible," said the others. But {t} did not listen. {N} asked {a_helper} for help. They worked and tried for many days. And {day}, {t} did it! "{I} wanted to {verb}, and now {i} can," said {n}.
    Every night {n} dreamed of it. {Day}, {t} met {a_helper}. "If you want to {verb}, you must first be patient," said {the_helper}. So {t} waited and tried again. At last the dream of {n} came true.
    {T} told everyone about it, and everyone laughed. Only {a_helper} did not laugh. "Let us try it together," said {the_helper}. The first time it went wrong, and the second time too. The third time, {t} could {verb}. They all clapped and cheered.
""")
LOST_PLOTS = lines("""
    "Where is {my} {item}?" cried {n}. {T} looked {scene} and in the kitchen. Then {a_helper} came. "Is this your {item}?" asked {the_helper}. "Yes!" said {t}. {N} {was} so happy that {he} gave {the_helper} a hug.
    {T} asked everyone, but nobody had seen the {item}. {N} sat down and began to cry. "What is that on your back?" asked {a_helper}. It was the {item}! {T} began to laugh, and {the_helper} laughed too.
    {T} looked for three days. At last {he} saw {a_other} with the {item}. "I found it, and I was so cold," said {the_other}. {N} felt sorry. "Keep the {item}," said {t}. "We can share it."
""")

DOING_PLOTS = lines("""
    Once upon a time, there {was} {intro}. Everyone wanted to see {t2}. "Where is it?" asked {a_helper}. {T} showed {t2} to all of them. In the evening, {t} and {the_helper} sat together and talked about {t2}.
    This is the story of {intro}. At first, nobody believed {him}. "There is no {two} here," said {a_other}. But {t} took {the_other} by the hand, and there was {t2}! {The_other} was very surprised. "I am sorry," said {the_other}. "It is a wonderful {two}."
    Long ago, there {was} {intro}. It was not easy. {T} worked hard and asked {a_helper} for help. "You must be patient," said {the_helper}. At last {t} came back with a smile. "Look at {t2}!" said {t}, and everyone cheered.
    {Day}, there {was} {intro}. "What {a_two}!" said {t}. Then {a_owner} came by and looked sad. "I have never had {a_two}," said {the_owner}. {T} thought for a moment. "You can come and see {t2} every day," said {t}. That made {the_owner} very happy.
    There once {was} {intro}. {Day}, something was wrong with {t2}. "What shall {i} do?" asked {t}. {A_helper} looked at {t2} and laughed. "It only needs a little care," said {the_helper}. Soon {t2} was better than before, and {t} said thank you.
    Once there {was} {intro}. {T} kept it a secret. But {a_other} had seen {t2} too. "I will tell nobody," said {the_other}, "if I may come with you." So {t} and {the_other} went to {t2} together, and they had a wonderful day.
    Everyone {home} knew the tale of {intro}. {T} always said, "The best thing about {t2} is that {i} can share it." So {t} called all {his} friends, and they had a party. They laughed and sang around {t2} until the stars came out.
""")

EVENT_PLOTS = lines("""
    {C} was so happy about {intro}. "Is it time yet?" {che} asked again and again. At last the day came. {Friend} and {chis} {giver} came too. They laughed and sang all day. "That was the best day of the year," said {c}.
    It was the day of {intro}, but {c} was ill in bed. {C} was very sad. Then there was a knock at the door. {Friend} came in with flowers and a piece of cake. "If you cannot come to us, we will come to you," said {friend}.
    {C} and {friend} talked about {intro} all week. But on that day, it rained and rained. "What can we do now?" asked {friend}. "We can do it inside," said {c}. So they put a blanket on the floor and had more fun than ever.
    {Day}, {c} woke up early because of {intro}. {Che} was a little afraid. "What if nobody likes me?" {che} asked. "Just smile," said {chis} {giver}. {C} smiled, and {friend} smiled back. There was nothing to be afraid of.
    This is a story about {intro}. {C} was late and ran as fast as {che} could. On the way {che} met {a_other} who needed help. {C} stopped and helped. "Now I will miss it all," {che} thought. But {friend} and the others had waited for {chim}.
""")
TRIP_PLOTS = lines("""
    {C} and {chis} {giver} went on {intro}. On the way they met {a_helper}. "May I come with you?" asked {the_helper}. "Of course!" said {c}. They saw many new things, and {the_helper} told funny stories. In the evening they came home tired and happy.
    {Day}, {c} went on {intro} with {friend}. They took bread, apples and a map. But the wind blew the map away! "Now we are lost," said {friend}. "No," said {c}. "We can ask." {A_owner} showed them the way, and the day was still a good one.
    {C} had waited a long time for {intro}. {Che} packed {chis} bag and put on {chis} best shoes. After a while, {che} was tired. "Are we there yet?" asked {c}. "Look up," said {chis} {giver}. There it was, and it was wonderful.
""")

TRAITS: dict[str, tuple[str, ...]] = {
    "cannot": lines("""
        fly
        swim
        sing
        dance
        count
        whistle
        sleep
        read
        run
        jump
        smile
        laugh
        climb
        bark
        roar
        write
        cook
        see well
        sit still
        keep a secret
        whisper
    """),
    "afraid": lines("""
        the dark
        mice
        water
        thunder
        spiders
        ghosts
        dogs
        cats
        the moon
        everything
        loud noises
        the wind
        high places
        school
        snow
        flying
        being alone
        bees
    """),
    "wants": lines("""
        fly
        see the sea
        sing on a stage
        climb the highest hill
        read books
        bake bread
        swim across the lake
        dance in the big city
        build a house
        touch the stars
        visit the moon
        go to school
        win a race
        play the guitar
        speak with birds
        find a friend
        paint pictures
        ride a bike
    """),
    "lost": lines("""
        hat
        ball
        shoe
        key
        book
        umbrella
        map
        glove
        blanket
        watch
        ring
        coat
        bag
        phone
    """),
    "with": lines("""
        a red hat
        a broken wing
        big ears
        a long tail
        green eyes
        a wooden leg
        two heads
        a golden tooth
        a blue coat
        a big secret
        a loud voice
        no name
        purple hair
        a magic stick
        a very long nose
        only one shoe
        a green umbrella
        a big heart
    """),
    "likes": lines("""
        to dance
        to sing
        to read
        cookies
        flowers
        to sleep all day
        to cook
        rain
        to tell jokes
        music
        to paint
        to eat apples
        to jump
        pancakes
        to travel
    """),
}
NEARBY = lines("""
    by the sea
    on a hill
    in the mountains
    in the forest
    near a river
    under the sea
    in the clouds
    at the end of the world
    behind a waterfall
    in the desert
    on the moon
    by a lake
    far away
""")
EVENTS = lines("""
    a birthday party
    the first day of school
    a picnic
    a school play
    a wedding
    a snowball fight
    a sleepover
    a rainy day
    a snowy day
    a football game
    a birthday
    a big race
    a contest
    a summer holiday
    a camping trip
    a family dinner
    the last day of school
    a tea party
    a costume party
    a talent show
    a concert
    a school trip
    a dance
    a treasure hunt
    a pillow fight
    a swimming lesson
    a visit from grandma
    a spelling contest
    a parade
    a street fair
    a baking day
    a fishing trip
    the first snow
    a big game
    a magic show
    a puppet show
    a market day
    Christmas Eve
    a night in a tent
    moving to a new house
    losing a tooth
    learning to swim
    learning to ride a bike
    making new friends
    going to the dentist
    going to bed early
    helping a neighbor
""")
TRIPS = lines("""
    a trip to {}
    a journey to {}
    a walk to {}
    an adventure at {}
    a visit to {}
    a ride to {}
""")
