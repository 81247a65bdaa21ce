"""JSON of strangers: bounds, and schemas."""

import pytest

from ssc_melody.errors import FormatError
from ssc_melody.formats.json_data import parse_json

TAPE = {"title": str, "runs": [{"facts": [(str, str)]}], "primer": float, "run": int | None}


def test_what_fits_a_schema_is_returned() -> None:
    text = '{"title": "a", "runs": [{"facts": [["b", "c"]], "more": 1}], "primer": 2, "run": null}'
    assert parse_json(text, TAPE)["runs"][0]["facts"] == [["b", "c"]]
    assert parse_json(b"\xef\xbb\xbf[1, 2.5]", [float]) == [1, 2.5]
    assert parse_json('{"a": 1, "b": 2}', {str: int}) == {"a": 1, "b": 2}
    assert parse_json("[" * 32 + "]" * 32)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "expected JSON, found other text: "),
        ("nan", "expected JSON"),
        ("[NaN]", "NaN is not a number of JSON"),
        ("[-Infinity]", "-Infinity is not a number"),
        ("[1e999]", "the number 1e999 is too large"),
        ("[" + "9" * 20 + "]", "an integer of 20 digits"),
        ("9" * 1_000_000, "an integer of 1000000 digits"),
        ("[" * 33 + "]" * 33, "at most 32 levels, found more"),
        ("[" * 100_000, "at most 32 levels, found more"),
        ('{"a":' * 100_000, "at most 32 levels, found more"),
        ("[" + "[]," * 1_000_000 + "[]]", "more than 4000000 values or 1000000 lists"),
        ("[" + "1," * 4_000_001 + "1]", "more than 4000000 values"),
        ("[]", r"the JSON: expected an object, found \[\]"),
        ('{"title": 1}', "title: expected a text, found 1"),
        ('{"title": ""}', "the JSON has no 'runs'"),
        ('{"title": "", "runs": {}}', "runs: expected a list, found {}"),
        ('{"title": "", "runs": [3]}', r"runs\[0\]: expected an object, found 3"),
        ('{"title": "", "runs": [{"facts": [["a"]]}]}', r"facts\[0\]: expected a list of 2"),
        ('{"title": "", "runs": [{"facts": [["a", 1]]}]}', r"facts\[0\]\[1\]: expected a text"),
        ('{"title": "", "runs": [], "primer": true}', "primer: expected a number, found true"),
        ('{"title": "", "runs": [], "primer": 1, "run": 0.5}', "a whole number or null, found 0.5"),
        ('{"title": "' + "x" * 100 + '", "runs": 1}', "runs: expected a list"),
    ],
)
def test_what_does_not_fit_is_named(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as error:
        parse_json(text, TAPE)
    assert len(str(error.value)) < 200


def test_size_and_bytes() -> None:
    with pytest.raises(FormatError, match="at most 3 bytes, found 4"):
        parse_json("null", most=3)
    with pytest.raises(FormatError, match="expected JSON, found other text: 'utf-8' codec"):
        parse_json(b'"\xff"')
