"""What both trainings share: how texts become tensors, the optimizer, its rate."""

import math

import torch
from transformers import PreTrainedTokenizerFast

from .tokenizer import LENGTH

WARM_UP = 60


def batch_of(tokenizer: PreTrainedTokenizerFast, first: list[str], second: list[str] | None = None, stretch: torch.Generator | None = None, longest: int = LENGTH) -> dict:
    """Padded inputs. With `stretch`, tokens get positions far apart, as in longer texts: few texts of the corpus are long."""
    encoded = tokenizer(first, second, padding=True, truncation="longest_first", max_length=longest, return_tensors="pt")
    inputs = dict(encoded)
    if stretch is not None:
        length = inputs["input_ids"].shape[1]
        positions = torch.sort(torch.randperm(LENGTH - 1, generator=stretch)[: length - 1] + 1).values
        inputs["position_ids"] = torch.cat([torch.zeros(1, dtype=torch.long), positions]).unsqueeze(0)
    return inputs


def optimizer_of(model: torch.nn.Module, rate: float) -> torch.optim.Optimizer:
    decayed = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    kept = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": kept, "weight_decay": 0.0}], lr=rate, betas=(0.9, 0.98), fused=True)


def rate_at(step: int, steps: int) -> float:
    """Warm-up, then a cosine to a fiftieth."""
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    return 0.02 + 0.98 * (1 + math.cos(math.pi * (step - WARM_UP) / (steps - WARM_UP))) / 2
