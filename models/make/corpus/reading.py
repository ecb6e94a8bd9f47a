"""Answering from a text that is given, and putting it in one sentence."""

from .draw import Draw, Message, turn
from . import words

# what a text can say about somebody: the statement, its questions, the answer
PERSON = {
    "city": (["{who} lives in {x}.", "{who} comes from {x}.", "The home of {who} is in {x}."], ["where does {who} live?", "in which city does {who} live?", "where is {who} from?", "which city does {who} live in?", "~what city is the home of {who}?"], "{who} lives in {x}."),
    "job": (["{who} is {a_x}.", "{who} works as {a_x}."], ["what is the job of {who}?", "what does {who} do?", "what does {who} work as?", "what is {who}'s job?", "~which profession does {who} have?"], "{who} is {a_x}."),
    "age": (["{who} is {x} years old.", "{who} is {x}."], ["how old is {who}?", "what is the age of {who}?", "what is {who}'s age?", "~how many years old is {who}?"], "{who} is {x} years old."),
    "colour": (["{who} likes the colour {x}.", "The favourite colour of {who} is {x}."], ["which colour does {who} like?", "what is {who}'s favourite colour?", "what colour does {who} like?", "what is the favourite colour of {who}?", "~what colour is best for {who}?"], "{who} likes the colour {x}."),
    "pet": (["{who} has a pet called {x}.", "The pet of {who} is called {x}."], ["what is the pet of {who} called?", "what is {who}'s pet called?", "what is the name of {who}'s pet?", "~how did {who} name the pet?"], "The pet of {who} is called {x}."),
    "food": (["{who} likes to eat {x}.", "{who} eats {x} every day."], ["what does {who} like to eat?", "what does {who} eat?", "which food does {who} like?", "~what is on the plate of {who}?"], "{who} likes to eat {x}."),
}
THING = {
    "price": (["The {who} costs {x} euros.", "The price of the {who} is {x} euros."], ["how much does the {who} cost?", "what is the price of the {who}?", "what does the {who} cost?", "how much is the {who}?", "~how many euros is the {who}?"], "The {who} costs {x} euros."),
    "colour": (["The {who} is {x}.", "The colour of the {who} is {x}."], ["what colour is the {who}?", "what is the colour of the {who}?", "which colour does the {who} have?", "~what color has the {who}?"], "The {who} is {x}."),
    "place": (["The {who} is in the {x}.", "The {who} stands in the {x}."], ["where is the {who}?", "in which room is the {who}?", "which room is the {who} in?", "~where can I find the {who}?"], "The {who} is in the {x}."),
    "owner": (["The {who} belongs to {x}.", "The owner of the {who} is {x}."], ["who owns the {who}?", "whose is the {who}?", "who is the owner of the {who}?", "to whom does the {who} belong?", "~who has the {who}?"], "The {who} belongs to {x}."),
    "day": (["The {who} arrives on {x}.", "The {who} will come on {x}."], ["when does the {who} arrive?", "on which day does the {who} arrive?", "when will the {who} come?", "~which day brings the {who}?"], "The {who} arrives on {x}."),
    "maker": (["The {who} was made by {x}.", "{x} made the {who}."], ["who made the {who}?", "by whom was the {who} made?", "who is the maker of the {who}?", "~who built the {who}?"], "The {who} was made by {x}."),
}
PLACE = {
    "opens": (["The {who} opens at {x}.", "The {who} is open from {x}."], ["when does the {who} open?", "at what time does the {who} open?", "what time does the {who} open?", "~from when is the {who} open?"], "The {who} opens at {x}."),
    "closes": (["The {who} closes at {x}.", "The {who} is open until {x}."], ["when does the {who} close?", "at what time does the {who} close?", "what time does the {who} close?", "~until when is the {who} open?"], "The {who} closes at {x}."),
    "street": (["The {who} is in {x} Street.", "You find the {who} in {x} Street."], ["where is the {who}?", "in which street is the {who}?", "what is the address of the {who}?", "~which street is the {who} in?"], "The {who} is in {x} Street."),
    "boss": (["The {who} is led by {x}.", "The head of the {who} is {x}."], ["who leads the {who}?", "who is the head of the {who}?", "who runs the {who}?", "~who is in charge of the {who}?"], "The {who} is led by {x}."),
    "founded": (["The {who} was founded in {x}.", "The {who} has existed since {x}."], ["when was the {who} founded?", "in which year was the {who} founded?", "since when does the {who} exist?", "~how long has the {who} existed?"], "The {who} was founded in {x}."),
    "phone": (["The phone number of the {who} is {x}.", "You can call the {who} at {x}."], ["what is the phone number of the {who}?", "how can I call the {who}?", "which number does the {who} have?", "~at which number is the {who}?"], "The phone number of the {who} is {x}."),
}
PLACES = ["library", "museum", "bakery", "school", "shop", "bank", "station", "theatre", "market", "pool", "hotel", "cinema"]

LAYOUTS = [
    "{text}\n\n{question}", "{text}\n{question}", "{text} {question}", "Text: {text}\nQuestion: {question}", "Context: {text}\n\nQuestion: {question}", "Passage: {text}\n\nQuestion: {question}",
    "Read this: {text}\n\n{question}", "Read the text and answer the question.\n\n{text}\n\n{question}", "{question}\n\n{text}", "Question: {question}\nText: {text}", "Answer from the text. {text}\n{question}",
    "Answer the question with the text.\n\nText: {text}\n\nQuestion: {question}", "Context:\n{text}\n\nQuestion:\n{question}", "Context:\n{text}\n\nQuestion: {question}\nAnswer:", "Given this text: {text}\n{question}", "Use this text: \"{text}\" {question}",
    "Here is a text. {text} My question: {question}", "Here is some information:\n{text}\n\n{question}", "According to this text, {question}\n{text}", "Use the following context to answer.\n{text}\n\nQuestion: {question}",
    "{text}\n\nQ: {question}\nA:", "Document: {text}\n\nUser question: {question}", "From this passage: {text}\n\nAnswer this: {question}", "Given that: {text} {question}", "Note: {text}\n\n{question}",
    "Article: {text}\n\nNow tell me, {question}", "~Here is what I know: {text}\nTell me, {question}", "~Consider these facts. {text}\n\nSo, {question}",
]
SYSTEM_LAYOUTS = ["Answer from this text:\n{text}", "Use the following context to answer the question.\n\n{text}", "Context:\n{text}", "You are a helpful assistant. Answer with this information: {text}",
                  "Answer the user's question with the context.\n\nContext: {text}", "Here is what you know: {text}"]
