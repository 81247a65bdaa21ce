"""Seeds and words of formats that are text."""

import functools
import json

ABC_WORDS = [
    b"X:1\n", b"T:t\n", b"M:4/4\n", b"M:C|\n", b"M:2+3/8\n", b"M:10000/1\n", b"L:1/8\n",
    b"L:1/1000000\n", b"Q:1/4=120\n", b"Q:1/4=0\n", b"K:C\n", b"K:Hp\n", b"K:C#loc exp ^f _b\n",
    b"V:1\n", b"V:2 clef=bass octave=-2\n", b"%%score (1 2)\n", b"%%begintext\n",
    b"%%MIDI transpose 5\n", b"U:T=!trill!\n", b"m:~n2=n\n", b"w:la la\n", b"I:octave=1\n",
    b"[V:2]", b"[K:G]", b"[M:3/4]", b"[L:1/2]", b"[r:x]", b"[CEG]", b"[CEG", b"]", b"{g}", b"{",
    b"}", b"(3", b"(99:98:97", b"(", b")", b"-", b">", b"<<<", b"&", b"|", b"||", b"|:", b":|",
    b"::", b"|1", b"[2", b"C'", b"^^c,,,,", b"_", b"=", b"z", b"Z99", b"x", b"C9999999",
    b"C/////////", b"C1/3", b"\"Am7\"", b"\"^x>\"", b"!trill!", b"+fermata+", b"\\\n", b"+:",
    b"\r", b"\xef\xbb\xbf", b"y", b"`", b"$", b"P:A\n", b"s:x\n", b"\n\n", b"~", b"H",
]  # fmt: skip

XML_WORDS = [
    b"<?xml version='1.0' encoding='UTF-16'?>", b"<!DOCTYPE a [<!ENTITY b 'bb'>]>", b"&b;",
    b"&#0;", b"&#x10FFFF;", b"<score-partwise>", b"</score-partwise>", b"<score-timewise>",
    b"<part-list>", b"<score-part id='P1'>", b"<part id='P1'>", b"</part>",
    b"<measure number='1'>", b"</measure>", b"<attributes>", b"</attributes>",
    b"<divisions>0</divisions>", b"<divisions>999999999</divisions>",
    b"<time><beats>10000</beats><beat-type>1</beat-type></time>",
    b"<time><beats>3+2</beats><beat-type>8</beat-type></time>",
    b"<transpose><chromatic>-2</chromatic></transpose>", b"<note>", b"</note>", b"<chord/>",
    b"<grace/>", b"<cue/>", b"<rest/>", b"<pitch><step>C</step><octave>4</octave></pitch>",
    b"<pitch><step>C</step><alter>99</alter><octave>-9</octave></pitch>",
    b"<duration>1</duration>", b"<duration>1e300</duration>", b"<duration>-1</duration>",
    b"<voice>2</voice>", b"<tie type='start'/>", b"<tie type='stop'/>",
    b"<backup><duration>99</duration></backup>",
    b"<forward><duration>9999999</duration></forward>", b"<staff>2</staff>",
    b"<staves>9999</staves>", b"<sound tempo='0'/>", b"<sound tempo='nan'/>",
    b"<harmony><root><root-step>C</root-step></root><kind>major</kind></harmony>", b"<a>",
    b"</a>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<x:y xmlns:x='z'>", b"\xff\xfe",
    b"PK\x03\x04",
]  # fmt: skip

ANALYSIS_WORDS = [
    b"Time Signature: 3/4\n", b"Time Signature: 64/1\n", b"Time Signature: 0/0\n", b"m1 C: ",
    b"\nm2 ", b"\nm99999 ", b"\nm1var1 ", b"m5-8 = m1-4", b"a: ", b"Bb: ", b"b2 ", b"b99.999 ",
    b"bnan ", b"V7 ", b"viio7/V ", b"|| ", b"Note: x\n",
]  # fmt: skip


def analysis_seeds() -> list[bytes]:
    return [b"Title: x\nTime Signature: 3/4\n\nm0 b3 C: V\nm1 I b2 V65 b3.5 I6\nm2 a: i b3 V7\n"]


JSON_WORDS = [
    b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\u0000", b"\\ud800", b"null", b"true", b"NaN",
    b"-Infinity", b"1e999", b"[[", b'{"a":', b'"format"', b'"version"', b'"run"', b'"spec"',
    b'"hparams"', b'"pieces"', b'["x",', b"-1", b"0.0",
]  # fmt: skip

