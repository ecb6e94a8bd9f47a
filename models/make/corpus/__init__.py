"""The dialogues that the demo model learns from. All of them are made up by rules; nothing is copied from anywhere."""

from . import conversation, copying, formats, memory, practice, reading, stories, sums, tools
from .draw import Draw

# skill: how often it is drawn, and its function, which gives messages, messages with tools, plain text, or plain text after a prompt
SKILLS = {
    "greet": (1.0, conversation.greet),
    "small talk": (3.0, conversation.small_talk),
    "identity": (1.5, conversation.identity),
    "concept": (3.0, conversation.concept),
    "server": (1.2, conversation.server),
    "capital": (2.5, conversation.capital),
    "fact": (2.5, conversation.fact),
    "unknown": (2.0, conversation.unknown),
    "say": (7.0, copying.say),
    "letter case": (6.0, copying.letter_case),
    "lists": (6.0, copying.lists),
    "look up": (9.0, practice.look_up),
    "count": (4.0, copying.count),
    "name some": (2.0, copying.name_some),
    "sums": (5.0, sums.sums),
    "memory": (6.0, memory.memory),
    "never told": (0.8, memory.never_told),
    "reading": (15.0, reading.reading),
    "summary": (1.5, reading.summary),
    "json": (8.0, formats.json_answers),
    "system rules": (5.0, formats.system_rules),
    "tools": (9.0, tools.tools),
    "no tool": (1.5, tools.no_tool),
    "story": (0.6, stories.story),
    "chat": (1.5, stories.chat),
    "long chat": (0.3, stories.long_chat),
    "plain text": (2.0, stories.plain_text),
    "bare": (4.0, stories.bare),
    "practice": (22.0, practice.practice),
}
NOT_MEASURED = ("plain text", "bare", "practice")


def dialogue(skill: str, seed: str, new_phrasings: bool = False, new_values: bool = False) -> dict:
    """One example: {"messages", "tools"}, {"text"}, or {"text", "prompt"}. The same arguments give the same example."""
    draw = Draw(f"{skill}/{seed}", new_phrasings, new_values)
    made = SKILLS[skill][1](draw)
    if isinstance(made, str):
        return {"text": made}
    if isinstance(made, dict):
        return made
    messages, given_tools = made if isinstance(made, tuple) else (made, None)
    if messages[0]["role"] != "system" and draw.chance(0.2):
        messages = [{"role": "system", "content": draw.pick(formats.NEUTRAL)}] + messages
    return {"messages": messages, "tools": given_tools or None}


def training_examples(count: int, seed: int):
    """Examples of all skills, mixed by their weights."""
    draw = Draw(f"mixture/{seed}")
    names = list(SKILLS)
    weights = [weight for weight, _ in SKILLS.values()]
    for index in range(count):
        skill = draw.random.choices(names, weights)[0]
        yield skill, dialogue(skill, f"{seed}/{index}")
