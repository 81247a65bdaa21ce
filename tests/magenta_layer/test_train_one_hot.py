"""What XLA compiles, where one-hot inputs are looked up, against the operations themselves."""

import numpy as np
import pytest

from ssc_melody.families import get_spec
from ssc_melody.network import variables
from ssc_melody.specs import with_hparams
from tests.magenta_layer.live import tf
from tests.magenta_layer.test_train_parity import _examples

from ssc_melody.training import batches, graph, one_hot  # isort: skip (after the shims)

CASES = {
    "basic": ("ssc_basic_rnn", "rnn_layer_sizes=[20]"),
    "lookback": ("ssc_lookback_rnn", "rnn_layer_sizes=[16,12]"),
    "residual": ("ssc_lookback_rnn", "rnn_layer_sizes=[16,16],residual_connections=true"),
    "attention": ("ssc_attention_rnn", "rnn_layer_sizes=[12,16],attn_length=5"),
    "chords": ("ssc_chord_rnn", "rnn_layer_sizes=[16]"),
}


@pytest.mark.parametrize("case", CASES)
def test_compiled_or_not_loss_and_gradients_are_the_same(case: str) -> None:
    name, hparams = CASES[case]
    spec = with_hparams(get_spec(name), f"{hparams},batch_size=7")
    examples = _examples(spec)
    batch = batches.batch_of(examples, range(7), batches.row_steps(examples))
    state = variables.initial_state(spec, seed=3)
    compiled, as_it_is = (
        graph.Network(spec, state, seed=3, jit=jit, cores=1).gradients(batch)
        for jit in (True, False)
    )
    for found, expected in zip(compiled[0], as_it_is[0], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    for variable, gradient in as_it_is[1].items():
        error = np.abs(compiled[1][variable] - gradient).max()
        assert error <= 1e-5 * np.abs(gradient).max() + 1e-8, variable


@pytest.mark.parametrize("parts", [((0, 4),), ((3, 4),), ((1, 2), (3, 4), (8, 2))])
def test_looking_up_is_multiplying(parts: tuple[tuple[int, int], ...]) -> None:
    random = np.random.default_rng(4)
    x = random.integers(-1, 2, (6, 5, 11)).astype(np.float32)
    for begin, width in parts:
        x[:, :, begin : begin + width] = np.eye(width)[random.integers(0, width, (6, 5))]
    weights, upstream = random.standard_normal((11, 3)), random.standard_normal((6, 5, 3))
    variable = tf.constant(weights, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        found = one_hot.per_step(tf.constant(x), variable, parts)
        total = tf.reduce_sum(found * tf.constant(upstream, tf.float32))
    np.testing.assert_allclose(found.numpy(), x @ weights, rtol=1e-5, atol=1e-5)
    gradient = np.einsum("tri,trn->in", x, upstream)
    np.testing.assert_allclose(tape.gradient(total, variable), gradient, rtol=1e-5, atol=1e-5)
