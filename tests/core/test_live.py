"""Playing live: grids, phrases, and whole sessions with ports in memory and a clock of our own."""

import heapq
import types
from collections.abc import Callable

import pytest

import ssc_melody
from ssc_melody.cli import live as command
from ssc_melody.errors import OptionError, SscMelodyError
from ssc_melody.live import ports
from ssc_melody.live.grid import ClockGrid, TempoGrid, bar_line
from ssc_melody.live.loop import WAIT, run
from ssc_melody.live.phrase import Phrase
from ssc_melody.live.ports import MemoryPorts, Message
from ssc_melody.live.session import Manner, Session

ON, OFF = 0x90, 0x80


# Where the bars are


def test_a_tempo_begins_with_the_phrase() -> None:
    grid = TempoGrid(120)
    grid.begin(10.0)
    assert grid.position(11.0) == 2.0
    grid.begin(20.0)
    assert grid.position(20.25) == 0.5


@pytest.mark.parametrize(
    ("position", "line"), [(0.0, 0), (0.1, 4), (4.0, 4), (4.0000001, 4), (4.5, 8), (7.9, 8)]
)
def test_the_next_bar_line(position: float, line: float) -> None:
    assert bar_line(position, 4.0) == line


def test_a_clock_of_another_program() -> None:
    grid = ClockGrid()
    assert grid.position(0.0) == 0.0
    for pulse in range(49):  # 100 bpm: 0.025 s a pulse
        grid.pulse(1.0 + 0.025 * pulse)
    assert grid.position(2.2) == pytest.approx(2.0)
    assert grid.position(2.2125) == pytest.approx(2.0 + 0.5 / 24, abs=1e-3)
    assert grid.position(9.0) == pytest.approx(2.0 + 1 / 24)  # it stopped
    grid.begin(2.2)
    assert grid.position(2.2) == pytest.approx(2.0)  # the bars are the clock's
    grid.start(3.0)
    grid.pulse(3.01)
    assert grid.position(3.01) == 0.0


# Phrases


def test_a_phrase_as_events() -> None:
    phrase = Phrase()
    phrase.note_on(60, 80, 0.02)
    phrase.note_off(60, 0.9)
    phrase.note_on(64, 100, 1.05)
    assert phrase.end is None
    phrase.note_off(64, 1.52)
    assert (phrase.first, phrase.end, phrase.velocity) == (0.02, 1.52, 90)
    assert phrase.events(0, 4, 4) == [60, -2, -2, -2, 64, -2, -1] + [-2] * 9


def test_chords_and_legato_are_one_voice() -> None:
    phrase = Phrase()
    for pitch in (60, 67, 64):
        phrase.note_on(pitch, 80, 0.0)
    phrase.note_on(72, 80, 0.5)
    phrase.all_off(1.0)
    assert phrase.events(0, 1, 4) == [67, -2, 72, -2]
    phrase.note_off(99, 1.0)  # never began
    assert phrase.end == 1.0


def test_short_notes_last_a_step_and_early_ones_begin_the_bar() -> None:
    phrase = Phrase()
    phrase.note_on(60, 80, 3.95)
    phrase.note_off(60, 3.97)
    assert phrase.events(4, 5, 4) == [60, -1, -2, -2]


# Sessions


class Scene:
    """A scripted player, a clock that jumps, and a session between them."""

    def __init__(
        self,
        go_on: Callable[[list[int], int], list[int]],
        grid: object = None,
        manner: Manner | None = None,
        thinking: float = 0.0,
    ) -> None:
        self.now = 0.0
        self.asked: list[tuple[list[int], int]] = []
        self.thinking = thinking
        self.ports = MemoryPorts(lambda: self.now)
        self._go_on = go_on
        self._script: list[tuple[float, bytes]] = []
        self.session = Session(
            self.ports, grid or TempoGrid(120), self._think, manner or Manner(), lambda: self.now
        )

    def _think(self, events: list[int], steps: int) -> list[int]:
        self.asked.append((events, steps))
        self.now += self.thinking
        return self._go_on(events, steps)

    def put(self, time: float, *data: int) -> None:
        heapq.heappush(self._script, (time, bytes(data)))

    def note(self, pitch: int, start: float, end: float, velocity: int = 80) -> None:
        self.put(start, ON, pitch, velocity)
        self.put(end, OFF, pitch, 0)

    def play(self, until: float) -> list[tuple[float, int, int]]:
        """Runs the loop; returns (second, 0x90 or 0x80, pitch) of what was sent."""

        def sleep(seconds: float) -> None:
            self.now = round(self.now + seconds, 6)
            while self._script and self._script[0][0] <= self.now:
                time, data = heapq.heappop(self._script)
                self.ports.waiting.append(Message(time, data))

        run(self.session, self.ports, lambda: self.now, sleep, lambda: self.now < until)
        return [(round(m.time, 3), m.data[0] & 0xF0, m.data[1]) for m in self.ports.sent]


def _echo(events: list[int], steps: int) -> list[int]:
    """Answers with two quarter notes."""
    return events + ([72, -2, -2, -2, 74, -2, -2, -1] + [-2] * 1000)[: steps - len(events)]


