"""Answering from a text that is given, and putting it in one sentence."""

from .draw import Draw, Message, turn
from . import words

# what a text can say about somebody: the statements, their questions, the answer; every statement begins with its subject if it can
PERSON = {
    "city": (["{who} lives in {x}.", "{who} comes from {x}.", "The home of {who} is in {x}.", "{who} is from {x}.", "{who} moved to {x}.", "{who} has a house in {x}."], ["where does {who} live?", "in which city does {who} live?", "where is {who} from?", "which city does {who} live in?", "where is the home of {who}?", "what is the city of {who}?", "in what city does {who} live?", "where did {who} move[ to|]?", "~what city is the home of {who}?"], "{who} lives in {x}."),
    "job": (["{who} is {a_x}.", "{who} works as {a_x}.", "{who} has worked as {a_x} for years."], ["what is the job of {who}?", "what does {who} do[ for a living|]?", "what does {who} work as?", "what is {who}'s job?", "what is {who}'s profession?", "who is {who}?", "what work does {who} do?", "~which profession does {who} have?"], "{who} is {a_x}."),
    "age": (["{who} is {x} years old.", "{who} is {x}.", "{who} turned {x} this year."], ["how old is {who}?", "what is the age of {who}?", "what is {who}'s age?", "what age is {who}?", "~how many years old is {who}?"], "{who} is {x} years old."),
    "colour": (["{who} likes the colour {x}.", "The favourite colour of {who} is {x}.", "{who} loves {x}.", "{who}'s favourite color is {x}."], ["which colour does {who} like?", "what is {who}'s favourite colour?", "what colour does {who} like?", "what is the favourite colour of {who}?", "what is {who}'s favorite color?", "~what colour is best for {who}?"], "{who} likes the colour {x}."),
    "pet": (["{who} has a {kind} called {x}.", "{who}'s {kind} is called {x}.", "{who} has a {kind} named {x}.", "The name of {who}'s {kind} is {x}.", "{who} lives with a {kind} named {x}."], ["what is {who}'s {kind} called?", "what is the name of {who}'s {kind}?", "what is the {kind}'s name?", "what is the {kind} called?", "what is the name of the {kind}?", "[what is|tell me] the name of {who}'s pet?", "~how did {who} name the {kind}?"], "The {kind} of {who} is called {x}."),
    "food": (["{who} likes to eat {x}.", "{who} eats {x} every day.", "{who} loves eating {x}.", "The favourite food of {who} is {x}."], ["what does {who} like to eat?", "what does {who} eat?", "which food does {who} like?", "what is {who}'s favourite food?", "what food does {who} like?", "~what is on the plate of {who}?"], "{who} likes to eat {x}."),
    "thing": (["{who} bought {a_x} yesterday.", "{who} bought {a_x}.", "{who} has bought {a_x} in the market."], ["what did {who} buy?", "what did {who} buy yesterday?", "which thing did {who} buy?", "~what has {who} got now?"], "{who} bought {a_x}."),
    "friend": (["{who}'s best friend is {x}.", "{who} has a friend named {x}.", "The best friend of {who} is {x}."], ["who is {who}'s best friend?", "who is the [best |]friend of {who}?", "what is the name of {who}'s friend?", "what is {who}'s friend called?", "~with whom is {who} friends?"], "The friend of {who} is {x}."),
    "school": (["{who} studies {x}.", "{who} studies {x} at the university."], ["what does {who} study?", "which subject does {who} study?", "~what is {who} learning?"], "{who} studies {x}."),
    "birthday": (["{who} was born in {x}.", "{who} was born in the year {x}."], ["when was {who} born?", "in [which|what] year was {who} born?", "what is the birth year of {who}?", "~since when does {who} live?"], "{who} was born in {x}."),
    "meeting": (["{who} meets {x} at noon.", "{who} will meet {x} tomorrow.", "{who} met {x} at the station."], ["whom does {who} meet?", "who does {who} meet?", "who will {who} meet?", "who did {who} meet?", "~who has a meeting with {who}?"], "{who} meets {x}."),
}
THING = {
    "price": (["The {who} costs {x} euros.", "The price of the {who} is {x} euros.", "The {who} is sold for {x} euros."], ["how much does the {who} cost?", "what is the price of the {who}?", "what does the {who} cost?", "how much is the {who}?", "what is the cost of the {who}?", "~how many euros is the {who}?"], "The {who} costs {x} euros."),
    "colour": (["The {who} is {x}.", "The colour of the {who} is {x}.", "The {who} has a {x} colour."], ["what colour is the {who}?", "what color is the {who}?", "what is the colour of the {who}?", "which colour does the {who} have?", "~what color has the {who}?"], "The {who} is {x}."),
    "place": (["The {who} is in the {x}.", "The {who} stands in the {x}.", "The {who} was left in the {x}.", "You can see the {who} in the {x}."], ["where is the {who}?", "in which room is the {who}?", "which room is the {who} in?", "where was the {who} left?", "where does the {who} stand?", "~where must I look for the {who}?"], "The {who} is in the {x}."),
    "owner": (["The {who} belongs to {x}.", "The owner of the {who} is {x}.", "{x} owns the {who}.", "The {who} is owned by {x}."], ["who owns the {who}?", "whose is the {who}?", "who is the owner of the {who}?", "to whom does the {who} belong?", "who does the {who} belong to?", "~who has the {who}?"], "The {who} belongs to {x}."),
    "day": (["The {who} arrives on {x}.", "The {who} will come on {x}.", "The {who} will be delivered on {x}."], ["when does the {who} arrive?", "on which day does the {who} arrive?", "when will the {who} come?", "what day does the {who} arrive?", "when will the {who} be delivered?", "~which day brings the {who}?"], "The {who} arrives on {x}."),
    "maker": (["The {who} was made by {x}.", "{x} made the {who}.", "The {who} was built by {x}."], ["who made the {who}?", "by whom was the {who} made?", "who is the maker of the {who}?", "who has made the {who}?", "~who built the {who}?"], "The {who} was made by {x}."),
    "weight": (["The {who} weighs {x} kilos.", "The weight of the {who} is {x} kilos."], ["how much does the {who} weigh?", "what is the weight of the {who}?", "how many kilos is the {who}?", "~how heavy is the {who}?"], "The {who} weighs {x} kilos."),
}
PLACE = {
    "opens": (["The {who} opens at {x}.", "The {who} is open from {x}.", "The {who} opens every day at {x}."], ["when does the {who} open?", "at what time does the {who} open?", "what time does the {who} open?", "when is the {who} opening?", "~from when is the {who} open?"], "The {who} opens at {x}."),
    "closes": (["The {who} closes at {x}.", "The {who} is open until {x}.", "The {who} shuts at {x}."], ["when does the {who} close?", "at what time does the {who} close?", "what time does the {who} close?", "when does the {who} shut?", "~until when is the {who} open?"], "The {who} closes at {x}."),
    "street": (["The {who} is in {x} Street.", "You find the {who} in {x} Street."], ["where is the {who}?", "in which street is the {who}?", "what is the address of the {who}?", "where can I find the {who}?", "~which street is the {who} in?"], "The {who} is in {x} Street."),
    "boss": (["The {who} is led by {x}.", "The head of the {who} is {x}.", "{x} leads the {who}.", "The director of the {who} is {x}."], ["who leads the {who}?", "who is the head of the {who}?", "who runs the {who}?", "who is the [director|boss|leader] of the {who}?", "~who is in charge of the {who}?"], "The {who} is led by {x}."),
    "founded": (["The {who} was founded in {x}.", "The {who} has existed since {x}.", "The {who} was built in {x}.", "The {who} was opened in {x}."], ["when was the {who} founded?", "in which year was the {who} founded?", "since when does the {who} exist?", "when was the {who} built?", "what year was the {who} founded?", "when was the {who} opened?", "~how long has the {who} existed?"], "The {who} was founded in {x}."),
    "phone": (["The phone number of the {who} is {x}.", "You can call the {who} at {x}."], ["what is the phone number of the {who}?", "how can I call the {who}?", "which number does the {who} have?", "what number must I call for the {who}?", "~at which number is the {who}?"], "The phone number of the {who} is {x}."),
    "people": (["The {who} has {x} visitors a day.", "{x} people work in the {who}.", "The {who} has {x} workers.", "There are {x} people in the {who}."], ["how many people are in the {who}?", "how many people does the {who} have?", "how many [visitors|workers] does the {who} have?", "how many people work in the {who}?", "~what is the number of people in the {who}?"], "The {who} has {x} people."),
}
EVENT = {
    "when": (["The {who} is on {x}.", "The {who} takes place on {x}.", "The {who} will be on {x}.", "The {who} was moved to {x}."], ["when is the {who}?", "on which day is the {who}?", "what day is the {who}?", "when does the {who} take place?", "when will the {who} be?", "~which day is planned for the {who}?"], "The {who} is on {x}."),
    "begins": (["The {who} starts at {x}.", "The {who} begins at {x}.", "The {who} will start at {x}."], ["when does the {who} start?", "at what time does the {who} begin?", "what time does the {who} start?", "when does the {who} begin?", "~from when on is the {who}?"], "The {who} starts at {x}."),
    "room": (["The {who} is in the {x}.", "The {who} takes place in the {x}.", "The {who} will be held in the {x}."], ["where is the {who}?", "where does the {who} take place?", "in which room is the {who}?", "where will the {who} be[ held|]?", "~which room is it for the {who}?"], "The {who} is in the {x}."),
    "guest": (["The {who} is given by {x}.", "{x} leads the {who}.", "The {who} was planned by {x}."], ["who gives the {who}?", "who leads the {who}?", "who planned the {who}?", "~who is behind the {who}?"], "The {who} is led by {x}."),
    "visitors": (["{x} people came to the {who}.", "The {who} had {x} guests.", "There were {x} guests at the {who}."], ["how many people came to the {who}?", "how many guests had the {who}?", "how many people were at the {who}?", "how many guests were there?", "~what was the number of guests of the {who}?"], "{x} people came to the {who}."),
}
EVENTS = ["meeting", "party", "concert", "lesson", "exam", "wedding", "match", "course", "talk", "lecture", "game", "show", "dinner", "festival", "workshop", "conference"]
PETS = ["cat", "dog", "horse", "rabbit", "parrot", "hamster", "goat", "turtle", "mouse", "fish"]
TABLES = [PERSON, PERSON, PERSON, THING, PLACE, EVENT]
PLACES = ["library", "museum", "bakery", "school", "shop", "bank", "station", "theatre", "market", "pool", "hotel", "cinema", "factory", "castle", "church", "hospital", "restaurant", "office", "garden", "zoo", "bridge", "tower", "company", "university"]
STUDIES = ["history", "music", "physics", "chemistry", "law", "medicine", "art", "French", "mathematics", "biology", "geography", "economics"]

