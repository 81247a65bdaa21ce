"""Our training graph against Magenta's: same weights and batch, so same loss and steps."""

from collections.abc import Sequence

import numpy as np
import pytest

from ssc_melody.families import get_spec
from ssc_melody.magenta_layer import shims
from ssc_melody.magenta_layer.register import magenta_config
from ssc_melody.specs import SPECS, ImprovSpec, MelodySpec, with_hparams
from tests.magenta_layer.live import events_rnn_graph, tf

from ssc_melody.training import batches, graph  # isort: skip (after the shims)
from ssc_melody.network import variables  # isort: skip (after the shims)
from ssc_melody.training.data import Examples, OnChords  # isort: skip

STEPS = 3
CASES = {
    "basic": ("ssc_basic_rnn", "rnn_layer_sizes=[20],clip_norm=0.1"),
    "mono": ("ssc_mono_rnn", "rnn_layer_sizes=[12,20]"),
    "lookback": ("ssc_lookback_rnn", "rnn_layer_sizes=[16,24],clip_norm=0.05"),
    "attention": ("ssc_attention_rnn", "rnn_layer_sizes=[16,12],attn_length=12,clip_norm=0.05"),
    "residual": ("ssc_lookback_rnn", "rnn_layer_sizes=[16,16,8],residual_connections=true"),
    "residual attention": (
        "ssc_attention_rnn",
        "rnn_layer_sizes=[12,16],attn_length=5,residual_connections=true",
    ),
    "triads": ("basic_improv", "rnn_layer_sizes=[16],clip_norm=0.1"),
    "triads, attention": ("attention_improv", "rnn_layer_sizes=[12,16],attn_length=7"),
    "chord pitches": ("chord_pitches_improv", "rnn_layer_sizes=[12,8],clip_norm=0.05"),
    "chords, ours": ("ssc_chord_rnn", "rnn_layer_sizes=[16,12]"),
}


SHARING = (41, 3, 33, 20, 18, 12, 26)
"""Lengths of melodies of which several share a row."""


def _examples(spec: MelodySpec, lengths: Sequence[int] = SHARING) -> Examples:
    random = np.random.default_rng(5)
    events = [random.choice([-2, -2, -1, 52, 60, 62, 64, 67, 71], n) for n in lengths]
    melodies = [melody.astype(np.int8) for melody in events]
    if isinstance(spec, ImprovSpec):
        chords = [(("C", "N.C.", "F#m7/E")[: min(n, 3)], n) for n in lengths]
        held = [(1,) * (len(names) - 1) + (n - len(names) + 1,) for names, n in chords]
        names = [names for names, _ in chords]
        return Examples(spec, [OnChords(*row) for row in zip(melodies, names, held, strict=True)])
    return Examples(spec, melodies)


def _padded(examples: Examples) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    lengths = np.array(examples.lengths, np.int32)
    inputs = np.zeros((len(lengths), lengths.max(), examples.input_size), np.float32)
    labels = np.zeros(inputs.shape[:2], np.int64)
    for i, length in enumerate(lengths):
        inputs[i, :length], labels[i, :length] = examples.encoded(i)
    return inputs, labels, lengths


def _stock_steps(
    spec: MelodySpec, examples: Examples, state: dict[str, np.ndarray]
) -> tuple[list[dict[str, float]], dict[str, np.ndarray]]:
    """Trains Magenta's graph and returns the metrics of each step and all variables after."""
    with tf.Graph().as_default(), shims.quiet_graph(), pytest.MonkeyPatch.context() as patch:
        arrays = _padded(examples)
        fed = [tf.placeholder_with_default(a, [None] * a.ndim) for a in arrays]
        fed[0].set_shape([len(arrays[0]), None, examples.input_size])
        patch.setattr("magenta.common.get_padded_batch", lambda *_, **__: fed)
        events_rnn_graph.get_build_graph_fn("train", magenta_config(spec), ["none"])()
        names = ("loss", "metrics/accuracy", "metrics/event_accuracy", "metrics/loss_per_step")
        wanted = {name: tf.get_collection(name)[0] for name in names}
        (train_op,) = tf.get_collection("train_op")[:1]
        with tf.Session() as session:
            variables = {v.op.name: v for v in tf.global_variables()}
            assert {n: tuple(v.shape) for n, v in variables.items()} == {
                n: a.shape for n, a in state.items()
            }
            for name, variable in variables.items():
                variable.load(state[name], session)
            metrics = []
            for _ in range(STEPS):
                metrics.append(session.run(wanted))
                session.run(train_op)
            return metrics, {n: session.run(v) for n, v in variables.items()}