def test_an_answer_begins_on_the_next_bar() -> None:
    """120 bpm: a bar is 2 s. The phrase ends at 1.4 s; at 1.9 s it is over; at 2 s the answer."""
    scene = Scene(_echo)
    scene.note(60, 0.0, 0.5)
    scene.note(62, 0.5, 1.0)
    scene.note(64, 1.0, 1.4)
    sent = scene.play(5.0)
    assert [(kind, pitch) for _, kind, pitch in sent] == [(ON, 72), (OFF, 72), (ON, 74), (OFF, 74)]
    for (time, *_), expected in zip(sent, (2.0, 2.5, 2.5, 2.875), strict=True):
        assert expected <= time <= expected + WAIT
    ((events, steps),) = scene.asked
    assert events == [60, -2, -2, -2, 62, -2, -2, -2, 64, -2, -2, -1, -2, -2, -2, -2]
    assert steps == 32  # an answer as long as the phrase
    (latency,) = scene.session.latencies
    assert latency == pytest.approx(0.6, abs=WAIT)
    assert {m.data[2] for m in scene.ports.sent if m.data[0] == ON} == {80}


def test_a_pause_shorter_than_a_beat_is_within_the_phrase() -> None:
    scene = Scene(_echo)
    scene.note(60, 0.0, 0.5)
    scene.note(62, 0.98, 1.5)  # 0.48 s later: a beat is 0.5 s
    scene.play(3.9)
    assert len(scene.asked) == 1
    assert scene.asked[0][0][:8] == [60, -2, -2, -2, -1, -2, -2, -2]
    assert scene.asked[0][0][8:10] == [62, -2]


def test_a_held_note_keeps_the_turn() -> None:
    scene = Scene(_echo)
    scene.put(0.0, ON, 60, 80)
    assert scene.play(20.0) == []
    assert scene.asked == []


def test_the_answer_is_as_long_as_the_phrase_or_as_asked() -> None:
    for bars, expected in ((None, 3 * 16), (1, 16), (2, 32)):
        scene = Scene(_echo, manner=Manner(answer_bars=bars))
        scene.note(60, 0.0, 4.5)  # two bars and a beat
        scene.play(6.5)
        ((events, steps),) = scene.asked
        assert len(events) == 3 * 16
        assert steps - len(events) == expected


def test_a_note_that_ends_a_little_late_makes_no_bar_more() -> None:
    scene = Scene(_echo)
    scene.note(60, 0.0, 2.05)
    scene.play(4.2)
    ((events, steps),) = scene.asked
    assert (len(events), steps - len(events)) == (32, 16)


def test_who_plays_into_an_answer_has_the_turn() -> None:
    scene = Scene(_echo)
    scene.note(60, 0.0, 1.0)
    scene.note(65, 2.1, 2.6)  # 72 sounds since 2.0
    sent = scene.play(6.0)
    assert sent[0][1:] == (ON, 72)
    assert sent[1][1:] == (OFF, 72)
    assert 2.1 <= sent[1][0] <= 2.1 + WAIT
    again = [time for time, kind, pitch in sent if (kind, pitch) == (ON, 72)]
    assert len(again) == 2
    assert 4.1 <= again[1] <= 4.1 + 2 * WAIT  # a bar after the new phrase began
    assert not any(pitch == 74 and time < 4 for time, _, pitch in sent)


def test_an_answer_that_took_too_long_waits_for_the_next_bar() -> None:
    scene = Scene(_echo, thinking=0.3)
    scene.note(60, 0.0, 1.4)  # over at 1.9; thought of at 2.2
    sent = scene.play(6.0)
    assert 4.0 <= sent[0][0] <= 4.0 + WAIT


def test_a_silent_answer_is_asked_for_again() -> None:
    answers = [[-2] * 32, [60, -2, -2, -2] * 8]
    scene = Scene(lambda events, steps: answers[min(len(scene.asked), 2) - 1][:steps])
    scene.note(60, 0.0, 1.0)
    assert len(scene.play(4.5)) == 8
    assert len(scene.asked) == 2


def test_what_sounds_at_the_end_is_silenced() -> None:
    scene = Scene(_echo)
    scene.note(60, 0.0, 1.0)
    assert scene.play(2.2)[-1][1:] == (OFF, 72)


def test_the_midi_clock_says_where_the_bars_are() -> None:
    """100 bpm: a quarter note is 0.6 s, a bar 2.4 s; the phrase begins in the second bar."""
    scene = Scene(_echo, grid=ClockGrid())
    scene.put(0.001, 0xFA)
    for pulse in range(600):
        scene.put(round(0.002 + 0.025 * pulse, 6), 0xF8)
    scene.note(60, 3.0, 3.6)
    sent = scene.play(8.0)
    assert 4.8 <= sent[0][0] <= 4.8 + 2 * WAIT  # the third bar
    assert 5.4 <= sent[1][0] <= 5.4 + 2 * WAIT  # a quarter note later
    ((events, _),) = scene.asked
    assert events == [-2] * 4 + [60, -2, -2, -2, -1] + [-2] * 7


