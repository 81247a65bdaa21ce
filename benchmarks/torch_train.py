"""PyTorch's LSTM trained on the same melodies; bench_train.py starts it, in a venv with PyTorch.

    python -m benchmarks.torch_train FILE.npz SECONDS padded|packed

The network, dropout behind each layer, each variable's gradient clipped by its own norm, and Adam
are those of the config; batches are drawn without regard to length, as stock's and ours. Padded,
every melody of a batch is run to the length of the longest, and the loss leaves the rest out;
packed, PyTorch runs the steps that there are (`pack_padded_sequence`).

Prints useful events a second and a CPU second, and the version. First, steps with one thread and
with one for each core tell which is faster (where another process wants a core too, threads wait
for each other): it is what is measured.
"""

import json
import sys
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence


class Melodies(torch.nn.Module):
    def __init__(self, inputs: int, units: list[int], classes: int, keep_prob: float) -> None:
        super().__init__()
        if len(set(units)) != 1:
            raise ValueError(f"layers of one size, not {units}")
        dropped = 1 - keep_prob
        self.lstm = torch.nn.LSTM(inputs, units[0], len(units), dropout=dropped)
        self.dropout = torch.nn.Dropout(dropped)
        self.output = torch.nn.Linear(units[0], classes)

    def forward(self, x, lengths, packed):
        """Returns logits: [steps * rows, classes], or of the packed steps alone."""
        if packed:
            y = self.lstm(pack_padded_sequence(x, lengths))[0].data
        else:
            y = self.lstm(x)[0].flatten(0, 1)
        return self.output(self.dropout(y))


def batches(arrays, size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Yields [steps, rows, inputs], [steps, rows] labels (-100: none) and falling lengths."""
    lengths = arrays["lengths"]
    starts = np.cumsum(lengths) - lengths
    random = np.random.default_rng(0)
    while True:
        order = random.permutation(len(lengths))
        for first in range(0, len(order) - size + 1, size):
            chosen = order[first : first + size]
            chosen = chosen[np.argsort(-lengths[chosen])]
            steps = lengths[chosen[0]]
            inputs = np.zeros((steps, size, arrays["inputs"].shape[1]), np.int8)
            labels = np.full((steps, size), -100, np.int64)
            for row, i in enumerate(chosen):
                place = slice(starts[i], starts[i] + lengths[i])
                inputs[: lengths[i], row] = arrays["inputs"][place]
                labels[: lengths[i], row] = arrays["labels"][place]
            yield (
                torch.from_numpy(inputs).float(),
                torch.from_numpy(labels),
                torch.from_numpy(lengths[chosen]),
            )


def main() -> None:
    path, seconds, way = sys.argv[1:]
    torch.manual_seed(0)
    arrays = dict(np.load(path))
    hparams = json.loads(str(arrays.pop("hparams")))
    network = Melodies(
        arrays["inputs"].shape[1], hparams["units"], hparams["classes"], hparams["keep_prob"]
    )
    adam = torch.optim.Adam(network.parameters(), hparams["learning_rate"], fused=True)
    feed = batches(arrays, hparams["batch_size"])

    def train() -> int:
        x, labels, lengths = next(feed)
        if way == "packed":
            labels = pack_padded_sequence(labels, lengths).data
        logits = network(x, lengths, way == "packed")
        loss = torch.nn.functional.cross_entropy(logits, labels.flatten())
        adam.zero_grad()
        loss.backward()
        for variable in network.parameters():
            torch.nn.utils.clip_grad_norm_([variable], hparams["clip_norm"])
        adam.step()
        return int(lengths.sum())

    def step_seconds(threads: int) -> float:
        torch.set_num_threads(threads)
        start = time.perf_counter()
        train()
        return time.perf_counter() - start

    choices = {1, torch.get_num_threads()}
    step_seconds(1)  # what is allocated once does not count
    torch.set_num_threads(min(choices, key=step_seconds))
    events, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < float(seconds):
        events += train()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(json.dumps([events / wall, events / cpu, torch.__version__]), flush=True)


if __name__ == "__main__":
    main()
