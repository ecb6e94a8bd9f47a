"""Tries the exported models on ordinary texts, and prints what they get wrong.

None of the texts is in the lexicon as it is; but what early models got wrong of the first ones guided what was added to it.
Those behind LATER_ were written when the lexicon was settled, and are tried once.

    python -m encoders.check MODELS [embed|rerank]
"""

import sys
from pathlib import Path

from .evaluate import Bm25, Encoder

# A text, one that is near to it, and one that is not.
TRIPLES = [
    ("How do I reset my password?", "I forgot my login credentials", "The recipe needs two eggs"),
    ("How do I reset my password?", "I cannot get into my account any more", "How do I cancel my subscription?"),
    ("A man is playing a guitar", "Someone strums an instrument on stage", "A man is eating a pizza"),
    ("The cat sits outside", "A kitten is sitting in the yard", "The new movie is awesome"),
    ("The new movie is awesome", "The film is so great", "The dog plays in the garden"),
    ("A woman watches TV", "A lady is looking at the television", "The cat sits outside"),
    ("The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."),
    ("What is the best way to cook pasta?", "How should I boil noodles?", "How do I invest in shares?"),
    ("My laptop won't turn on", "The computer does not boot", "My flight was delayed"),
    ("I want a refund for a damaged item", "Please give me my money back, the article arrived broken", "I want to learn the violin"),
    ("The stock market crashed yesterday", "Share prices fell sharply", "The car crashed yesterday"),
    ("The bank raised its interest rates", "Loans have become more expensive", "We sat on the bank of the river"),
    ("She has a fever and a cough", "The girl is ill", "She has a house and a car"),
    ("Where can I catch the bus downtown?", "public transport to the city centre", "Where can I catch fish?"),
    ("Book a table for two at an Italian restaurant", "reserve dinner for a couple", "Read a book about Italian history"),
    ("The judge sentenced the thief to prison", "A court sent the robber to jail", "The teacher praised the pupil"),
    ("How tall is Mount Everest?", "height of the highest mountain", "How old is the universe?"),
    ("The train to London leaves at nine", "departure of the railway to the English capital", "The cake for Linda is in the oven"),
    ("I feel lonely and sad", "I am unhappy because nobody is with me", "I feel hungry and thirsty"),
    ("The baby is crying", "An infant is in tears", "The battery is empty"),
    ("The team won the championship", "Our club became the champion", "The team of developers wrote code"),
    ("install the latest version", "update the software", "plant the latest roses"),
    ("a queen and her castle", "the royal family lives in a palace", "a bee and her hive"),
    ("The soup needs more salt", "this dish is not seasoned enough", "The sea is blue"),
    ("Solar panels turn sunlight into electricity", "power from the sun", "The sun burned my skin"),
    ("The doctor prescribed some pills", "the physician gave her medicine", "The carpenter built some chairs"),
    ("My internet connection is slow", "websites take forever to load", "My horse is slow"),
    ("The children are playing in the snow", "Kids build a snowman", "The investors are playing the market"),
    ("How do I tie a tie?", "instructions for a necktie knot", "How did the match end? It was a tie."),
    ("Nurses work long shifts", "hospital staff have long hours", "The river is long"),
    ("The painter finished her portrait", "an artist completed a picture", "The runner finished her marathon"),
    ("A spaceship landed on Mars", "the rocket reached the red planet", "A bus stopped at the market"),
    ("vegetarian recipes", "meals without meat", "electric cars"),
    ("cheap flights to Spain", "inexpensive plane tickets to Madrid", "expensive furniture from Denmark"),
    ("The dentist pulled my tooth", "I had a tooth removed", "The dog pulled its leash"),
    ("happy", "glad", "table"), ("car", "automobile", "banana"), ("king", "emperor", "cabbage"), ("doctor", "nurse", "guitar"), ("Paris", "France", "keyboard"),
]

