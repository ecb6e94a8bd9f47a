"""Calling functions: choosing one, filling its arguments, answering from what it returns, and doing without."""

import json
import zlib

from .conversation import capital, concept, fact, greet, identity, small_talk
from .copying import say
from .draw import Draw, Message, listing
from .sums import sums
from . import words

WEEKDAYS = words.DAYS + ["today", "tomorrow", "tonight"]
CURRENCIES = ["euros", "dollars", "pounds", "yen", "francs"]
TOPICS = ["cats", "music", "history", "graphs", "sport", "cooking", "space", "gardens", "trains", "books", "health", "school", "football", "art", "the sea", "TypeScript", "model servers", "bread"]

# A field is a role: the parameter names it may have, its JSON type, its description, and how to draw a value.
FIELDS = {
    "city": (["city", "location", "place", "town", "city_name"], "string", ["The city", "The name of the city", "The city and country", "The location, e.g. Paris", "Where"], lambda draw: draw.city()),
    "to_city": (["to", "destination", "arrival", "to_city"], "string", ["Where to", "The destination", "The city of arrival"], lambda draw: draw.city()),
    "from_city": (["from", "origin", "departure", "from_city"], "string", ["Where from", "The city of departure", "The origin"], lambda draw: draw.city()),
    "person": (["name", "person", "to", "recipient", "user", "contact", "customer", "username"], "string", ["The person", "The name of the person", "Who", "The name"], lambda draw: draw.name()),
    "text": (["text", "message", "content", "body", "sentence", "note"], "string", ["The text", "The message", "What to write"], lambda draw: draw.text(2, 5)),
    "topic": (["query", "topic", "q", "search", "subject", "keywords"], "string", ["What to search for", "The search query", "The topic", "The question"], lambda draw: draw.pick(TOPICS) if draw.chance(0.5) else draw.text(1, 3)),
    "a": (["a", "x", "first", "number1", "left"], "number", ["The first number", "First number", "A number"], lambda draw: draw.number(0, 999)),
    "b": (["b", "y", "second", "number2", "right"], "number", ["The second number", "Second number", "A number"], lambda draw: draw.number(0, 999)),
    "expression": (["expression", "formula", "calculation", "input", "sum"], "string", ["The expression", "The calculation, such as 2 + 3", "A sum"], lambda draw: f"{draw.number(0, 999)} {draw.pick('+-*/')} {draw.number(0, 999)}"),
    "number": (["number", "n", "count", "amount", "value", "quantity"], "integer", ["The number", "How many", "A number"], lambda draw: draw.number(1, 999)),
    "id": (["id", "order_id", "number", "order", "reference"], "string", ["The number of the order", "The order id", "The id"], lambda draw: draw.pick(["", "A", "X", "B-"]) + str(draw.number(100, 99999))),
    "day": (["date", "day", "when"], "string", ["The day", "The date", "When"], lambda draw: draw.pick(WEEKDAYS)),
    "time": (["time", "at", "when", "hour"], "string", ["The time", "When", "The time of day"], lambda draw: f"{draw.number(1, 23)}:{draw.pick(['00', '30', '15'])}"),
    "room": (["room", "place", "where", "area"], "string", ["The room", "Which room", "The name of the room"], lambda draw: draw.pick(words.ROOMS)),
    "colour": (["color", "colour"], "string", ["The colour", "The color"], lambda draw: draw.colour()),
    "thing": (["item", "product", "thing", "article", "object", "product_name"], "string", ["The item", "The product", "The name of the product"], lambda draw: draw.pick(words.THINGS)),
    "language": (["language", "target", "to", "target_language"], "string", ["The language", "The target language", "The language to translate to"], lambda draw: draw.pick(words.SAMPLE_LISTS["languages"])),
    "company": (["company", "symbol", "stock", "ticker"], "string", ["The company", "The stock's symbol", "The name of the company"], lambda draw: draw.made_up() if draw.chance(0.6) else draw.pick(["Apple", "Intel", "Google", "Nvidia", "AAPL", "INTC", "MSFT"])),
    "currency": (["currency", "to", "target", "to_currency"], "string", ["The currency", "The target currency"], lambda draw: draw.pick(CURRENCIES)),
    "minutes": (["minutes", "duration", "length"], "integer", ["How many minutes", "The duration in minutes"], lambda draw: draw.number(1, 90)),
    "degrees": (["temperature", "degrees", "value"], "number", ["The temperature", "The temperature in degrees"], lambda draw: draw.number(5, 30)),
}

