"""Makes the model that the serving benchmarks run: the shape of Qwen2.5-0.5B, random weights, int4 (blocks of 32), 400 MB.

    python spec/bench/make_model.py TARGET        # with the packages of models/make/requirements.txt; 10 minutes, 8 GB of memory

Speed depends on shapes, not on what the weights say. The tokenizer is trained on the licence texts that Debian ships.
"""

import glob
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_end|>", "<|im_start|>"]


def save_source(directory: Path) -> None:
    """Config, random weights and tokenizer, in Hugging Face's format."""
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=151936,
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        max_position_embeddings=32768,
        rope_theta=1e6,
        tie_word_embeddings=True,
        rms_norm_eps=1e-6,
        bos_token_id=0,
        eos_token_id=1,
    )
    Qwen2ForCausalLM(config).save_pretrained(directory)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=4000, special_tokens=SPECIAL, initial_alphabet=alphabet)
    tokenizer.train(sorted(glob.glob("/usr/share/common-licenses/*")), trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=SPECIAL[1], bos_token=SPECIAL[0], pad_token=SPECIAL[0])
    fast.chat_template = TEMPLATE
    fast.save_pretrained(directory)


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        save_source(source)
        command = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-i", str(source), "-o", str(target)]
        command += ["-p", "int4", "-e", "cpu", "-c", str(Path(scratch) / "cache")]
        command += ["--extra_options", "int4_accuracy_level=4", "int4_block_size=32"]
        subprocess.run(command, check=True)
        for name in ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]:
            shutil.copy(source / name, target / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
