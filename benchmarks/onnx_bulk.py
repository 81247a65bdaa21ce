"""Bulk generation on onnxruntime: its network step, our encoding and draw around it.

The graph is that of `ssc_melody_export --to=onnx`. States stay with the runtime from step to step
(OrtValues); batches are as large as ours. Two ways share the cores, and the faster one counts:
a batch for each core, or all cores for each operation of one batch.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ssc_melody.cores import usable_cores
from ssc_melody.export.onnx_graph import onnx_bytes
from ssc_melody.play.batching import batch_sizes
from ssc_melody.play.model import Model
from ssc_melody.play.sampling import choose, probabilities


def _session(graph: bytes, threads: int):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _batch(model: Model, session, rows: int, steps: int, seed: int) -> np.ndarray:
    """Returns [rows, steps] events that begin with C4."""
    import onnxruntime

    random = np.random.RandomState(seed)
    encoder = model.encoding.encoder(rows, steps)
    inputs = np.zeros((rows, model.encoding.input_size), np.float32)
    states = {
        value.name: onnxruntime.OrtValue.ortvalue_from_numpy(
            np.zeros((rows, *value.shape[1:]), np.float32)
        )
        for value in session.get_inputs()
        if value.name != "input"
    }
    wanted = ["logits", *(f"next_{name}" for name in states)]
    events = np.full(rows, 60)
    for _ in range(steps - 1):
        encoder.push(events, inputs)
        fed = {"input": onnxruntime.OrtValue.ortvalue_from_numpy(inputs), **states}
        logits, *after = session.run_with_ort_values(wanted, fed)
        states = dict(zip(states, after, strict=True))
        shares = probabilities(logits.numpy(), 1.0)
        events = encoder.decode(choose(shares, random.random_sample(rows)))
    encoder.append(events)
    return encoder.events


def ways(model: Model, outputs: int, steps: int) -> dict[str, Callable[[], list[np.ndarray]]]:
    """Returns what makes melodies, by how the cores are shared."""
    graph, cores = onnx_bytes(model, {}), usable_cores()
    alone, all_cores = _session(graph, 1), _session(graph, cores)
    sizes = batch_sizes(outputs, 1, cores)

    def batch_a_core() -> list[np.ndarray]:
        with ThreadPoolExecutor(cores) as pool:
            made = [
                pool.submit(_batch, model, alone, size, steps, seed)
                for seed, size in enumerate(sizes)
            ]
            return [batch.result() for batch in made]

    def one_batch() -> list[np.ndarray]:
        return [_batch(model, all_cores, size, steps, seed) for seed, size in enumerate(sizes)]

    return {"a batch for each core": batch_a_core, "all cores for a batch": one_batch}
