"""Training steps whose large products take bfloat16: nearly the same gradients, the same evals."""

from pathlib import Path

import numpy as np
import pytest

from ssc_melody.network import variables
from ssc_melody.specs import SPECS, MelodySpec, with_hparams
from tests.magenta_layer import train_runs
from tests.magenta_layer.live import tf

from ssc_melody.training import batches, graph, products  # isort: skip (after the shims)
from ssc_melody.training.data import Examples  # isort: skip (after the shims)

SPECS_ASKED = {
    "lookback": ("ssc_lookback_rnn", "rnn_layer_sizes=[24,16]"),
    "attention": ("ssc_attention_rnn", "rnn_layer_sizes=[24,16],attn_length=7"),
}

ROUNDING = 2.0**-8
"""The largest relative error of one rounding to bfloat16, which keeps 8 bits."""


def _spec(case: str) -> MelodySpec:
    name, hparams = SPECS_ASKED[case]
    return with_hparams(SPECS[name], f"{hparams},batch_size=6,clip_norm=0")


def _network(spec: MelodySpec, bfloat16: bool, jit: bool) -> graph.Network:
    state = variables.initial_state(spec, 1)
    return graph.Network(spec, state, seed=1, jit=jit, cores=1, bfloat16=bfloat16)


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("case", SPECS_ASKED)
def test_gradients_are_nearly_the_same(case: str, jit: bool) -> None:
    spec = _spec(case)
    examples = Examples(spec, [np.array(tune, np.int8) for tune in train_runs.melodies(6)])
    batch = batches.batch_of(examples, range(6), batches.row_steps(examples))
    exact, rounded = (_network(spec, bfloat16, jit).gradients(batch) for bfloat16 in (False, True))
    assert rounded[0].steps == exact[0].steps == sum(examples.lengths)
    assert rounded[0].cross_entropy == pytest.approx(exact[0].cross_entropy, rel=ROUNDING)
    assert rounded[0].cross_entropy != exact[0].cross_entropy
    for name, gradient in exact[1].items():
        error = np.linalg.norm(rounded[1][name] - gradient)
        assert error <= 4 * ROUNDING * np.linalg.norm(gradient) + 1e-7, name


@pytest.mark.parametrize("case", SPECS_ASKED)
def test_evals_are_exact(case: str) -> None:
    spec = _spec(case)
    examples = Examples(spec, [np.array(tune, np.int8) for tune in train_runs.melodies(6)])
    batch = batches.batch_of(examples, range(6), batches.row_steps(examples))
    exact, rounded = (
        _network(spec, bfloat16, jit=False).evaluate(batch) for bfloat16 in (False, True)
    )
    for found, expected in zip(rounded, exact, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_product_rounds_its_factors_and_adds_up_in_float32() -> None:
    random = np.random.default_rng(2)
    x, w = (random.standard_normal(shape).astype(np.float32) for shape in ((3, 5, 64), (64, 7)))
    as_bfloat16 = [tf.cast(tf.cast(a, tf.bfloat16), tf.float32).numpy() for a in (x, w)]
    found = products.Products(bfloat16=True).per_step(tf.constant(x), tf.constant(w)).numpy()
    expected = as_bfloat16[0] @ as_bfloat16[1]
    np.testing.assert_allclose(found, expected, rtol=ROUNDING, atol=1e-5)
    exact = products.Products().per_step(tf.constant(x), tf.constant(w)).numpy()
    np.testing.assert_allclose(exact, x @ w, rtol=1e-5, atol=1e-5)


def test_a_run_goes_on_as_if_unbroken(tmp_path: Path) -> None:
    data = train_runs.write_events(tmp_path / "train.events", train_runs.melodies())
    for name, ends in (("whole", (6,)), ("broken", (2, 6))):
        for steps in ends:
            assert train_runs.run(tmp_path / name, data, steps, "--bfloat16") == 0
    whole, broken = (tmp_path / name / "train" for name in ("whole", "broken"))
    last = "model.ckpt-6*"
    assert train_runs.files(whole, last) == train_runs.files(broken, last)


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 vaes\n", True),
        ("flags\t\t: fpu avx512f amx_bf16\n", True),
        ("Features\t: fp asimd bf16 i8mm\n", True),
        ("flags\t\t: fpu avx2 fma\n", False),
        (None, None),
    ],
)
def test_what_the_cpu_says(
    text: str | None, has: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cpuinfo"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(products, "_CPU_INFO", file)
    assert products.multiplies_bfloat16() is has


def test_a_cpu_without_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ssc_melody.training.loop.multiplies_bfloat16", lambda: False)
    data = train_runs.write_events(tmp_path / "train.events", train_runs.melodies(4))
    assert train_runs.run(tmp_path / "run", data, 1, "--bfloat16") == 0
    assert "this CPU does not multiply bfloat16" in capsys.readouterr().err