def test_three_quarters_and_another_channel() -> None:
    scene = Scene(_echo, manner=Manner(quarters=3, channel=9))
    scene.note(60, 0.0, 0.9)
    sent = scene.play(4.0)
    assert 1.5 <= sent[0][0] <= 1.5 + WAIT
    assert scene.ports.sent[0].data[0] == ON | 9


def test_other_messages_are_passed_over() -> None:
    scene = Scene(_echo)
    for data in ((0xFE,), (0xE0, 0, 64), (0xF0, 1, 2, 0xF7), (0xC0, 5), (ON, 60), ()):
        scene.put(0.1, *data)
    scene.put(0.2, ON, 60, 80)
    scene.put(0.7, 0xB0, 123, 0)  # all notes off
    sent = scene.play(3.0)
    assert sent[0][1:] == (ON, 72)


def test_a_real_model_answers() -> None:
    go_on = command.answering(ssc_melody.load("ssc_basic_rnn"), 1.0, 7)
    scene = Scene(go_on)
    for i, pitch in enumerate((60, 62, 64, 65, 67)):
        scene.note(pitch, 0.25 * i, 0.25 * i + 0.2)
    sent = scene.play(4.2)
    starts = [time for time, kind, _ in sent if kind == ON]
    assert len(starts) > 1
    assert all(2.0 <= time <= 4.0 + WAIT for time in starts)
    assert len([1 for _, kind, _ in sent if kind == OFF]) == len(starts)


# Ports


def test_ports_are_found_by_name_or_number() -> None:
    names = ["Midi Through", "Keystation 49", "keys"]
    assert ports.find("input_port", None, names) == 0
    assert ports.find("input_port", "2", names) == 1
    assert ports.find("input_port", "KEYST", names) == 1
    with pytest.raises(OptionError, match=r"^input_port: found no 'organ'; there are: 1 Midi Th"):
        ports.find("input_port", "organ", names)
    with pytest.raises(OptionError, match=r"^output_port: found no MIDI port; there are: none"):
        ports.find("output_port", None, [])


class _Port:
    def __init__(self, client: str) -> None:
        self.calls: list[tuple] = [("client", client)]
        self.callback = None

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.calls.append((name, *arguments))


def test_rtmidi2_is_asked_as_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = types.SimpleNamespace(
        MidiIn=_Port,
        MidiOut=_Port,
        get_in_ports=lambda: ["a", "b"],
        get_out_ports=lambda: ["c", "d"],
    )
    monkeypatch.setitem(__import__("sys").modules, "rtmidi2", fake)
    opened = ports.RtMidiPorts("b", None)
    assert ("open_port", 1) in opened._in.calls
    assert ("ignore_types", True, False, True) in opened._in.calls  # the clock is wanted
    assert ("open_port", 0) in opened._out.calls
    opened._in.callback([ON, 60, 80], 0.1)
    (message,) = opened.receive()
    assert message.data == bytes([ON, 60, 80])
    assert opened.receive() == []
    opened.send(bytes([OFF, 60, 0]))
    assert ("send_raw", OFF, 60, 0) in opened._out.calls
    opened.close()
    assert opened._in.callback is None
    virtual = ports.RtMidiPorts(None, None, virtual=True)
    assert ("open_virtual_port", "ssc_melody in") in virtual._in.calls
    assert ports.list_ports() == (["a", "b"], ["c", "d"])


def test_a_computer_without_midi(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("MidiInAlsa::initialize: error creating ALSA sequencer client object.")

    fake = types.SimpleNamespace(MidiIn=fail, get_in_ports=fail, get_out_ports=fail)
    monkeypatch.setitem(__import__("sys").modules, "rtmidi2", fake)
    with pytest.raises(SscMelodyError, match=r"^no MIDI on this computer: MidiInAlsa"):
        ports.RtMidiPorts(None, None)


# The command


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--list_ports"], "playing live needs rtmidi2: import of rtmidi2 halted; None in sys.mod"),
        (["--qpm=90", "--clock=midi"], "--qpm and --clock=midi both say how fast"),
        (["--qpm=0.5"], "--qpm: expected 3.58 to 6e7"),
        (["--channel=17"], "--channel"),
        (["song.mid"], "unexpected argument 'song.mid'"),
    ],
)
def test_mistakes(
    flags: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rtmidi2", None)
    assert command.main(["ssc_melody_live", *flags]) == 1
    assert message in capsys.readouterr().err


def test_a_model_on_chords_is_refused() -> None:
    spec = types.SimpleNamespace(label="chord_rnn")
    model = types.SimpleNamespace(spec=spec, source="x.mag")
    with pytest.raises(OptionError, match=r"^x\.mag: chord_rnn is no model of melodies alone$"):
        command.answering(model, 1.0, None)


def test_the_command_plays(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    """It opens ports, loads the model, and ends with Ctrl-C."""
    memory = MemoryPorts(lambda: 0.0)
    monkeypatch.setattr(command, "RtMidiPorts", lambda *_: memory)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run", interrupt)
    assert command.main(["ssc_melody_live", "--config=ssc_basic_rnn"]) == 130
    assert "Listening: play a phrase" in capsys.readouterr().err