# A query, and documents, the best one first.
RANKINGS = [
    ("What is the capital of France?", ["Paris is the capital of France.", "Berlin is in Germany.", "Cats are animals"]),
    ("What is the capital of the United States?", [
        "Washington, D.C. (also known as simply Washington or D.C., and officially as the District of Columbia) is the capital of the United States. It is a federal district.",
        "Carson City is the capital city of the American state of Nevada.",
        "The Commonwealth of the Northern Mariana Islands is a group of islands in the Pacific Ocean. Its capital is Saipan.",
        "Capitalization or capitalisation in English grammar is the use of a capital letter at the start of a word. English usage varies from capitalization in other languages.",
        "Capital punishment (the death penalty) has existed in the United States since beforethe United States was a country. As of 2017, capital punishment is legal in 30 of the 50 states."]),
    ("hello", ["welcome", "farewell"]),
    ("Which planet is the biggest?", ["Jupiter is larger than all other planets.", "Mars is called the red planet.", "The biggest city has many inhabitants."]),
    ("who wrote Hamlet", ["Hamlet is a play by William Shakespeare.", "A hamlet is a small village.", "He wrote a letter to his mother."]),
    ("how to fix a flat tire", ["Take the wheel off, patch the hole in the tube and pump it up.", "The country is flat and has no hills.", "How tires are sold: a report on the rubber market."]),
    ("What do pandas eat?", ["Pandas eat bamboo nearly all day.", "The panda is black and white.", "We ate in a Chinese restaurant."]),
    ("When was the company founded?", ["The company was founded in 1987 by two students.", "The company has 500 employees.", "He found his keys in the car."]),
    ("How do I reset my password?", ["Click on 'Forgot password' and follow the link in the email.", "A password should be long and secret.", "Our office is open from nine to five.", "The alarm clock can be reset with the small button."]),
    ("Where is the Eiffel Tower?", ["The Eiffel Tower stands in Paris.", "The tower was built of iron.", "Chess has a piece that is called rook or tower."]),
    ("How long does delivery take?", ["Orders arrive within three to five days.", "We accept credit cards.", "The midwife helped at the delivery of the baby."]),
    ("symptoms of a cold", ["A runny nose, sneezing and a sore throat are typical.", "It was a cold winter day.", "The doctor's office opens at eight."]),
    ("Is this product waterproof?", ["Yes, you can wear the watch under water.", "The watch costs eighty dollars.", "Drink enough water every day."]),
    ("python list sort", ["Call sorted() on the list or use its sort method.", "A python is a large snake.", "Make a list of what you need at the market."]),
    ("What are the opening hours of the museum?", ["The museum is open from ten to six, except on Mondays.", "The museum shows paintings from three centuries.", "Opening a bottle of wine takes an hour."]),
    ("Can I bring my dog to the hotel?", ["Pets are welcome in our rooms for a small fee.", "The hotel has a pool and a sauna.", "Dogs like long walks."]),
    ("Who is the boss of Trevanox?", ["Trevanox is led by Milena Horak.", "Trevanox sells shoes.", "Olaf Brenn is the boss of Quillbase."]),
    ("What is the population of Zorland?", ["About four million people live in Zorland.", "The capital of Zorland is Mirapol.", "Kestria has nine million inhabitants."]),
    ("How many moons does Mars have?", ["Mars has two moons, Phobos and Deimos.", "Mars is red because of rust.", "The moon causes the tides."]),
    ("best food for a puppy", ["Young dogs need a diet with much protein.", "The restaurant serves the best food in town.", "The kitten sleeps on the sofa."]),
    ("side effects of aspirin", ["Aspirin can cause stomach pain and bleeding.", "The effects in this film are great.", "The pharmacy is on the other side of the street."]),
    ("deep learning", ["Neural networks with many layers learn from large data sets.", "The lake is two hundred metres deep.", "She is learning to swim."]),
    ("cancel my booking", ["You may call off your reservation free of charge until one day before arrival.", "The book is about a boy on an island.", "The concert begins at eight."]),
    ("How do volcanoes form?", ["Where plates of the earth part or collide, melted rock rises and builds a mountain.", "Please fill in this form.", "The mountain has a hut for hikers."]),
    ("apple", ["A round fruit that grows on trees.", "The train station is closed.", "Lawyers read contracts."]),
]

