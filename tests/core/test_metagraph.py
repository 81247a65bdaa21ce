"""The facts of a metagraph, from graphs built here and from real ones; nothing crashes it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody.errors import FormatError
from ssc_melody.formats import protos
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.network.metagraph import read_metagraph
from tests.conftest import CASES, bundle_path


def _graph(batch: int = 2, state_batch: int = 2, divide: float | None = None):
    """A graph as small as a generator's can be."""
    meta = protos.MetaGraphDef()
    meta.meta_info_def.tensorflow_version = "1.13.1"
    nodes = meta.graph_def.node

    def node(name: str, op: str, *inputs: str, shape: list[int] | None = None):
        new = nodes.add(name=name, op=op, input=inputs)
        if shape is not None:
            attr = new.attr.add(key="_output_shapes")
            dims = attr.value.list.shape.add()
            for size in shape:
                dims.dim.add(size=size)
        return new

    node("x", "Placeholder", shape=[batch, -1, 38])
    node("zeros", "Fill", shape=[state_batch, 8])
    node("logits", "BiasAdd")
    if divide is not None:
        node("div", "Div", "logits", "div/y")
        constant = node("div/y", "Const")
        constant.attr.add(key="value").value.tensor.float_val.append(divide)
    node("Softmax", "Softmax", "logits" if divide is None else "div")
    node("Reshape", "Reshape", "Softmax")
    for key, name in [
        ("inputs", "x:0"),
        ("softmax", "Reshape:0"),
        ("initial_state", "zeros:0"),
        ("final_state", "zeros:0"),
    ]:
        meta.collection_def.add(key=key).value.node_list.value.append(name)
    return meta


def test_facts_of_a_small_graph() -> None:
    facts = read_metagraph(_graph(divide=1.5).SerializeToString())
    assert facts.tensorflow_version == "1.13.1"
    assert (facts.batch_size, facts.input_size, facts.state_sizes) == (2, 38, (8,))
    assert (facts.has_temperature, facts.temperature, facts.forget_bias) == (False, 1.5, None)


def test_without_a_division_the_temperature_is_one() -> None:
    assert read_metagraph(_graph().SerializeToString()).temperature == 1.0


def test_with_a_placeholder_it_can_be_chosen() -> None:
    meta = _graph(divide=1.5)
    meta.collection_def.add(key="temperature").value.node_list.value.append("t:0")
    facts = read_metagraph(meta.SerializeToString())
    assert (facts.has_temperature, facts.temperature) == (True, 1.0)


@pytest.mark.parametrize("key", ["inputs", "softmax", "initial_state", "final_state"])
def test_a_missing_collection_is_named(key: str) -> None:
    meta = _graph()
    kept = [entry for entry in meta.collection_def if entry.key != key]
    del meta.collection_def[:]
    meta.collection_def.extend(kept)
    with pytest.raises(FormatError, match=f"not the graph .*collection '{key}' is missing"):
        read_metagraph(meta.SerializeToString())


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        (_graph(batch=3), r"batch sizes \[2, 3\], expected one"),
        (_graph(batch=-1, state_batch=10**9), "batch sizes"),
        (_graph(divide=0.0), "a fixed temperature of 0, expected 0.1 to 10"),
        (_graph(divide=0.09), r"a fixed temperature of 0\.09, expected 0\.1 to 10"),
        (_graph(divide=10.1), r"a fixed temperature of 10\.1, expected"),
        (_graph(divide=float("nan")), "a fixed temperature of nan, expected"),
        (protos.MetaGraphDef(), "collection 'inputs' is missing"),
    ],
)
def test_what_does_not_fit_is_named(meta, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_metagraph(meta.SerializeToString())


def _with_cells(*biases: float):
    meta = _graph()
    for i, bias in enumerate(biases):
        cell = meta.graph_def.node.add(name=f"cell_{i}", op="LSTMBlockCell")
        cell.attr.add(key="forget_bias").value.f = bias
    return meta


@pytest.mark.parametrize("bias", [0.0, 1.0, 0.5])
def test_forget_biases_that_agree(bias: float) -> None:
    assert read_metagraph(_with_cells(bias, bias).SerializeToString()).forget_bias == bias


def test_mixed_forget_biases_are_refused() -> None:
    meta = _with_cells(1.0, 0.0, 1.0)
    message = r"LSTM cells of different forget biases: \[0\.0, 1\.0\]"
    with pytest.raises(FormatError, match=message):
        read_metagraph(meta.SerializeToString())


def test_constants_that_refer_to_themselves_end() -> None:
    for inputs in (["div/y"], ["div/y", "div"], ["div/z"] * 1000):
        meta = _graph(divide=1.5)
        (constant,) = [node for node in meta.graph_def.node if node.name == "div/y"]
        constant.op = "Fill"
        constant.input.extend(inputs)
        meta.graph_def.node.add(name="div/z", op="Fill", input=["div/y"] * 1000)
        with pytest.raises(FormatError, match="divided by something that is not a constant"):
            read_metagraph(meta.SerializeToString())


def test_a_missing_node_is_named() -> None:
    meta = _graph()
    del meta.graph_def.node[0]
    with pytest.raises(FormatError, match="node 'x' is missing"):
        read_metagraph(meta.SerializeToString())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"].split("/")[-1])
def test_facts_of_real_graphs(case: dict) -> None:
    facts = read_metagraph(read_bundle(bundle_path(case["file"])).metagraph)
    assert facts.tensorflow_version == case["made_with"]["tensorflow"]
    assert facts.batch_size == case["graph_batch_size"]
    assert facts.input_size == case["encoder"]["input_size"]
    sizes = case["hparams"]["rnn_layer_sizes"]
    length = case["hparams"]["attn_length"]
    width = sizes[0] if case["made_with"]["magenta"] >= "0.1.13" else sizes[-1]
    window = width * (length + 1) if length else 0
    if not case["made_with"]["magenta"].startswith("0.1."):
        assert sum(facts.state_sizes) == 2 * sum(sizes) + window
    assert (facts.forget_bias == 0) == bool(case["hparams"].get("use_cudnn"))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_is_an_error_or_harmless(data: st.DataObject) -> None:
    content = bytearray(_graph(divide=1.5).SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    for damaged in (bytes(content), bytes(content[:cut])):
        try:
            facts = read_metagraph(damaged)
        except FormatError:
            continue
        assert 1 <= facts.batch_size <= 65536
        assert 0 < facts.temperature < float("inf")
