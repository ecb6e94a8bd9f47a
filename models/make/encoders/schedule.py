"""What both trainings share: how texts become tensors, the optimizer, its rate, the loop."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

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


def learn(model: PreTrainedModel, directory: Path, rate: float, steps: int, loss_at: Callable[[int, torch.Generator | None], torch.Tensor]) -> dict:
    """Trains, and saves every 50 steps. `loss_at` is given the step and, every sixth, what to stretch its texts with. Returns what the card tells."""
    optimizer = optimizer_of(model, rate)
    stretch = torch.Generator().manual_seed(0)
    began, recent = time.time(), 0.0
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * rate_at(step, steps)
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_at(step, stretch if step % 6 == 0 else None)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        recent = recent * 0.98 + loss.item() * 0.02 if step else loss.item()
        if step % 50 == 49 or step == steps - 1:
            line = f"step {step + 1} loss {recent:.4f} minutes {(time.time() - began) / 60:.1f}"
            print(line, flush=True)
            model.save_pretrained(directory)
    return {"steps": steps, "minutes": (time.time() - began) / 60, "parameters": sum(map(torch.Tensor.numel, model.parameters())) / 1e6, "last": line}