# What functions are about: (names, descriptions, fields, requests, subject of the answer, keys and values of a returned object).
SUBJECTS = [
    (["get_weather", "get_current_weather", "weather", "fetch_weather", "getWeather", "weather_forecast", "lookup_weather"], ["Get the weather in a city", "Get the current weather", "The weather of a place", "Current weather for a city", "Returns the weather"], ["city"],
     ["what is the weather[ like|] in {city}[ today| now|]?", "how is the weather in {city}[ today|]?", "[please |]tell me the weather in {city}[.|]", "weather in {city}[?|]", "is it [raining|sunny|cold|warm] in {city}[ today|]?", "what's the weather[ like|][ today|] in {city}?", "[do you |]know the weather in {city}?", "get the weather [for|in|of] {city}[.|]", "how [warm|cold|hot] is it in {city}?", "I am going to {city}. How is the weather[ there|]?", "will I need an umbrella in {city}?", "~does the sun shine in {city}?", "~I wonder about the weather in {city}[.|]"],
     "The weather in {city}", lambda draw: {"temperature": draw.number(-10, 38), "condition": draw.pick(["sunny", "rainy", "cloudy", "snowy", "windy", "clear"])}),
    (["get_time", "current_time", "get_current_time", "time_in", "clock", "world_clock"], ["Get the time in a city", "The current time of a place", "What time it is somewhere"], ["city"],
     ["what time is it in {city}[ now|]?", "what is the time in {city}?", "[please |]tell me the time in {city}[.|]", "time in {city}[?|]", "how late is it in {city}?", "the time in {city}[,|] please[.|]", "~do the clocks in {city} show the same time?"],
     "The time in {city}", lambda draw: {"time": f"{draw.number(0, 23)}:{draw.number(10, 59)}"}),
    (["calculator", "calculate", "evaluate", "compute", "solve_expression", "do_math"], ["Calculate an expression", "Evaluates a sum", "A calculator", "Do arithmetic"], ["expression"],
     ["what is {expression}?", "[please |]calculate {expression}[.|]", "how much is {expression}?", "compute {expression}[.|]", "{expression}[?| =|]", "what's {expression}?", "[please |]work out {expression}[.|]", "[use the calculator|use your tool] for {expression}[.|]", "I need the result of {expression}[.|]", "~give me the value of {expression}[.|]"],
     "The result", lambda draw: {"result": draw.number(0, 99999)}),
    (["add", "add_numbers", "sum", "plus", "sum_numbers"], ["Add two numbers", "The sum of two numbers", "Adds a and b"], ["a", "b"],
     ["what is {a} plus {b}?", "add {a} and {b}[.|]", "what is {a} + {b}?", "[please |]add {b} to {a}[.|]", "how much is {a} + {b}?", "{a} + {b}[?|]", "the sum of {a} and {b}[?|.|]", "~put {a} and {b} together[.|]"],
     "The result", lambda draw: {"result": draw.number(0, 1998)}),
    (["multiply", "times", "multiply_numbers", "product"], ["Multiply two numbers", "The product of two numbers", "Multiplies a by b"], ["a", "b"],
     ["what is {a} times {b}?", "multiply {a} by {b}[.|]", "what is {a} * {b}?", "multiply {a} and {b}[.|]", "how much is {a} times {b}?", "{a} x {b}[?|]", "~the product of {a} and {b}[,|] please[.|]"],
     "The result", lambda draw: {"result": draw.number(0, 99999)}),
    (["search", "web_search", "search_web", "google", "find_documents", "search_documents", "lookup"], ["Search the web", "Find documents", "Search for information", "Searches the internet"], ["topic"],
     ["search for {topic}[.|]", "[please |]search the web for {topic}[.|]", "[please |]find [something|information|documents] about {topic}[.|]", "look up {topic}[.|]", "google {topic}", "what can you find about {topic}?", "[please |]do a search for {topic}[.|]", "[can you |]look for {topic}[.|?|]", "~see what there is on {topic}[.|]"],
     "I found this about {topic}", lambda draw: {"title": draw.text(2, 4), "pages": draw.number(1, 90)}),
    (["send_email", "send_message", "send_mail", "email", "message", "notify", "text_person"], ["Send a message to a person", "Send an email", "Sends a text to somebody"], ["person", "text"],
     ["[please |]send {person} [a message|an email|a mail]: {text}", "tell {person}: {text}", "[send|write] [a message|an email] to {person}[:| that says:| saying] {text}", "message {person}: {text}", "[please |]email {person}: {text}", "let {person} know: {text}", "~{person} should get this message: {text}"],
     "The message to {person}", lambda draw: {"status": draw.pick(["sent", "delivered", "queued", "failed"])}),
    (["set_timer", "start_timer", "timer", "set_alarm_in"], ["Set a timer", "Start a timer of some minutes"], ["minutes"],
     ["[please |]set a timer for {minutes} minutes[.|]", "start a {minutes} minute timer[.|]", "timer[ for|:] {minutes} minutes[.|]", "wake me in {minutes} minutes[.|]", "[please |]set the timer to {minutes} minutes[.|]", "~tell me when {minutes} minutes have passed[.|]"],
     "The timer", lambda draw: {"status": draw.pick(["started", "set", "running"])}),
    (["create_reminder", "add_reminder", "remind", "set_reminder", "add_event", "create_event"], ["Create a reminder", "Remind the user of something", "Add an event to the calendar"], ["text", "time"],
     ["remind me at {time}: {text}", "[please |]set a reminder for {time}: {text}", "at {time}[,|] remind me: {text}", "add a reminder at {time}: {text}", "[put|write] this in my calendar at {time}: {text}", "~I must not forget at {time}: {text}"],
     "The reminder", lambda draw: {"status": draw.pick(["created", "saved", "set"]), "id": draw.number(1, 999)}),
    (["turn_on_light", "switch_light_on", "light_on", "turn_light_on"], ["Turn on the light in a room", "Switch a light on"], ["room"],
     ["[please |]turn on the light in the {room}[.|]", "light in the {room}[,|] please[.|]", "[please |]switch on the {room} light[.|]", "turn the light on in the {room}[.|]", "it is dark in the {room}[.|]", "~make the {room} bright[.|]"],
     "The light in the {room}", lambda draw: {"state": "on"}),
    (["set_temperature", "set_thermostat", "heat_room", "thermostat"], ["Set the temperature of a room", "Set the heating"], ["room", "degrees"],
     ["[please |]set the {room} to {degrees} degrees[.|]", "make it {degrees} degrees in the {room}[.|]", "heat the {room} to {degrees} degrees[.|]", "set the temperature [of|in] the {room} to {degrees}[ degrees|][.|]", "{degrees} degrees in the {room}[,|] please[.|]", "~I would like {degrees} degrees in the {room}[.|]"],
     "The temperature in the {room}", lambda draw: {"degrees": draw.number(5, 30)}),
    (["book_flight", "find_flights", "search_flights", "get_flights", "flight_search"], ["Book a flight", "Find flights between two cities", "Search for flights"], ["from_city", "to_city"],
     ["[please |]book a flight from {from_city} to {to_city}[.|]", "[find|show me|search] flights from {from_city} to {to_city}[.|]", "I want to fly from {from_city} to {to_city}[.|]", "flights from {from_city} to {to_city}[?|.|]", "how do I fly from {from_city} to {to_city}?", "is there a flight to {to_city} from {from_city}?", "~get me from {from_city} to {to_city} by plane[.|]"],
     "The flight to {to_city}", lambda draw: {"price": draw.number(50, 900), "time": f"{draw.number(0, 23)}:{draw.number(10, 59)}"}),
    (["book_hotel", "find_hotel", "reserve_hotel", "hotel_search", "book_room"], ["Book a hotel", "Find a hotel in a city", "Reserve a hotel for some nights"], ["city", "number"],
     ["[please |]book a hotel in {city} for {number} nights[.|]", "[find|reserve] [me |]a hotel in {city} for {number} nights[.|]", "I need a hotel in {city} for {number} nights[.|]", "{number} nights in {city}[,|] please[.|]", "hotel in {city}, {number} nights", "~I will stay {number} nights in {city}[.|]"],
     "The hotel in {city}", lambda draw: {"price": draw.number(50, 900), "status": draw.pick(["booked", "free", "full"])}),
    (["get_order", "order_status", "track_order", "find_order", "check_order", "get_order_status"], ["Get the status of an order", "Track an order", "Look up an order by its id"], ["id"],
     ["where is my order {id}?", "what is the status of order {id}?", "[please |]track order {id}[.|]", "[please |]check order {id}[.|]", "when does order {id} arrive?", "has order {id} [shipped|arrived]?", "order {id}[?|]", "~I am still waiting for order {id}[.|]"],
     "The order {id}", lambda draw: {"status": draw.pick(["shipped", "delivered", "pending", "lost"]), "days": draw.number(1, 9)}),
    (["get_stock_price", "stock_price", "get_quote", "share_price", "stock_quote"], ["Get the price of a stock", "The current stock price", "Returns the share price of a company"], ["company"],
     ["what is the stock price of {company}?", "how much is {company} stock?", "[please |]get the stock price of {company}[.|]", "stock price of {company}[?|]", "what does a share of {company} cost?", "price of {company} stock[?|]", "~how are the shares of {company} doing?"],
     "The stock price of {company}", lambda draw: {"price": draw.number(2, 999)}),
    (["get_price", "price_of", "find_product", "product_info", "check_stock", "get_product"], ["Get the price of a product", "Information about a product", "Look up a product"], ["thing"],
     ["how much is a {thing}?", "what is the price of a {thing}?", "what does a {thing} cost?", "price of a {thing}[?|]", "do you have a {thing}?", "[please |]find [me |]a {thing}[.|]", "I want to buy a {thing}[.|]", "~I am looking for a {thing} to buy[.|]"],
     "The {thing}", lambda draw: {"price": draw.number(2, 999), "stock": draw.number(0, 99)}),
    (["translate", "translate_text", "translation", "translator"], ["Translate a text", "Translate text to a language"], ["text", "language"],
     ["[please |]translate to {language}: {text}", "[please |]translate \"{text}\" [to|into] {language}[.|]", "how do you say \"{text}\" in {language}?", "what is \"{text}\" in {language}?", "in {language}[,|] please: {text}", "~put this into {language}: {text}"],
     "In {language}", lambda draw: {"text": " ".join(draw.made_up(capital=False) for _ in range(draw.number(1, 3)))}),
    (["convert_currency", "exchange", "currency_converter", "convert_money"], ["Convert money", "Convert an amount to a currency"], ["number", "currency"],
     ["convert {number} dollars to {currency}[.|]", "how much is {number} dollars in {currency}?", "change {number} dollars [to|into] {currency}[.|]", "what are {number} dollars in {currency}?", "{number} dollars in {currency}[?|]", "~I have {number} dollars and need {currency}[.|]"],
     "The amount in {currency}", lambda draw: {"amount": draw.number(1, 999)}),
    (["get_user", "find_user", "lookup_user", "get_customer", "find_contact", "user_info"], ["Get information about a user", "Find a person", "Look up a customer by name"], ["person"],
     ["who is {person}?", "[please |]find the user {person}[.|]", "look up {person}[.|]", "what do we know about {person}?", "show me the [user|customer] {person}[.|]", "find {person} in the database[.|]", "get the [data|details] of {person}[.|]", "~is there a customer called {person}?"],
     "The user {person}", lambda draw: {"age": draw.number(18, 90), "city": draw.city()}),
    (["play_music", "play_song", "play", "music_player"], ["Play music", "Play a song"], ["topic"],
     ["play {topic}[.|]", "[please |]play the song {topic}[.|]", "I want to hear {topic}[.|]", "play me {topic}[.|]", "[please |]put on {topic}[.|]", "~let us listen to {topic}[.|]"],
     "The song", lambda draw: {"status": draw.pick(["playing", "started", "not found"])}),
    (["paint", "set_color", "change_color", "set_colour"], ["Paint a thing in a colour", "Set the colour of a thing"], ["thing", "colour"],
     ["[please |]paint the {thing} {colour}[.|]", "make the {thing} {colour}[.|]", "[set|change] the colo[u|]r of the {thing} to {colour}[.|]", "I want a {colour} {thing}[.|]", "the {thing} must be {colour}[.|]", "~give the {thing} a {colour} coat[.|]"],
     "The {thing}", lambda draw: {"colour": draw.colour()}),
]