LAYOUTS = [
    "{text}\n\n{question}", "{text}\n{question}", "{text} {question}", "{text} {question}", "{text} {question}", "\"{text}\" {question}", "\"{text}\"\n{question}", "\"{text}\"\n\n{question}", "passage \"{text}\" {question}", "Passage: \"{text}\" {question}", "The text is: \"{text}\" {question}",
    "Based on the text: {text}\n{question}", "Based on the following text, {question}\n\n{text}", "Based on this: \"{text}\" {question}", "Read the following passage: {text} Now answer: {question}", "Passage:\n{text}\n\nQuestion: {question}", "{question} The text: \"{text}\"", "Story: {text}\nQuestion: {question}\nAnswer:", "Read this passage and answer. {text} {question}", "text: {text}\nquestion: {question}", "'{text}' {question}", "Information: {text}\n{question}", "From the text \"{text}\": {question}", "Text: {text}\nQuestion: {question}", "Context: {text}\n\nQuestion: {question}", "Passage: {text}\n\nQuestion: {question}",
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
        "thing": lambda: f"{draw.pick(words.ADJECTIVES)} {draw.pick(words.THINGS)}" if draw.chance(0.35) else draw.pick(words.THINGS), "friend": draw.name, "school": lambda: draw.pick(STUDIES), "birthday": lambda: draw.number(1900, 2020), "meeting": draw.name,
        "when": lambda: draw.pick(words.DAYS), "begins": lambda: clock, "room": lambda: draw.pick(words.ROOMS), "guest": draw.name, "visitors": lambda: draw.number(2, 900),
        "weight": lambda: draw.number(2, 99), "people": lambda: draw.number(2, 900), "opens": lambda: clock, "closes": lambda: clock, "street": draw.name, "boss": draw.name, "founded": lambda: draw.number(1500, 2025), "phone": lambda: draw.number(100000, 999999),
    }[kind]()


