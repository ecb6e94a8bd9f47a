"""Asks an exported model, and prints what it says.

    python ask.py MODEL "What is a calculator?" ["Thanks!" ...]

Several questions are one conversation. Greedy, through ONNX Runtime.
"""

import sys
from pathlib import Path

import numpy
import onnxruntime
from transformers import AutoConfig, AutoTokenizer


class Asker:
    """An exported model with its tokenizer."""

    def __init__(self, directory: Path):
        self.session = onnxruntime.InferenceSession(directory / "model.onnx")
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        self.config = AutoConfig.from_pretrained(directory)

    def go_on(self, prompt: str, limit: int = 400) -> str:
        """The greedy continuation of a text, up to an end token or so many tokens."""
        shape = (1, self.config.num_key_value_heads, 0, self.config.head_dim)
        outputs = [output.name for output in self.session.get_outputs()]
        past = {item.name: numpy.zeros(shape, numpy.float32) for item in self.session.get_inputs() if item.name.startswith("past")}
        ids = self.tokenizer.encode(prompt, add_special_tokens=False)
        new, seen = [], 0
        while len(new) < limit:
            seen += len(ids)
            feeds = {"input_ids": numpy.array([ids]), "attention_mask": numpy.ones((1, seen), numpy.int64), **past}
            result = dict(zip(outputs, self.session.run(outputs, feeds)))
            past = {name: result[name.replace("past_key_values", "present")] for name in past}
            ids = [int(result["logits"][0, -1].argmax())]
            if ids[0] in (0, 2):
                break
            new += ids
        return self.tokenizer.decode(new)

    def answer(self, messages: list[dict], tools: list[dict] | None = None) -> str:
        """The assistant's next message."""
        return self.go_on(self.tokenizer.apply_chat_template(messages, tools=tools, tokenize=False, add_generation_prompt=True))


if __name__ == "__main__":
    asker, messages = Asker(Path(sys.argv[1])), []
    for question in sys.argv[2:]:
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": asker.answer(messages)})
        print(f"> {question}\n{messages[-1]['content']}")