# Functions nobody has seen: a verb and a noun, used in the request as they are.
VERBS = ["get", "find", "check", "open", "close", "start", "stop", "read", "delete", "show", "count", "update", "print", "order", "list", "create", "move", "clean", "test", "load", "lock", "share", "save", "repair"]
OBJECTS = words.THINGS + words.ANIMALS + words.FOODS + ["report", "file", "invoice", "ticket", "account", "meeting", "document", "server", "model", "graph", "table", "page", "folder", "task", "project", "password", "device", "alarm", "game", "photo", "video", "note", "list", "event", "backup", "log", "job"]
FREE_FIELDS = ["person", "number", "id", "city", "day", "colour"]
FREE_REQUESTS = {
    "person": [" for {person}", " of {person}", " from {person}", " called {person}"], "number": [" number {number}", " {number}"], "id": [" {id}", " with the id {id}"], "city": [" in {city}", " from {city}", " for {city}"],
    "day": [" on {day}", " for {day}"], "colour": [" in {colour}", " that is {colour}"],
}


def invented(draw: Draw) -> tuple:
    """A subject in the form of SUBJECTS, with a name made of a verb and a noun."""
    while True:
        verb, noun = draw.pick(VERBS), draw.pick(OBJECTS) if draw.chance(0.75) else draw.made_up(capital=False)
        if (zlib.crc32(f"{verb}_{noun}".encode()) % 10 == 0) == draw.new_values:
            break
    name = draw.pick([f"{verb}_{noun}", f"{verb}_{noun}", f"{verb}{noun.capitalize()}", f"{verb}-{noun}", f"{noun}_{verb}"])
    fields = draw.sample(FREE_FIELDS, draw.number(1, 2))
    tail = "".join(draw.pick(FREE_REQUESTS[field]) for field in fields)
    requests = [f"{verb} the {noun}{tail}[.|]", f"[please |can you |could you |I want you to ]{verb} the {noun}{tail}[.|]", f"[please ]{verb} a {noun}{tail}[.|]", f"~would you {verb} the {noun}{tail}[.|?]"]
    return [name], [f"{verb.capitalize()} the {noun}", f"{verb.capitalize()} a {noun}", f"Can {verb} a {noun}"], fields, requests, f"The {noun}", lambda draw: {draw.pick(["status", "result", "value", "state"]): draw.pick(["done", "ready", "ok", "failed", str(draw.number(1, 999)), draw.text(1, 2)])}


