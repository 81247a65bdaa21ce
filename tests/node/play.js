// Plays a magenta-js checkpoint with the published MusicRNN, always the likeliest event.
// Standard input: {"folder", "cases": [{"notes": [[pitch, start, end], ...], "length", "steps",
// "chords"}]}; standard output: for each case {"probabilities": [[...], ...], "notes": [...]}.
const fs = require("fs");
const http = require("http");
const path = require("path");

console.log = console.info = console.debug = () => {}; // tfjs and Tone.js greet
const { MusicRNN } = require("@magenta/music/node/music_rnn");

async function main() {
  const { folder, cases } = JSON.parse(fs.readFileSync(0, "utf8"));
  const server = http.createServer((request, response) => {
    response.end(fs.readFileSync(path.join(folder, path.basename(request.url))));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const model = new MusicRNN(`http://127.0.0.1:${server.address().port}`);
  await model.initialize();
  if (model.chordEncoder) {
    // TriadChordEncoder gives whole numbers, which TensorFlow.js's CPU backend then makes of the
    // states beside them, too; as floats they are what they are on a graphics card.
    const plain = model.chordEncoder.encode.bind(model.chordEncoder);
    model.chordEncoder.encode = (chord) => plain(chord).toFloat();
  }
  const out = [];
  for (const { notes, length, steps, chords } of cases) {
    const primer = {
      notes: notes.map(([pitch, start, end]) => ({
        pitch, quantizedStartStep: start, quantizedEndStep: end,
      })),
      totalQuantizedSteps: length,
      quantizationInfo: { stepsPerQuarter: 4 },
    };
    const made = await model.continueSequenceAndReturnProbabilities(primer, steps, 0, chords);
    const sequence = await made.sequence;
    out.push({
      probabilities: made.probs.map((row) => [...row]),
      notes: sequence.notes.map((note) => [
        note.pitch, note.quantizedStartStep || 0, note.quantizedEndStep,
      ]),
    });
  }
  server.close();
  process.stdout.write(JSON.stringify(out));
}

main().catch((error) => {
  process.stderr.write(String(error && error.stack || error));
  process.exit(1);
});