LATER_TRIPLES = [
    ("My suitcase got lost on the way", "the airline cannot find my luggage", "My grandfather got lost in the forest"),
    ("Which bank gives the best mortgage?", "loan for buying a home", "Which bench is best for the park?"),
    ("The kettle is boiling", "Hot water for tea is ready", "The concert is starting"),
    ("A boy throws a ball to his dog", "a child plays with a puppy", "A boy throws away his homework"),
    ("The surgeon operated on his knee", "he had surgery on his leg in the clinic", "The clown performed on his bike"),
    ("How can I stop my dog from biting?", "train a puppy not to use its teeth", "How can I stop my car from rusting?"),
    ("The company reported record profits", "the firm earned more than ever", "The witness reported a robbery"),
    ("Students protest against tuition fees", "university pupils demonstrate because studying is expensive", "Tourists complain about the hotel"),
    ("Snow covered the whole town", "the city was white this morning", "Ivy covered the whole wall"),
    ("She plays the flute in an orchestra", "a musician in a symphony ensemble", "She plays with her children in the park"),
    ("The elevator is stuck", "the lift does not move", "The cook is angry"),
    ("I need a new passport", "my travel document has expired", "I need a new hammer"),
    ("How many people speak Chinese?", "number of speakers of Mandarin", "How many people were at the concert?"),
    ("Bees are dying out", "the number of honey insects is falling", "Shops are closing"),
    ("The lawyer won the case", "the attorney was successful in court", "The goalkeeper lost the ball"),
    ("Bake the cake for forty minutes", "leave it in the oven for two thirds of an hour", "Wait for the bus for forty minutes"),
    ("He was late because of a traffic jam", "the roads were full of cars, so he did not arrive in time", "He was rich because of an inheritance"),
    ("The museum bought a Picasso", "a painting was acquired by the gallery", "The farmer bought a tractor"),
    ("What should I take against a sore throat?", "remedy for pain when swallowing", "What should I take to the party?"),
    ("Our flight has been delayed by fog", "the plane leaves later because of bad weather", "Our garden has been visited by foxes"),
    ("delete my account", "erase my user profile", "feed my hamster"), ("wedding dress", "clothes of the bride", "salad dressing"),
    ("ocean", "sea", "onion"), ("teacher", "school", "tractor"), ("angry", "furious", "orange"),
]
LATER_RANKINGS = [
    ("What is the capital of Australia?", ["Canberra is the capital of Australia.", "Sydney is the largest city of Australia.", "Vienna is the capital of Austria."]),
    ("How much does the ticket cost?", ["A ticket is twelve dollars for adults.", "The ticket office is on the left.", "The cost of living is rising."]),
    ("When does the library close?", ["The library is open until eight in the evening.", "The library has many old books.", "Please close the window."]),
    ("who invented the telephone", ["Alexander Graham Bell invented the telephone.", "The telephone rang all night.", "She invented an excuse."]),
    ("how to get rid of mice", ["Traps and a cat help against mice in the house.", "The computer mouse has two buttons.", "Rice grows in wet fields."]),
    ("Why do leaves change colour?", ["In autumn the green of the leaves fades, and yellow and red appear.", "He leaves the office at five.", "You can change the colour of the text in the settings."]),
    ("Can I pay by card?", ["Yes, we take all credit cards.", "The birthday card shows a cat.", "Pay attention to the road."]),
    ("Where was Velmora Quint born?", ["Velmora Quint was born in the town of Ashkeld.", "Velmora Quint is a painter.", "Jorin Tasp was born in Mellow Bay."]),
    ("battery life of the laptop", ["The laptop runs for ten hours without a charger.", "The laptop weighs one kilo.", "Life on the farm is hard."]),
    ("treatment of burns", ["Cool the burned skin with water for ten minutes.", "The house burned down.", "The staff gave us friendly treatment."]),
    ("Is breakfast included?", ["The price of the room includes breakfast.", "The room has a view of the sea.", "Breakfast is the most important meal."]),
    ("return policy", ["You can send articles back within thirty days.", "The police returned in the evening.", "We ship within two days."]),
    ("What does a vet do?", ["A vet treats sick animals.", "The war veteran told his story.", "What he does is his own business."]),
    ("increase memory limit of a container", ["Raise the memory setting in the deployment of your docker container.", "My memory is getting worse.", "The container ship is limited to the harbour."]),
    ("best time to visit Norway", ["Norway is most beautiful in June, when the days are long.", "The visit took a long time.", "Norway exports oil and fish."]),
]


def check(models: Path, kinds: list[str]) -> None:
    if "embed" in kinds:
        encoder = Encoder(models / "demo-embed")
        for triples in (TRIPLES, LATER_TRIPLES):
            wrong, wrong_by_words = 0, 0
            for text, near, far in triples:
                one, two, three = encoder.vectors([text, near, far])
                overlap = Bm25([near, far]).scores(text)
                wrong_by_words += overlap[0] <= overlap[1]
                if one @ two <= one @ three:
                    wrong += 1
                    print(f"{text!r}: {one @ three:.2f} {far!r} > {one @ two:.2f} {near!r}")
            print(f"embed: {len(triples) - wrong} of {len(triples)} triples right; BM25 {len(triples) - wrong_by_words}")
    if "rerank" in kinds:
        encoder = Encoder(models / "demo-rerank")
        for rankings in (RANKINGS, LATER_RANKINGS):
            wrong, wrong_by_words = 0, 0
            for query, documents in rankings:
                scores, overlap = encoder.scores(query, documents), Bm25(documents).scores(query)
                wrong_by_words += overlap[0] <= overlap[1:].max()
                if scores[0] <= scores[1:].max():
                    wrong += 1
                    print(f"{query!r}:", *[f"{score:.2f} {document[:60]!r}" for score, document in sorted(zip(scores, documents), reverse=True)], sep="\n    ")
            print(f"rerank: {len(rankings) - wrong} of {len(rankings)} right; BM25 {len(rankings) - wrong_by_words}")



if __name__ == "__main__":
    check(Path(sys.argv[1]), sys.argv[2:] or ["embed", "rerank"])