class Function:
    """One function: its name, its parameters' names, and its JSON schema in one of the styles that clients send."""

    def __init__(self, draw: Draw, subject: tuple, style: str):
        names, descriptions, self.fields, self.requests, self.answer, self.returned = subject
        self.name = draw.pick(names)
        self.parameters: dict[str, str] = {}
        properties: dict[str, dict] = {}
        for field in self.fields:
            choices, kind, field_descriptions, _ = FIELDS[field]
            parameter = draw.pick([name for name in choices if name not in properties])
            self.parameters[field] = parameter
            properties[parameter] = {"type": kind}
            if style != "bare" and draw.chance(0.5):
                properties[parameter]["description"] = draw.pick(field_descriptions)
        required, self.unit = list(properties), None
        if "city" in self.fields and draw.chance(0.2):
            unit = draw.pick(["unit", "format", "units", "scale"])
            properties[unit] = {"type": "string", "enum": ["celsius", "fahrenheit"]}
            if draw.chance(0.4):
                properties[unit]["description"] = draw.pick(["The unit", "The unit of the temperature", "The temperature unit to use", "Celsius or fahrenheit"])
            if self.fields == ["city"] and "weather" in self.answer and draw.chance(0.6):
                required.append(unit)
                self.unit = unit
        schema = {"type": "object", "properties": properties, "required": required}
        if style == "langchain":
            schema = {"properties": properties, "required": required, "type": "object"}
        if style in ("strict", "vercel"):
            schema["additionalProperties"] = False
        if style == "vercel":
            schema["$schema"] = "http://json-schema.org/draft-07/schema#"
        self.schema = {"name": self.name, "description": draw.pick(descriptions), "parameters": schema}
        if style == "bare":
            del self.schema["description"]
        if style == "strict":
            self.schema["strict"] = True

    def tool(self) -> dict:
        return {"type": "function", "function": self.schema}

    def values(self, draw: Draw) -> dict[str, object]:
        """A value for every field."""
        return {field: FIELDS[field][3](draw) for field in self.fields}

    def call(self, values: dict[str, object]) -> dict:
        """A call; a unit that is required is celsius unless the request asked for the other."""
        arguments = {self.parameters[field]: values[field] for field in self.fields}
        if self.unit:
            arguments[self.unit] = values.get("unit", "celsius")
        return {"type": "function", "function": {"name": self.name, "arguments": arguments}}

    def returned_text(self, draw: Draw) -> tuple[str, str]:
        """What the function returns, and how the answer puts it."""
        result = self.returned(draw)
        spoken = listing([f"{key} {value}" for key, value in result.items()])
        kind = draw.number(1, 10)
        if kind <= 5:
            return json.dumps(result), spoken
        if kind <= 6:
            return json.dumps(result, separators=(",", ":")), spoken
        plain = draw.pick([", ".join(str(value) for value in result.values()), " and ".join(str(value) for value in result.values())])
        return plain, plain