FLAG_WORDS = [
    b"--", b"-", b"=", b"\n", b"--no", b"--num_outputs=", b"--primer_melody=", b"[60,-2]",
    b"--hparams=", b"[1,2]", b"batch_size=", b"rnn_layer_sizes[0]=", b"nan", b"inf", b"-inf",
    b"True", b"\xff", b"\x00", b"\xe2\x88\x92", b"'", b"--temperature=", b"--log=", b"--help",
    b"--qpm=", b"(", b")", b",", b" ", b"--config=basic_rnn", b"1_000",
]  # fmt: skip


@functools.cache
def json_seeds() -> list[bytes]:
    """Returns JSON of each reader; the first byte says whose it is."""
    from ssc_melody.dataset import piece_list
    from ssc_melody.evaluation.listening import ANSWERS
    from ssc_melody.families.table import get_spec
    from ssc_melody.play import run_config

    run = run_config.RunConfig("attention_rnn", get_spec("attention_rnn"), 7, {"sha256": "ab"})
    tape = {
        "format": 1,
        "title": "t",
        "runs": [{"command": "c", "facts": [["a", "b"]]}],
        "songs": [
            {"title": "t", "file": "a.mid", "sha256": "0", "primer": 1.5, "run": 0, "about": "x"}
        ],
    }
    answers = {"format": ANSWERS, "version": 1, "answers": [{"model": "a", "right": True}]}
    pieces = {"format": piece_list.FORMAT, "version": 1, "pieces": [["x", 2], ["y", 1]]}
    row = {"file": "a.mid", "set": "training", "melodies": 3, "reasons": {}}
    melody = {"name": "A", "kept": True, "events": [60, -2, 64, -1], "primer_steps": 2,
              "start_step": 0, "steps_per_bar": 16, "steps_per_quarter": 4, "qpm": 120.0,
              "velocity": 100, "program": 0, "metre": [4, 4], "chords": ["C", "C", "G7", "G7"],
              "render_chords": True, "command": "c"}  # fmt: skip
    project = {"format": "ssc_melody studio", "version": 1, "title": "t", "bundle": "b",
               "flags": {"seed": 1}, "primer": [60], "metre": [3, 4],
               "melodies": [melody]}  # fmt: skip
    rest = [(b"t", tape), (b"a", answers), (b"p", pieces), (b"p", row), (b"s", project)]
    return [b"r" + run_config.serialize(run), *(kind + json.dumps(x).encode() for kind, x in rest)]


def flag_seeds() -> list[bytes]:
    """Returns command lines, an argument per line, the command first."""
    return [
        b"generate\n--num_outputs=3\n--primer_melody=[60, -2, 62]\n--temperature=1.5",
        b"generate\n--bundle_file=a.mag\n--noinclude_primer\n--beam_size=2\n--qpm=120.0\nother",
        b"train\n--config=attention_rnn\n--hparams=batch_size=64,rnn_layer_sizes=[64,64]\n--seed=1",
        b"create_dataset\n--input=a\n--output_dir=b\n--transpose_semitones=-2,0,2\n--nodedupe",
        b"evaluate\na.mag\nb.mag\n--num_melodies=10\n--noturing\n--log=DEBUG",
    ]


CHORD_WORDS = [
    *(b"C", b"F#", b"Bb", b"m7", b"maj7", b"sus4", b"dim", b"aug", b"13", b"/E", b"(b9)", b"add9"),
    *(
        b"no3",
        b"|",
        b"||",
        b"%",
        b".",
        b" ",
        b"N.C.",
        b"bar",
        b"beat",
        b"start",
        b"chord",
        b",",
        b"\n",
    ),
    *(b"1e9", b"-1", b"nan", b'"', b"\xe2\x99\xad"),
]


def chord_seeds() -> list[bytes]:
    """Returns chords as they are typed, and tables of them (after a "t")."""
    return [
        b" C G/B Am7 F#m7(b5) N.C.",
        b" | C . . G | % | F#m7b5/A |",
        b"tbar,beat,chord\n1,1,C\n2,3,G7(b9)\n4,1,\n",
        b"tchord;start\nC;0\nBb13/D;2.5\n",
    ]
