"""The cells against their equations, written out number by number in float64."""

import dataclasses
import math

import numpy as np
import pytest

from ssc_melody.network.cells import (
    AttentionState,
    AttentionWeights,
    Linear,
    LstmState,
    LstmWeights,
    attend,
    lstm_step,
    softmax,
)

random = np.random.default_rng(3)


def _normal(*shape: int) -> np.ndarray:
    return (0.5 * random.standard_normal(shape)).astype(np.float32)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _reference_lstm(kernel, bias, forget_bias, x, c, h):
    """One melody, one step; gates in the checkpoint's order i, j, f, o."""
    units = len(c)
    z = np.concatenate([x, h]).astype(np.float64) @ kernel.astype(np.float64) + bias
    i, j, f, o = (z[k * units : (k + 1) * units] for k in range(4))
    new_c = [
        _sigmoid(f[u] + forget_bias) * c[u] + _sigmoid(i[u]) * math.tanh(j[u]) for u in range(units)
    ]
    return new_c, [_sigmoid(o[u]) * math.tanh(new_c[u]) for u in range(units)]


@pytest.mark.parametrize("forget_bias", [0.0, 1.0])
def test_lstm_is_its_equations(forget_bias: float) -> None:
    kernel, bias = _normal(3 + 5, 20), _normal(20)
    weights = LstmWeights(kernel, bias, forget_bias)
    assert (weights.inputs, weights.units) == (3, 5)
    state = LstmState(weights, 2)
    c, h = np.zeros((2, 5)), np.zeros((2, 5))
    for _ in range(6):
        x = _normal(2, 3)
        out = lstm_step(weights, state, x)
        for row in range(2):
            c[row], h[row] = _reference_lstm(kernel, bias, forget_bias, x[row], c[row], h[row])
        np.testing.assert_allclose(out, h, atol=1e-6)
        np.testing.assert_allclose(state.c, c, atol=1e-6)


@pytest.mark.parametrize("swap", [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
def test_two_gates_swapped_would_be_noticed(swap: tuple[int, int]) -> None:
    kernel, bias, x = _normal(8, 20), _normal(20), _normal(1, 3)
    gates = list(range(4))
    gates[swap[0]], gates[swap[1]] = gates[swap[1]], gates[swap[0]]
    columns = np.concatenate([np.arange(5) + 5 * gate for gate in gates])
    outputs = []
    for k, b in [(kernel, bias), (kernel[:, columns], bias[columns])]:
        weights = LstmWeights(k, b, 1.0)
        state = LstmState(weights, 1)
        lstm_step(weights, state, x)
        outputs.append(lstm_step(weights, state, x).copy())
    assert np.abs(outputs[0] - outputs[1]).max() > 1e-3


def _attention(size: int, inputs: int, state: int, length: int) -> AttentionWeights:
    return AttentionWeights(
        length=length,
        input=Linear(_normal(inputs + size, inputs), _normal(inputs)),
        query=Linear(_normal(state, size), _normal(size)),
        keys=_normal(size, size),
        score=_normal(size),
        output=Linear(_normal(2 * size, size), _normal(size)),
    )


@pytest.mark.parametrize("rows", [1, 20, 150])
@pytest.mark.parametrize(("keys", "queries"), [(1, 1), (0.5, 400), (9, 1), (300, 300)])
def test_attention_is_its_equations(rows: int, keys: float, queries: float) -> None:
    """11 steps round a window of 4: the ring must not show, nor numbers that are too large."""
    size, state_size, length = 6, 12, 4
    weights = _attention(size, 3, state_size, length)
    weights = dataclasses.replace(weights, keys=np.float32(keys) * weights.keys)
    state = AttentionState(weights, rows)
    window = [np.zeros((rows, size)) for _ in range(length)]
    for _ in range(11):
        query, output = np.float32(queries) * _normal(rows, state_size), _normal(rows, size)
        y = attend(weights, state, [query[:, :5], query[:, 5:]], output)
        q = query.astype(np.float64) @ weights.query.weights + weights.query.bias
        scores = np.stack([np.tanh(v @ weights.keys + q) @ weights.score for v in window], axis=1)
        shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        result = sum(shares[:, [k]] * window[k] for k in range(length))
        expected = np.hstack([output, result]) @ weights.output.weights + weights.output.bias
        larger = max(1, keys * queries / 10)  # float32's own error, where tanh is steep
        np.testing.assert_allclose(state.result, result, atol=2e-6 * larger)
        np.testing.assert_allclose(y, expected, atol=4e-6 * larger)
        window = [*window[1:], y.astype(np.float64)]


def test_a_key_that_grows_too_large_changes_no_result() -> None:
    """Keys are kept as exponentials until one is too large for that: here with the third."""
    weights = AttentionWeights(
        length=3,
        input=Linear(_normal(4, 2), _normal(2)),
        query=Linear(np.ones((1, 2), np.float32), np.zeros(2, np.float32)),
        keys=np.eye(2, dtype=np.float32),
        score=np.array([0.5, -1.0], np.float32),
        output=Linear(np.vstack([np.eye(2), np.zeros((2, 2))]).astype(np.float32), np.zeros(2)),
    )
    state = AttentionState(weights, 1)
    for output in ([0.25, -0.5], [1.0, 2.0], [31.0, 0.0], [0.0, 0.0]):
        attend(weights, state, [np.zeros((1, 1), np.float32)], np.array([output], np.float32))
    assert state.wide
    # scores 0.5 tanh(a) - tanh(b): 0.584576, -0.583231, 0.500000
    np.testing.assert_allclose(state.result, [[13.02585, 0.05475]], atol=1e-5)


def test_copied_rows_go_on_as_their_source() -> None:
    weights = _attention(6, 3, 12, 4)
    source, copy = AttentionState(weights, 2), AttentionState(weights, 4)
    for _ in range(5):
        attend(weights, source, [_normal(2, 12)], _normal(2, 6))
    copy.copy_rows(source, np.array([1, 0, 1, 1]))
    query, output = _normal(2, 12), _normal(2, 6)
    rows = np.array([1, 0, 1, 1])
    once = attend(weights, source, [query], output)
    np.testing.assert_allclose(attend(weights, copy, [query[rows]], output[rows]), once[rows], 1e-6)


def test_linear_takes_its_input_in_parts() -> None:
    linear = Linear(_normal(5, 2), _normal(2))
    x = _normal(3, 5)
    np.testing.assert_allclose(linear(x[:, :2], x[:, 2:]), linear(x), rtol=1e-5)


def test_softmax_of_large_numbers() -> None:
    logits = np.array([[1000.0, 1000.0, 0.0]], dtype=np.float32)
    assert softmax(logits).tolist() == [[0.5, 0.5, 0.0]]
