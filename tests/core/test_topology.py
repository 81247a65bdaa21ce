"""Variables to networks: the generations of names, what is refused, and what the error says."""

import numpy as np
import pytest

from ssc_melody.errors import FormatError
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.formats.checkpoint import parse_v1
from ssc_melody.network.build import build_network, outer_sizes
from ssc_melody.network.metagraph import read_metagraph
from ssc_melody.network.names import is_weight, modern_name
from ssc_melody.network.stack import NetworkState, step
from ssc_melody.specs import SPECS, MelodySpec, with_hparams
from tests.conftest import CASES, TESTDATA, bundle_path
from tests.networks import random_checkpoint

BASIC = with_hparams(SPECS["basic_rnn"], "rnn_layer_sizes=[6,5]")
ATTENTION = with_hparams(SPECS["attention_rnn"], "rnn_layer_sizes=[6,5],attn_length=4")


def _build(tensors: dict, input_size: int = 38, attn_length: int = 4):
    return build_network(tensors, input_size=input_size, attn_length=attn_length)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "RNN/MultiRNNCell/Cell1/BasicLSTMCell/Linear/Matrix",
            "rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel",
        ),
        (
            "RNN/AttentionCellWrapper/Attention/Linear/Bias",
            "rnn/attention_cell_wrapper/attention/bias",
        ),
        ("RNN/AttentionCellWrapper/Attention/AttnW", "rnn/attention_cell_wrapper/attention/attn_w"),
        (
            "RNN/AttentionCellWrapper/AttnOutputProjection/Linear/Matrix",
            "rnn/attention_cell_wrapper/attn_output_projection/kernel",
        ),
        (
            "rnn/multi_rnn_cell/cell_0/basic_lstm_cell/weights",
            "rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel",
        ),
        ("fully_connected/biases", "fully_connected/bias"),
    ],
)
def test_names_of_all_generations(old: str, new: str) -> None:
    assert modern_name(old) == new
    assert modern_name(new) == new


@pytest.mark.parametrize(
    "name", ["global_step", "beta1_power", "beta2_power", "fully_connected/weights/Adam_1"]
)
def test_training_variables_are_no_weights(name: str) -> None:
    assert not is_weight(name)
    assert is_weight("fully_connected/weights")


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_spec_builds_and_steps(spec: MelodySpec) -> None:
    size = spec.make_encoding().input_size
    tensors = random_checkpoint(spec) | {"global_step": np.array(7)}
    network = build_network(tensors, input_size=size, attn_length=spec.attn_length)
    assert tuple(layer.lstm.units for layer in network.layers) == spec.rnn_layer_sizes
    assert network.input_size == size
    logits = step(network, NetworkState(network, 2), np.eye(2, size, dtype=np.float32))
    assert np.isfinite(logits).all()
    assert np.abs(logits[0] - logits[1]).max() > 1e-3


def _residual(spec: MelodySpec) -> dict[str, np.ndarray]:
    """The first layer behind a projection; the second has the same size and so has none."""
    tensors = random_checkpoint(spec)
    out = {}
    for name, array in tensors.items():
        out[name.replace("cell_0/", "cell_0/input_projection_wrapper/")] = array
    scope = "rnn/multi_rnn_cell/cell_0/input_projection_wrapper"
    out[f"{scope}/basic_lstm_cell/kernel"] = tensors[
        "rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel"
    ][-12:]
    out[f"{scope}/kernel"] = np.ones((38, 6), dtype=np.float32)
    out[f"{scope}/bias"] = np.zeros(6, dtype=np.float32)
    return out


def test_a_residual_of_equal_layers_is_inferred() -> None:
    network = _build(_residual(with_hparams(BASIC, "rnn_layer_sizes=[6,6]")))
    assert [layer.residual for layer in network.layers] == [True, True]
    assert [layer.projection is not None for layer in network.layers] == [True, False]
    assert network.input_size == 38


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"fully_connected/weights": None},
            r"not a Melody RNN of any known release: variable fully_connected/weights",
        ),
        (
            {"rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel": (11, 24)},
            r"cell_1/basic_lstm_cell/kernel: expected float32 \(11, 20\), got float32 \(11, 24\)",
        ),
        ({"fully_connected/biases": (39,)}, r"fully_connected/bias: expected float32 \(38\), got"),
        ({"rnn/multi_rnn_cell/cell_0/basic_lstm_cell/bias": (23,)}, "23 is not four gates"),
        ({"rnn/gru_cell/kernel": (2, 2)}, "variable rnn/gru_cell/kernel has no place"),
        (
            {"rnn/multi_rnn_cell/cell_0/basic_lstm_cell/bias": (0,)},
            r"expected float32 \(any\), got float32 \(0,\)",
        ),
    ],
)
def test_what_does_not_fit_is_named(change: dict, message: str) -> None:
    tensors = random_checkpoint(BASIC)
    for name, shape in change.items():
        if shape is None:
            del tensors[name]
        else:
            tensors[name] = np.ones(shape, dtype=np.float32)
    with pytest.raises(FormatError, match=message) as caught:
        _build(tensors)
    assert "--engine=magenta" not in str(caught.value)  # nothing for TensorFlow without a graph


def test_an_unknown_graph_is_left_to_tensorflow() -> None:
    """A damaged one is not: TensorFlow would refuse it too."""
    bundle = read_bundle(TESTDATA / "bundles" / "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag")
    facts = read_metagraph(bundle.metagraph)
    for name, shape, hint in (
        ("rnn/gru_cell/kernel", (2, 2), True),
        ("fully_connected/biases", (7,), False),
    ):
        tensors = parse_v1(bundle.checkpoint) | {name: np.ones(shape, dtype=np.float32)}
        with pytest.raises(FormatError) as caught:
            build_network(tensors, input_size=38, facts=facts)
        assert ("play it with `engine=magenta`" in str(caught.value)) == hint


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"].split("/")[-1])
def test_outer_sizes_of_every_kind(case: dict) -> None:
    tensors = parse_v1(read_bundle(bundle_path(case["file"])).checkpoint)
    encoder = case["encoder"]
    assert outer_sizes(tensors) == (encoder["input_size"], encoder["num_classes"])


def test_outer_sizes_of_something_else() -> None:
    assert outer_sizes({}) == (None, None)
    assert outer_sizes({"fully_connected/weights": np.ones((3, 5))}) == (None, 5)
    assert outer_sizes({"fully_connected/weights": np.ones(3)}) == (None, None)


def test_other_dtypes_are_refused() -> None:
    tensors = random_checkpoint(BASIC)
    tensors["fully_connected/biases"] = tensors["fully_connected/biases"].astype(np.float64)
    with pytest.raises(FormatError, match=r"expected float32 \(38\), got float64"):
        _build(tensors)


def test_no_lstm_at_all() -> None:
    with pytest.raises(FormatError, match="no LSTM among conv/kernel"):
        _build({"conv/kernel": np.ones((2, 2), dtype=np.float32)})
    with pytest.raises(FormatError, match="no LSTM among nothing"):
        _build({})


def test_attention_of_a_bare_checkpoint_needs_its_length() -> None:
    tensors = random_checkpoint(ATTENTION)
    assert _build(tensors, 74, 4).layers[0].attention.length == 4
    with pytest.raises(FormatError, match=r"attn_length is 0; .*`hparams=attn_length=40`"):
        _build(tensors, 74, 0)


def test_two_generations_of_one_variable_are_refused() -> None:
    tensors = random_checkpoint(BASIC)
    tensors["fully_connected/bias"] = tensors["fully_connected/biases"]
    with pytest.raises(FormatError, match="two variables of one name"):
        _build(tensors)