def statements(draw: Draw, count: int) -> list[tuple[str, str, tuple, dict]]:
    """Different things about one, two or three subjects of one sort: (subject, kind, wordings, fields)."""
    table = draw.pick(TABLES)
    nouns = {id(THING): words.THINGS, id(PLACE): PLACES, id(EVENT): EVENTS}.get(id(table), [])
    subjects = [draw.pick(nouns) if nouns else draw.name() for _ in range(draw.number(1, 3))]
    if table is THING and draw.chance(0.3):
        subjects = [f"{draw.pick(words.ADJECTIVES)} {subjects[0] if draw.chance(0.5) else subject}" for subject in subjects]
    chosen = draw.sample([(subject, kind) for subject in dict.fromkeys(subjects) for kind in table], min(count, len(table)))
    if draw.chance(0.5):
        chosen.sort(key=lambda pair: subjects.index(pair[0]))
    result = []
    for subject, kind in chosen:
        value = value_for(draw, kind)
        a_value = ("an " if str(value)[0] in "aeiou" else "a ") + str(value)
        result.append((subject, kind, table[kind], {"who": subject, "x": value, "a_x": a_value, "kind": draw.pick(PETS)}))
    return result


def passage(draw: Draw, facts: list[tuple[str, str, tuple, dict]]) -> str:
    """The statements as a text: sometimes joined by "and", sometimes with a pronoun instead of the name."""
    parts: list[str] = []
    pronoun, last = draw.pick(["She", "He", "They"]), None
    for index, (subject, _, wordings, fields) in enumerate(facts):
        statement = draw.pick(wordings[0])
        begin = next((start for start in ("{who} ", "The {who} ") if statement.startswith(start)), None)
        same = begin and index > 0 and last == (subject, begin)
        last = (subject, begin)
        if same and draw.chance(0.25) and " and " not in parts[-1]:
            parts[-1] = parts[-1].rstrip(".") + " and " + statement[len(begin) :].format(**fields)
        elif same and draw.chance(0.3) and pronoun != "They":
            parts.append(("It" if begin == "The {who} " else pronoun) + " " + statement[len(begin) :].format(**fields))
        else:
            parts.append(statement.format(**fields))
        if draw.chance(0.04):
            parts.append(draw.pick(["It was a nice day.", "The sun was shining.", "Everybody knows that.", "That is all we know.", "It was long ago.", "Nobody was surprised."]))
            last = None
    return " ".join(parts)


def reading(draw: Draw) -> list[Message]:
    """A few statements and one to four questions about them."""
    facts = statements(draw, draw.number(1, 6))
    asked = draw.sample(facts, 1 if draw.chance(0.55) else draw.number(1, min(4, len(facts))))
    text = passage(draw, facts)
    questions = [draw.phrase(wordings[1], **fields) for _, _, wordings, fields in asked]
    answers = [wordings[2].format(**fields) for _, _, wordings, fields in asked]
    if draw.chance(0.1):
        subject, _, _, fields = asked[0]
        table = next(table for table in TABLES if asked[0][2] in table.values())
        missing = [kind for kind in table if not any(other == kind and name == subject for name, other, _, _ in facts)]
        if missing:
            questions[0] = draw.phrase(table[draw.pick(missing)][1], **fields)
            answers[0] = NOT_THERE
    if draw.chance(0.15):
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