@pytest.mark.parametrize("case", CASES)
def test_same_loss_gradients_and_steps_as_stock(case: str) -> None:
    name, hparams = CASES[case]
    spec = with_hparams(get_spec(name), f"{hparams},dropout_keep_prob=1.0,batch_size=7")
    examples = _examples(spec)
    state = variables.initial_state(spec, seed=3)
    network = graph.Network(spec, state, seed=3, jit=False)
    batch = batches.batch_of(examples, range(7), batches.row_steps(examples))
    assert batch.labels.shape[1] < 7, "no row holds two melodies"
    ours = [network.train(batch) for _ in range(STEPS)]
    stock, after = _stock_steps(spec, examples, state)
    for sums, metrics in zip(ours, stock, strict=True):
        loss = sums.cross_entropy / sums.steps
        assert loss == pytest.approx(metrics["loss"], abs=1e-5)
        assert loss == pytest.approx(metrics["metrics/loss_per_step"], abs=1e-5)
        assert sums.correct / sums.steps == pytest.approx(metrics["metrics/accuracy"])
        assert sums.events_correct / sums.events == pytest.approx(metrics["metrics/event_accuracy"])
    # Adam's slots hold the clipped gradients, and their squares, of every step.
    for variable, array in network.state().items():
        scale = np.abs(after[variable]).max()
        assert np.abs(array - after[variable]).max() <= 1e-4 * scale + 1e-9, variable


def test_compiled_by_xla_it_is_the_same() -> None:
    spec = with_hparams(SPECS["ssc_attention_rnn"], "rnn_layer_sizes=[8,8],attn_length=5")
    spec = with_hparams(spec, "dropout_keep_prob=1.0")
    examples = _examples(spec)
    state = variables.initial_state(spec, seed=3)
    batch = batches.batch_of(examples, range(7), batches.row_steps(examples))
    plain, compiled = (
        graph.Network(spec, state, seed=3, jit=jit).gradients(batch) for jit in (False, True)
    )
    assert plain[0].cross_entropy == pytest.approx(compiled[0].cross_entropy, rel=1e-5)
    for name, gradient in plain[1].items():
        np.testing.assert_allclose(gradient, compiled[1][name], rtol=1e-3, atol=1e-6)


def test_the_rows_of_a_batch_may_be_split_among_cores() -> None:
    spec = with_hparams(SPECS["ssc_lookback_rnn"], "rnn_layer_sizes=[8,8]")
    examples = _examples(spec, range(10, 58))
    state = variables.initial_state(spec, seed=3)
    batch = batches.fill(examples, [[i] for i in range(48)], steps=57, height=48)
    assert graph.parts_of(48, cores=2) == 2
    whole, halves = (graph.Network(spec, state, seed=3, jit=False, cores=cores) for cores in (1, 2))
    for one, two in zip(whole.evaluate(batch), halves.evaluate(batch), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6)
    sums, gradients = whole.gradients(batch)  # dropout is on
    split_sums, split = halves.gradients(batch)
    assert sums.cross_entropy == pytest.approx(split_sums.cross_entropy, rel=1e-6)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, split[name], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    ("rows", "cores", "parts"), [(52, 2, 2), (52, 16, 2), (84, 4, 3), (76, 4, 2), (20, 4, 1)]
)
def test_parts_are_equal_and_not_too_small(rows: int, cores: int, parts: int) -> None:
    assert graph.parts_of(rows, cores) == parts


def test_initial_weights_have_stocks_spread() -> None:
    spec = SPECS["ssc_attention_rnn"]
    with tf.Graph().as_default(), shims.quiet_graph():
        tf.set_random_seed(1)
        events_rnn_graph.get_build_graph_fn("generate", magenta_config(spec))()
        made = {v.op.name: v for v in tf.global_variables()}
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            stock = {name: session.run(v) for name, v in made.items()}
    ours = variables.initial_weights(spec, seed=1)
    assert set(ours) == set(stock)
    for name, array in ours.items():
        assert array.max() == pytest.approx(stock[name].max(), rel=0.05), name
        assert array.std() == pytest.approx(stock[name].std(), rel=0.15), name
    assert spec.make_encoding().input_size == 74