SUMMARIES = ["[please |]summarise [this|the text|this text]: {text}", "[please |]summarize [this|the text|this text]: {text}", "{text}\n\n[Summarise|Summarize] [this|the text|it][ in one sentence|].", "[give me|write] a [short |]summary[:| of this:] {text}", "summary[ of this|]: {text}", "{text}\nIn one sentence[,| please,] what is this about?",
             "what is this [text |]about? {text}", "in short[,|:] {text}", "sum this up: {text}", "make this shorter: {text}", "~{text}\n\nWhat does this say, in short?", "~condense this: {text}"]
NOT_THERE = "The text does not say."


def value_for(draw: Draw, kind: str) -> object:
    """A value for one kind of statement."""
    clock = f"{draw.number(6, 22)}:{draw.pick(['00', '30', '15', '45'])}"
    return {
        "city": draw.city, "job": lambda: draw.pick(words.JOBS), "age": lambda: draw.number(5, 99), "colour": draw.colour, "pet": draw.name, "food": lambda: draw.pick(words.FOODS),
        "price": lambda: draw.number(2, 999), "place": lambda: draw.pick(words.ROOMS), "owner": draw.name, "day": lambda: draw.pick(words.DAYS), "maker": draw.name,
        "opens": lambda: clock, "closes": lambda: clock, "street": draw.name, "boss": draw.name, "founded": lambda: draw.number(1500, 2025), "phone": lambda: draw.number(100000, 999999),
    }[kind]()


def statements(draw: Draw, count: int) -> list[tuple[str, str, tuple, dict]]:
    """Different things about one, two or three subjects of one sort: (subject, kind, wordings, fields)."""
    table = draw.pick([PERSON, PERSON, THING, PLACE])
    subjects = [draw.name() if table is PERSON else draw.pick(words.THINGS if table is THING else PLACES) for _ in range(draw.number(1, 3))]
    chosen = draw.sample([(subject, kind) for subject in dict.fromkeys(subjects) for kind in table], min(count, len(table)))
    if draw.chance(0.5):
        chosen.sort(key=lambda pair: subjects.index(pair[0]))
    result = []
    for subject, kind in chosen:
        value = value_for(draw, kind)
        a_value = ("an " if str(value)[0] in "aeiou" else "a ") + str(value)
        result.append((subject, kind, table[kind], {"who": subject, "x": value, "a_x": a_value}))
    return result


def reading(draw: Draw) -> list[Message]:
    """A few statements and one or two questions about them."""
    facts = statements(draw, draw.number(1, 5))
    asked = draw.sample(facts, 1 if draw.chance(0.8) else min(2, len(facts)))
    text = " ".join(draw.pick(wordings[0]).format(**fields) for _, _, wordings, fields in facts)
    questions = [draw.phrase(wordings[1], **fields) for _, _, wordings, fields in asked]
    answers = [wordings[2].format(**fields) for _, _, wordings, fields in asked]
    if draw.chance(0.1):
        subject, _, _, fields = asked[0]
        table = next(table for table in (PERSON, THING, PLACE) if asked[0][2] in table.values())
        missing = [kind for kind in table if not any(other == kind and name == subject for name, other, _, _ in facts)]
        if missing:
            questions[0] = draw.phrase(table[draw.pick(missing)][1], **fields)
            answers[0] = NOT_THERE
    if draw.chance(0.2):
        messages = [{"role": "system", "content": draw.pick(SYSTEM_LAYOUTS).format(text=text)}] + turn(questions[0], answers[0])
    else:
        layouts = [layout for layout in LAYOUTS if draw.new_phrasings == (layout[0] == "~")]
        messages = turn(draw.pick(layouts).lstrip("~").format(text=text, question=questions[0]), answers[0])
    for question, answer in zip(questions[1:], answers[1:]):
        messages += turn(question, answer)
    return messages


def summary(draw: Draw) -> list[Message]:
    """One sentence that joins who, where and what."""
    who, city, job, age, food = draw.name(), draw.city(), draw.pick([job for job in words.JOBS if job[0] not in "aeiou"]), draw.number(18, 90), draw.pick(words.FOODS)
    parts = [draw.pick([f"{who} lives in {city}.", f"{who} comes from {city}.", f"{who} has a house in {city}."]), draw.pick([f"{who} works as a {job}.", f"{who} is a {job}."])]
    extra = [f"{who} is {age} years old.", f"{who} likes to eat {food}.", f"Every {draw.pick(words.DAYS)} {who} goes for a walk.", f"{who} has a {draw.pick(words.ANIMALS)} and a {draw.pick(words.THINGS)}.", "The weather is often good there.", f"In {draw.pick(words.MONTHS)} {who} goes on a journey."]
    text = parts + draw.sample(extra, draw.number(1, 3))
    if draw.chance(0.5):
        draw.random.shuffle(text)
    return turn(draw.phrase(SUMMARIES, text=" ".join(text)), f"{who} is a {job} from {city}.")
