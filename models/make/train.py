"""Trains the demo model on the CPU. Goes on from the last checkpoint if there is one.

    python train.py WORK [--steps 8270]

Two processes of one thread each share every step: that is faster than one process of two threads, above all on a busy
machine, because they wait for each other only once or twice a step.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy
import torch
from torch import Tensor, distributed, multiprocessing, nn
from torch.nn import functional

from model import PADDING, ChatModel

PROCESSES = 2
PORT = 29511  # on this machine only, for the processes to talk
TOKENS_PER_STEP = 4000
GROUPS = 6  # of similar length, in each process
WARM_UP = 60
MUON_RATE = 0.01
ADAM_RATE = 2e-3
# Two stages: the rates fall to nearly nothing, rise again, stay, and fall to nothing in the last steps.
FIRST_STAGE = 3200
SECOND_STAGE_RATES = 0.6  # in parts of the first stage's
LAST_FALL = 1000
# Short examples first: up to this part of the first stage, only examples of at most so many tokens.
CURRICULUM = [(0.15, 64), (0.33, 160), (0.80, 320), (1.0, 2048)]
SAVE_EVERY = 20


def schedule(step: int, steps: int) -> tuple[float, int]:
    """The learning rates in parts of the highest, and the longest example, of a step."""
    if step < FIRST_STAGE:
        limit = next(limit for part, limit in CURRICULUM if step < part * FIRST_STAGE)
        return min(1.0, (step + 1) / WARM_UP) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / FIRST_STAGE))), limit
    return SECOND_STAGE_RATES * min(1.0, (step + 1 - FIRST_STAGE) / WARM_UP, (steps - step) / LAST_FALL), CURRICULUM[-1][1]


def add_up(tensors: list[Tensor]) -> None:
    """Replaces each tensor by its sum over the processes."""
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    distributed.all_reduce(flat)
    for tensor, total in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(total.view_as(tensor))


class Muon(torch.optim.Optimizer):
    """Momentum whose updates are made orthogonal (five Newton-Schulz steps); for the matrices of the layers.

    Each process makes the updates of some matrices and gets the others' from the other process.
    """

    def __init__(self, parameters, rate: float, momentum: float = 0.95, decay: float = 0.01):
        super().__init__(parameters, {"lr": rate, "momentum": momentum, "decay": decay})

    @staticmethod
    def orthogonal(matrix: Tensor) -> Tensor:
        """A matrix with the same directions and singular values near 1."""
        x = matrix.bfloat16()
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x
        x = x / (x.norm() + 1e-7)
        for _ in range(5):
            square = x @ x.T
            x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
        return (x.T if tall else x).float()

    @torch.no_grad()
    def step(self):
        group, rank = self.param_groups[0], distributed.get_rank()
        updates = []
        for index, parameter in enumerate(group["params"]):
            state = self.state[parameter]
            if not state:
                state["velocity"] = torch.zeros_like(parameter)
            velocity = state["velocity"].mul_(group["momentum"]).add_(parameter.grad)
            if index % PROCESSES == rank:
                updates.append(self.orthogonal(parameter.grad + group["momentum"] * velocity))
            else:
                updates.append(torch.zeros_like(parameter))
        add_up(updates)
        for parameter, update in zip(group["params"], updates):
            scale = math.sqrt(max(1.0, parameter.shape[0] / parameter.shape[1]))
            parameter.mul_(1 - group["lr"] * group["decay"]).add_(update, alpha=-group["lr"] * scale)


class Examples:
    """The encoded examples, drawn by step number, so that a resumed run sees what an unbroken one would have seen."""

    def __init__(self, path: Path):
        data = numpy.load(path)
        self.ids, self.masks, self.starts = data["ids"], data["masks"], data["starts"]
        self.lengths = numpy.diff(self.starts)
        self.by_limit = {limit: numpy.flatnonzero(self.lengths <= limit) for _, limit in CURRICULUM}

    def batch(self, step: int, limit: int) -> list[list[tuple[Tensor, Tensor]]]:
        """For each process, groups of similar length: ids [rows, length] int64, and whether each token is learned [rows, length]."""
        random = numpy.random.default_rng([7, step])
        candidates = random.choice(self.by_limit[limit], TOKENS_PER_STEP // 10, replace=False)
        chosen = candidates[: max(1, int(numpy.searchsorted(numpy.cumsum(self.lengths[candidates]), TOKENS_PER_STEP)))]
        chosen = chosen[numpy.argsort(self.lengths[chosen])]
        shares = [chosen[rank::PROCESSES] for rank in range(PROCESSES)]
        return [[self.padded(rows) for rows in self.grouped(share)] for share in shares]

    def grouped(self, rows: numpy.ndarray) -> list[numpy.ndarray]:
        """Rows, sorted by length, in groups of about as many tokens."""
        ends = numpy.cumsum(self.lengths[rows])
        return [group for group in numpy.split(rows, numpy.searchsorted(ends, numpy.linspace(0, ends[-1], GROUPS + 1)[1:-1])) if len(group)]

    def padded(self, rows: numpy.ndarray) -> tuple[Tensor, Tensor]:
        """The examples, filled up on the right, where causal attention never looks."""
        length = int(self.lengths[rows].max())
        ids, masks = numpy.zeros((len(rows), length), numpy.int64), numpy.zeros((len(rows), length), bool)
        for index, row in enumerate(rows):
            part = slice(self.starts[row], self.starts[row + 1])
            ids[index, : self.lengths[row]], masks[index, : self.lengths[row]] = self.ids[part], self.masks[part]
        return torch.from_numpy(ids), torch.from_numpy(masks)


def loss_of(model: nn.Module, groups: list[tuple[Tensor, Tensor]]) -> Tensor:
    """The summed cross entropy of the learned tokens, each from the tokens before it."""
    wanted = [masks[:, 1:] for _, masks in groups]
    with torch.autocast("cpu", torch.bfloat16):
        logits = model([ids[:, :-1] for ids, _ in groups], wanted)
    targets = torch.cat([ids[:, 1:][learned] for (ids, _), learned in zip(groups, wanted)])
    return functional.cross_entropy(logits.float(), targets, reduction="sum")


def train(rank: int, work: Path, steps: int) -> None:
    """One process's part; the first of them prints and saves."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", f"tcp://127.0.0.1:{PORT}", rank=rank, world_size=PROCESSES)
    model = ChatModel()
    parameters = list(model.parameters())
    matrices = [parameter for name, parameter in model.named_parameters() if parameter.ndim == 2 and "embed" not in name]
    others = [parameter for name, parameter in model.named_parameters() if parameter.ndim == 1 or "embed" in name]
    optimizers = [Muon(matrices, MUON_RATE), torch.optim.AdamW(others, lr=ADAM_RATE, betas=(0.9, 0.95), weight_decay=0.0)]
    rates = [MUON_RATE, ADAM_RATE]
    examples = Examples(work / "examples.npz")
    checkpoint, first, seconds, tokens = work / "checkpoint.pt", 0, 0.0, 0
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"])
        for optimizer, state in zip(optimizers, saved["optimizers"]):
            optimizer.load_state_dict(state)
        first, seconds, tokens = saved["step"], saved["seconds"], saved["tokens"]
    if first >= steps:
        return
    if rank == 0:
        print(f"{sum(parameter.numel() for parameter in parameters)} parameters, from step {first} to {steps}", flush=True)
    began, recent = time.time() - seconds, []
    for step in range(first, steps):
        share, limit = schedule(step, steps)
        for optimizer, rate in zip(optimizers, rates):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
        batch = examples.batch(step, limit)
        learned = sum(int(masks[:, 1:].sum()) for groups in batch for _, masks in groups)
        tokens += sum(int((ids != PADDING).sum()) for groups in batch for ids, _ in groups)
        loss = loss_of(model, batch[rank]) / learned
        loss.backward()
        total = loss.detach()
        add_up([parameter.grad for parameter in parameters] + [total])
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        recent.append(total.item())
        if rank > 0:
            continue
        if (step + 1) % 20 == 0:
            seconds = time.time() - began
            last = f"step {step + 1} loss {numpy.mean(recent):.4f} tokens {tokens} minutes {seconds / 60:.1f} tokens/s {tokens / seconds:.0f}"
            print(last, flush=True)
            recent = []
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            states = [optimizer.state_dict() for optimizer in optimizers]
            torch.save({"step": step + 1, "steps": steps, "seconds": time.time() - began, "tokens": tokens, "model": model.state_dict(), "optimizers": states}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").rename(checkpoint)
    if rank > 0:
        return
    figures = {
        "parameters": sum(parameter.numel() for parameter in parameters) / 1e6, "steps": steps, "tokens": tokens / 1e6, "minutes": seconds / 60,
        "longest": int(examples.lengths.max()), "share": 100 * float((examples.lengths > 500).mean()), "last": last,
    }
    (work / "training.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--steps", type=int, default=8270)
    arguments = parser.parse_args()
    multiprocessing.spawn(train, (arguments.work, arguments.steps), nprocs=PROCESSES)