def functions(draw: Draw, count: int) -> list[Function]:
    """Functions with different names, all in one style."""
    style = draw.pick(["openai", "openai", "openai", "strict", "langchain", "vercel", "bare"])
    result: dict[str, Function] = {}
    while len(result) < count:
        subject = draw.pick(SUBJECTS) if draw.chance(0.55) else invented(draw)
        function = Function(draw, subject, style)
        if function.answer not in [other.answer for other in result.values()]:
            result[function.name] = function
    return list(result.values())


def called(function: Function, all_values: list[dict]) -> Message:
    """The assistant's message that calls a function, once for each set of values."""
    return {"role": "assistant", "content": None, "tool_calls": [function.call(values) for values in all_values]}


def tools(draw: Draw) -> tuple[list[Message], list[dict]]:
    """A request that a function can fulfil, and what follows."""
    available = functions(draw, draw.pick([1, 1, 1, 2, 2, 3]))
    function = draw.pick(available)
    values = function.values(draw)
    request = draw.phrase(function.requests, **values)
    if function.unit and draw.chance(0.4):
        values["unit"] = draw.pick(["celsius", "fahrenheit"])
        request = request.rstrip("?.") + f" in {values['unit']}" + draw.pick(["?", "", "."])
    messages = [{"role": "user", "content": request}]
    field = function.fields[0]
    if len(function.fields) == 1 and "unit" not in values and field in ("city", "person", "company", "id", "thing") and draw.chance(0.12):
        other = function.values(draw)
        both = {field: f"{values[field]} and {other[field]}"}
        if other != values:
            messages = [{"role": "user", "content": draw.phrase([request for request in function.requests if request.count("{") == 1], **both)}, called(function, [values, other])]
            results = [function.returned_text(draw) for _ in range(2)]
            messages += [{"role": "tool", "content": returned} for returned, _ in results]
            answers = [f"{function.answer.format(**its)}: {spoken}." for its, (_, spoken) in zip([values, other], results)]
            return messages + [{"role": "assistant", "content": " ".join(answers)}], [item.tool() for item in available]
    messages.append(called(function, [values]))
    if draw.chance(0.65):
        returned, spoken = function.returned_text(draw)
        messages.append({"role": "tool", "content": returned})
        messages.append({"role": "assistant", "content": f"{function.answer.format(**values)}: {spoken}."})
        if draw.chance(0.2):
            messages += draw.pick([small_talk, identity])(draw)
        elif draw.chance(0.2):
            values = function.values(draw)
            messages += [{"role": "user", "content": draw.phrase(function.requests, **values)}, called(function, [values])]
    return messages, [item.tool() for item in available]


def no_tool(draw: Draw) -> tuple[list[Message], list[dict]]:
    """Tools are given, and none of them fits what is said."""
    available = [item for item in functions(draw, draw.pick([1, 1, 2])) if item.answer != "The result" and "person" not in item.fields]
    skill = draw.pick([greet, small_talk, identity, capital, fact, concept, sums, say])
    return skill(draw), [item.tool() for item in available]
