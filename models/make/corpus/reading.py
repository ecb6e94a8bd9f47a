"""Answering from a text that is given, and putting it in one sentence."""

from .draw import Draw, Message, turn
from . import words

# what a text can say about somebody: the statements, their questions, the answer; every statement begins with its subject if it can
PERSON = {
    "city": (["{who} lives in {x}.", "{who} comes from {x}.", "The home of {who} is in {x}.", "{who} is from {x}.", "{who} moved to {x}.", "{who} has a house in {x}."], ["where does {who} live?", "in which city does {who} live?", "where is {who} from?", "which city does {who} live in?", "where is the home of {who}?", "what is the city of {who}?", "in what city does {who} live?", "where did {who} move[ to|]?", "where is {who} living?", "where does {who} come from?", "which city is {who} from?", "{who} lives where?", "do you know where {who} lives?", "tell me where {who} lives[.|]", "{who} lives in which city?", "which place does {who} live in?", "~what city is the home of {who}?"], "{who} lives in {x}."),
    "job": (["{who} is {a_x}.", "{who} works as {a_x}.", "{who} has worked as {a_x} for years."], ["what is the job of {who}?", "what does {who} do[ for a living|]?", "what does {who} work as?", "what is {who}'s job?", "what is {who}'s profession?", "who is {who}?", "what work does {who} do?", "what is {who} by profession?", "what kind of work does {who} do?", "how does {who} earn money?", "tell me the job of {who}[.|]", "what is {who} working as?", "{who} works as what?", "~which profession does {who} have?"], "{who} is {a_x}."),
    "age": (["{who} is {x} years old.", "{who} is {x}.", "{who} turned {x} this year."], ["how old is {who}?", "what is the age of {who}?", "what is {who}'s age?", "what age is {who}?", "tell me the age of {who}[.|]", "what is the age of {who} now?", "do you know how old {who} is?", "how old is {who} now?", "{who} is how old?", "how many years does {who} have?", "~how many years old is {who}?"], "{who} is {x} years old."),
    "colour": (["{who} likes the colour {x}.", "The favourite colour of {who} is {x}.", "{who} loves {x}.", "{who}'s favourite color is {x}."], ["which colour does {who} like?", "what is {who}'s favourite colour?", "what colour does {who} like?", "what is the favourite colour of {who}?", "what is {who}'s favorite color?", "tell me the colour that {who} likes[.|]", "what color does {who} love?", "which colour is the favourite of {who}?", "{who} likes which colour?", "which color does {who} prefer?", "~what colour is best for {who}?"], "{who} likes the colour {x}."),
    "pet": (["{who} has a {kind} called {x}.", "{who}'s {kind} is called {x}.", "{who} has a {kind} named {x}.", "The name of {who}'s {kind} is {x}.", "{who} lives with a {kind} named {x}."], ["what is {who}'s {kind} called?", "what is the name of {who}'s {kind}?", "what is the {kind}'s name?", "what is the {kind} called?", "what is the name of the {kind}?", "[what is|tell me] the name of {who}'s pet?", "what name does the {kind} have?", "how is the {kind} of {who} called?", "which name does the {kind} of {who} have?", "tell me the name of the {kind}[.|]", "what's the {kind} of {who} called?", "who is the {kind} of {who}?", "~how did {who} name the {kind}?"], "The {kind} of {who} is called {x}."),
    "food": (["{who} likes to eat {x}.", "{who} eats {x} every day.", "{who} loves eating {x}.", "The favourite food of {who} is {x}."], ["what does {who} like to eat?", "what does {who} eat?", "which food does {who} like?", "what is {who}'s favourite food?", "what food does {who} like?", "what is the favourite food of {who}?", "tell me what {who} eats[.|]", "which food is the favourite of {who}?", "what food does {who} eat?", "{who} likes to eat what?", "~what is on the plate of {who}?"], "{who} likes to eat {x}."),
    "thing": (["{who} bought {a_x} yesterday.", "{who} bought {a_x}.", "{who} has bought {a_x} in the market."], ["what did {who} buy?", "what did {who} buy yesterday?", "which thing did {who} buy?", "what has {who} bought?", "what did {who} get in the market?", "tell me what {who} bought[.|]", "{who} bought what?", "what thing was bought by {who}?", "~what has {who} got now?"], "{who} bought {a_x}."),
    "friend": (["{who}'s best friend is {x}.", "{who} has a friend named {x}.", "The best friend of {who} is {x}."], ["who is {who}'s best friend?", "who is the [best |]friend of {who}?", "what is the name of {who}'s friend?", "what is {who}'s friend called?", "which friend does {who} have?", "who is a friend of {who}?", "tell me the friend of {who}[.|]", "what friend has {who}?", "{who} is a friend of whom?", "~with whom is {who} friends?"], "The friend of {who} is {x}."),
    "school": (["{who} studies {x}.", "{who} studies {x} at the university."], ["what does {who} study?", "which subject does {who} study?", "what subject does {who} study?", "what does {who} study at the university?", "tell me what {who} studies[.|]", "{who} studies what?", "which subject is {who} studying?", "~what is {who} learning?"], "{who} studies {x}."),
    "birthday": (["{who} was born in {x}.", "{who} was born in the year {x}."], ["when was {who} born?", "in [which|what] year was {who} born?", "what is the birth year of {who}?", "what is {who}'s year of birth?", "when is {who} born?", "tell me when {who} was born[.|]", "in what year is {who} born?", "the birth year of {who}?", "~since when does {who} live?"], "{who} was born in {x}."),
    "meeting": (["{who} meets {x} at noon.", "{who} will meet {x} tomorrow.", "{who} met {x} at the station."], ["whom does {who} meet?", "who does {who} meet?", "who will {who} meet?", "who did {who} meet?", "whom will {who} meet?", "whom did {who} meet?", "who is {who} going to meet?", "tell me whom {who} meets[.|]", "{who} meets whom?", "~who has a meeting with {who}?"], "{who} meets {x}."),
}
THING = {
    "price": (["The {who} costs {x} euros.", "The price of the {who} is {x} euros.", "The {who} is sold for {x} euros."], ["how much does the {who} cost?", "what is the price of the {who}?", "what does the {who} cost?", "how much is the {who}?", "what is the cost of the {who}?", "tell me the price of the {who}[.|]", "at what price is the {who} sold?", "what do I pay for the {who}?", "the price of the {who}?", "what is the {who} worth?", "how much do I pay for the {who}?", "~how many euros is the {who}?"], "The {who} costs {x} euros."),
    "colour": (["The {who} is {x}.", "The colour of the {who} is {x}.", "The {who} has a {x} colour."], ["what colour is the {who}?", "what color is the {who}?", "what is the colour of the {who}?", "which colour does the {who} have?", "tell me the colour of the {who}[.|]", "the {who} has which colour?", "what is the color of the {who}?", "which color is the {who}?", "do you know the colour of the {who}?", "~what color has the {who}?"], "The {who} is {x}."),
    "place": (["The {who} is in the {x}.", "The {who} stands in the {x}.", "The {who} was left in the {x}.", "You can see the {who} in the {x}."], ["where is the {who}?", "in which room is the {who}?", "which room is the {who} in?", "where was the {who} left?", "where does the {who} stand?", "where can I find the {who}?", "where can I see the {who}?", "tell me where the {who} is[.|]", "in what room is the {who}?", "the {who} is where?", "which room has the {who}?", "~where must I look for the {who}?"], "The {who} is in the {x}."),
    "owner": (["The {who} belongs to {x}.", "The owner of the {who} is {x}.", "{x} owns the {who}.", "The {who} is owned by {x}."], ["who owns the {who}?", "whose is the {who}?", "who is the owner of the {who}?", "to whom does the {who} belong?", "who does the {who} belong to?", "which person owns the {who}?", "tell me who owns the {who}[.|]", "whose {who} is it?", "the {who} belongs to whom?", "who is the {who} owned by?", "~who has the {who}?"], "The {who} belongs to {x}."),
    "day": (["The {who} arrives on {x}.", "The {who} will come on {x}.", "The {who} will be delivered on {x}."], ["when does the {who} arrive?", "on which day does the {who} arrive?", "when will the {who} come?", "what day does the {who} arrive?", "when will the {who} be delivered?", "what day does the {who} come?", "when is the {who} delivered?", "on what day will the {who} arrive?", "tell me when the {who} arrives[.|]", "on which day will the {who} be delivered?", "~which day brings the {who}?"], "The {who} arrives on {x}."),
    "maker": (["The {who} was made by {x}.", "{x} made the {who}.", "The {who} was built by {x}."], ["who made the {who}?", "by whom was the {who} made?", "who is the maker of the {who}?", "who has made the {who}?", "who was the maker of the {who}?", "tell me who made the {who}[.|]", "the {who} was made by whom?", "which person made the {who}?", "who did make the {who}?", "~who built the {who}?"], "The {who} was made by {x}."),
    "weight": (["The {who} weighs {x} kilos.", "The weight of the {who} is {x} kilos."], ["how much does the {who} weigh?", "what is the weight of the {who}?", "how many kilos is the {who}?", "what does the {who} weigh?", "tell me the weight of the {who}[.|]", "how many kilos does the {who} weigh?", "the weight of the {who}?", "how many kilos does the {who} have?", "~how heavy is the {who}?"], "The {who} weighs {x} kilos."),
}
PLACE = {
    "opens": (["The {who} opens at {x}.", "The {who} is open from {x}.", "The {who} opens every day at {x}."], ["when does the {who} open?", "at what time does the {who} open?", "what time does the {who} open?", "when is the {who} opening?", "when can I go to the {who}?", "tell me when the {who} opens[.|]", "when does the {who} open in the morning?", "at what hour does the {who} open?", "what is the opening time of the {who}?", "~from when is the {who} open?"], "The {who} opens at {x}."),
    "closes": (["The {who} closes at {x}.", "The {who} is open until {x}.", "The {who} shuts at {x}."], ["when does the {who} close?", "at what time does the {who} close?", "what time does the {who} close?", "when does the {who} shut?", "tell me when the {who} closes[.|]", "at what hour does the {who} close?", "when does the {who} close in the evening?", "what is the closing time of the {who}?", "when is the {who} closed?", "at what time does the {who} shut?", "~until when is the {who} open?"], "The {who} closes at {x}."),
    "street": (["The {who} is in {x} Street.", "You find the {who} in {x} Street."], ["where is the {who}?", "in which street is the {who}?", "what is the address of the {who}?", "where can I find the {who}?", "what street is the {who} in?", "on which street is the {who}?", "tell me where the {who} is[.|]", "the {who} is in which street?", "in what street is the {who}?", "~which street is the {who} in?"], "The {who} is in {x} Street."),
    "boss": (["The {who} is led by {x}.", "The head of the {who} is {x}.", "{x} leads the {who}.", "The director of the {who} is {x}."], ["who leads the {who}?", "who is the head of the {who}?", "who runs the {who}?", "who is the [director|boss|leader] of the {who}?", "who heads the {who}?", "tell me who leads the {who}[.|]", "by whom is the {who} led?", "who directs the {who}?", "who is leading the {who}?", "the {who} is led by whom?", "~who is in charge of the {who}?"], "The {who} is led by {x}."),
    "founded": (["The {who} was founded in {x}.", "The {who} has existed since {x}.", "The {who} was built in {x}.", "The {who} was opened in {x}."], ["when was the {who} founded?", "in which year was the {who} founded?", "since when does the {who} exist?", "when was the {who} built?", "what year was the {who} founded?", "when was the {who} opened?", "in what year was the {who} founded?", "tell me when the {who} was founded[.|]", "which year was the {who} founded?", "in which year was the {who} built?", "the {who} exists since when?", "when did the {who} open first?", "~how long has the {who} existed?"], "The {who} was founded in {x}."),
    "phone": (["The phone number of the {who} is {x}.", "You can call the {who} at {x}."], ["what is the phone number of the {who}?", "how can I call the {who}?", "which number does the {who} have?", "what number must I call for the {who}?", "tell me the phone number of the {who}[.|]", "what number does the {who} have?", "which number do I call for the {who}?", "phone number of the {who}?", "what is the number of the {who}?", "how do I call the {who}?", "~at which number is the {who}?"], "The phone number of the {who} is {x}."),
    "people": (["The {who} has {x} visitors a day.", "{x} people work in the {who}.", "The {who} has {x} workers.", "There are {x} people in the {who}."], ["how many people are in the {who}?", "how many people does the {who} have?", "how many [visitors|workers] does the {who} have?", "how many people work in the {who}?", "tell me how many people the {who} has[.|]", "how many people are there in the {who}?", "how many people work at the {who}?", "the {who} has how many people?", "how many visitors come to the {who}?", "~what is the number of people in the {who}?"], "The {who} has {x} people."),
}
EVENT = {
    "when": (["The {who} is on {x}.", "The {who} takes place on {x}.", "The {who} will be on {x}.", "The {who} was moved to {x}."], ["when is the {who}?", "on which day is the {who}?", "what day is the {who}?", "when does the {who} take place?", "when will the {who} be?", "tell me when the {who} is[.|]", "what is the day of the {who}?", "on what day is the {who}?", "the {who} is on which day?", "which day is the {who}?", "on what day does the {who} take place?", "~which day is planned for the {who}?"], "The {who} is on {x}."),
    "begins": (["The {who} starts at {x}.", "The {who} begins at {x}.", "The {who} will start at {x}."], ["when does the {who} start?", "at what time does the {who} begin?", "what time does the {who} start?", "when does the {who} begin?", "tell me when the {who} starts[.|]", "what is the start time of the {who}?", "at what hour does the {who} start?", "when will the {who} begin?", "when does it start?", "the {who} begins when?", "~from when on is the {who}?"], "The {who} starts at {x}."),
    "room": (["The {who} is in the {x}.", "The {who} takes place in the {x}.", "The {who} will be held in the {x}."], ["where is the {who}?", "where does the {who} take place?", "in which room is the {who}?", "where will the {who} be[ held|]?", "which room is the {who} in?", "tell me where the {who} is[.|]", "in what room does the {who} take place?", "what is the room of the {who}?", "where is the {who} held?", "the {who} is in which room?", "~which room is it for the {who}?"], "The {who} is in the {x}."),
    "guest": (["The {who} is given by {x}.", "{x} leads the {who}.", "The {who} was planned by {x}."], ["who gives the {who}?", "who leads the {who}?", "who planned the {who}?", "who is the leader of the {who}?", "tell me who leads the {who}[.|]", "by whom is the {who} given?", "by whom was the {who} planned?", "who is leading the {who}?", "~who is behind the {who}?"], "The {who} is led by {x}."),
    "visitors": (["{x} people came to the {who}.", "The {who} had {x} guests.", "There were {x} guests at the {who}."], ["how many people came to the {who}?", "how many guests had the {who}?", "how many people were at the {who}?", "how many guests were there?", "how many guests came to the {who}?", "tell me how many people came to the {who}[.|]", "how many visitors had the {who}?", "how many people did the {who} have?", "how many guests did the {who} have?", "~what was the number of guests of the {who}?"], "{x} people came to the {who}."),
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
    "Article: {text}\n\nNow tell me, {question}", "{text} Now, {question}", "{text} So, {question}", "{text}\n\nTell me: {question}", "I know this: {text}\n{question}", "These are the facts: {text}\n\n{question}", "Facts: {text}\n{question}", "Remember this: {text} {question}", "{text}\nNow a question: {question}", "Look at this text. {text}\n\n{question}", "My notes say: {text} {question}", "This is what I know: {text}\n\n{question}", "~Here is what I know: {text}\nTell me, {question}", "~Consider these facts. {text}\n\nSo, {question}",
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


def alike(draw: Draw) -> list[Message]:
    """The same said of two to four subjects (two times, two owners), with questions about some of them."""
    table = draw.pick(TABLES)
    nouns = {id(THING): words.THINGS, id(PLACE): PLACES, id(EVENT): EVENTS}.get(id(table), [])
    subjects = draw.sample(nouns, draw.number(2, 4)) if nouns else list(dict.fromkeys(draw.name() for _ in range(draw.number(2, 4))))
    kinds = draw.sample(table, draw.pick([1, 1, 2]))
    pet, facts = draw.pick(PETS), []
    for kind in kinds:
        for subject in subjects:
            value = value_for(draw, kind)
            a_value = ("an " if str(value)[0] in "aeiou" else "a ") + str(value)
            facts.append((subject, kind, table[kind], {"who": subject, "x": value, "a_x": a_value, "kind": pet}))
    if draw.chance(0.5):
        facts.sort(key=lambda fact: subjects.index(fact[0]))
    text = " ".join(draw.pick(wordings[0]).format(**fields) for _, _, wordings, fields in facts)
    messages: list[Message] = []
    for _, _, wordings, fields in draw.sample(facts, draw.number(1, min(4, len(facts)))):
        patterns = [pattern for pattern in wordings[1] if pattern[0] != "~" and ("{who}" in pattern or not messages and len(subjects) == 1)]
        question = draw.phrase(patterns, **fields)
        if not messages:
            question = draw.pick([layout for layout in LAYOUTS if layout[0] != "~"]).format(text=text, question=question)
        messages += turn(question, wordings[2].format(**fields))
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
