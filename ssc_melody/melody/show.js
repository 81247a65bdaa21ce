/* The sound of melodies in a notebook: it is made here, so that a notebook holds the notes alone.
   The numbers of a tone are those of ssc_melody/render/tones.py. */
(() => {
  const RATE = 22050, SECONDS = 4, DAMP = 0.07, TAIL = 2;

  function tone(pitch) {
    const height = 2 ** ((pitch - 60) / 12), base = 440 * 2 ** ((pitch - 69) / 12);
    const stiff = 0.0003 * height, samples = new Float32Array(SECONDS * RATE);
    let rows = [];
    for (let n = 1; n <= 16; n++) {
      const ratio = n * Math.sqrt((1 + stiff * n * n) / (1 + stiff));
      const struck = 0.4 + 0.6 * Math.abs(Math.sin((Math.PI * n) / 7.5));
      const loud = struck * Math.exp(-0.45 * (n - 1) * height ** 0.35);
      const loss = (0.5 + 0.22 * n) * height ** 0.6;
      rows.push([ratio, 0.72 * loud, 2.4 * loss], [1.0007 * ratio, 0.28 * loud, 0.7 * loss]);
    }
    rows = rows.filter(([ratio]) => ratio * base < 0.42 * RATE);
    const total = Math.hypot(...rows.map(([, loud]) => loud)) || 1;
    for (const [ratio, loud, loss] of rows) {
      const turn = (2 * Math.PI * base * ratio) / RATE, decay = Math.exp(-loss / RATE);
      let before = 0, now = (decay * Math.sin(turn) * loud) / total;
      for (let i = 1; i < samples.length; i++) {
        samples[i] += now;
        [before, now] = [now, 2 * decay * Math.cos(turn) * now - decay * decay * before];
      }
    }
    for (let i = 0; i < 0.003 * RATE; i++) samples[i] *= i / (0.003 * RATE);
    return samples;
  }

  /* Adds up notes, [start, seconds, pitch, velocity] each, and writes a WAV file. */
  function wav(notes, seconds) {
    const mix = new Float32Array(Math.round((seconds + TAIL) * RATE)), tones = {};
    for (const [start, held, pitch, velocity] of notes) {
      const samples = (tones[pitch] ??= tone(pitch)), begin = Math.round(start * RATE);
      const count = Math.min(samples.length, mix.length - begin, (held + 8 * DAMP) * RATE);
      for (let i = 0; i < count; i++) {
        const fade = i > held * RATE ? Math.exp((held * RATE - i) / (DAMP * RATE)) : 1;
        mix[begin + i] += (velocity / 127) ** 1.5 * fade * samples[i];
      }
    }
    const peak = mix.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
    const data = new DataView(new ArrayBuffer(44 + 2 * mix.length));
    const word = (at, text) => [...text].forEach((c, i) => data.setUint8(at + i, c.charCodeAt(0)));
    word(0, "RIFF"); word(8, "WAVEfmt "); word(36, "data");
    data.setUint32(4, 36 + 2 * mix.length, true); data.setUint32(16, 16, true);
    data.setUint16(20, 1, true); data.setUint16(22, 1, true);
    data.setUint32(24, RATE, true); data.setUint32(28, 2 * RATE, true);
    data.setUint16(32, 2, true); data.setUint16(34, 16, true);
    data.setUint32(40, 2 * mix.length, true);
    mix.forEach((x, i) => data.setInt16(44 + 2 * i, (x * 0.9 * 32767) / peak, true));
    return new Blob([data], {type: "audio/wav"});
  }

  document.querySelectorAll("audio[data-melody]:not([src])").forEach((audio) => {
    const {notes, seconds} = JSON.parse(audio.dataset.melody);
    audio.src = URL.createObjectURL(wav(notes, seconds));
  });
})();
