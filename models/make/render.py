"""Renders an example of the corpus as the text that the model reads."""

import json
from pathlib import Path

from jinja2.sandbox import ImmutableSandboxedEnvironment

TEMPLATE = Path(__file__).parent / "chat_template.jinja"

_environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
_environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
_template = _environment.from_string(TEMPLATE.read_text())


def render(example: dict) -> str:
    """The text of a dialogue, by the chat template; plain text gets its prompt and an end token."""
    if "text" in example:
        return example.get("prompt", "") + example["text"] + "<|endoftext|>"
    return _template.render(messages=example["messages"], tools=example["tools"])
