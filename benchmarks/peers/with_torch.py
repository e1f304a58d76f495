"""PyTorch: the loop of its tutorials, eager, and with the network and its loss through `torch.compile`.

The optimizer is `SGD(fused=True)`, the fastest of its kinds; losses are kept as tensors and read after the run.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from ..task import Job, Outcome

__all__ = ["Compiled", "Eager"]


class Eager:
    """Its trainer."""

    def __init__(self, job: Job) -> None:
        task = job.task
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        self.job = job
        self.X, self.y = torch.from_numpy(job.X), torch.from_numpy(job.y)
        layers: list[Any] = []
        for d_in, d_out in zip(task.sizes, task.sizes[1:], strict=False):
            layers += [nn.Linear(d_in, d_out, dtype=self.X.dtype), nn.Sigmoid()]
        self.linear = layers[::2]
        self.model = nn.Sequential(*layers[:-1])  # the losses take logits
        if task.output == "softmax":
            self.y = self.y.argmax(dim=1)
        self.loss: Any = self.loss_of

    def loss_of(self, X: Any, y: Any) -> Any:
        z = self.model(X)
        if self.job.task.output == "softmax":
            return F.cross_entropy(z, y)
        return F.binary_cross_entropy_with_logits(z, y) * z.shape[1]  # ours sums over outputs

    def reset(self) -> None:
        with torch.no_grad():
            for layer, W, b in zip(self.linear, self.job.weights, self.job.biases, strict=True):
                layer.weight.copy_(torch.from_numpy(W.T))
                layer.bias.copy_(torch.from_numpy(b))
        task = self.job.task
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=task.learning_rate, momentum=task.momentum, fused=True
        )
        self.losses: list[Any] = []

    def run(self, epochs: int) -> None:
        n = self.job.task.batch_size
        for order in self.job.orders(epochs):
            rows = torch.from_numpy(order)
            for start in range(0, len(order), n):
                if self.job.full_batch:
                    X, y = self.X, self.y
                else:
                    X, y = self.X[rows[start : start + n]], self.y[rows[start : start + n]]
                self.optimizer.zero_grad()
                loss = self.loss(X, y)
                loss.backward()
                self.optimizer.step()
                self.losses.append(loss.detach())

    def outcome(self) -> Outcome:
        losses = torch.stack(self.losses).numpy().astype(np.float64)
        return Outcome(
            losses.reshape(-1, self.job.task.steps_per_epoch).mean(axis=1),
            [layer.weight.detach().numpy().T for layer in self.linear],
            [layer.bias.detach().numpy() for layer in self.linear],
        )


class Compiled(Eager):
    """The same with network and loss compiled; it needs a C++ compiler on the machine."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.loss = torch.compile(self.loss_of)
