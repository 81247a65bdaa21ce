/* Sound for a page: struck tones, played live or rendered to a WAV file. No library, no network.

   const synth = new Synth(new AudioContext(), "piano");
   synth.note({pitch: 60, start: synth.context.currentTime, seconds: 0.5, velocity: 90});
   const wav = await Synth.wav([{pitch: 60, start: 0, seconds: 0.5}], "box");   // a Blob

   A tone is a sum of damped sines, worked out once for each pitch and kept. The same numbers are in
   ssc_melody/render/tones.py. */
export const Synth = (() => {
  const VOICES = {
    // partial: [times the pitch, loudness, amplitude lost a second (as a factor of e)]
    piano: {title: "Piano", seconds: 4, damp: 0.07, shift: 0, partials: pianoPartials},
    box: {title: "Music box", seconds: 2.5, damp: 0.5, shift: 12, partials: boxPartials},
  };
  const LOUDNESS = 0.5;
  const REVERB = {seconds: 1.4, loudness: 0.16};

  function hertz(pitch) {
    return 440 * 2 ** ((pitch - 69) / 12);
  }

  function pianoPartials(pitch) {
    const height = 2 ** ((pitch - 60) / 12);
    const stiffness = 0.0003 * height;
    const rows = [];
    for (let n = 1; n <= 16; n++) {
      const ratio = n * Math.sqrt((1 + stiffness * n * n) / (1 + stiffness));
      const struck = 0.4 + 0.6 * Math.abs(Math.sin((Math.PI * n) / 7.5));
      const loudness = struck * Math.exp(-0.45 * (n - 1) * height ** 0.35);
      const loss = (0.5 + 0.22 * n) * height ** 0.6;
      rows.push([ratio, 0.72 * loudness, 2.4 * loss], [1.0007 * ratio, 0.28 * loudness, 0.7 * loss]);
    }
    return rows;
  }

  function boxPartials(pitch) {
    const height = 2 ** ((pitch - 60) / 12);
    return [
      [1, 1, 1.9 * height ** 0.4],
      [1.002, 0.35, 1.2 * height ** 0.4],
      [2, 0.22, 3],
      [3.01, 0.1, 5],
      [6.27, 0.16, 14],
      [17.55, 0.05, 40],
    ];
  }

  /* The samples of one struck tone; the loudest sum of partials is 1. */
  function tone(name, pitch, rate) {
    const voice = VOICES[name];
    const base = hertz(pitch + voice.shift);
    const samples = new Float32Array(Math.round(voice.seconds * rate));
    const partials = voice.partials(pitch + voice.shift).filter(([ratio]) => ratio * base < 0.42 * rate);
    const total = Math.sqrt(partials.reduce((sum, [, loudness]) => sum + loudness * loudness, 0));
    for (const [ratio, loudness, loss] of partials) {
      const turn = (2 * Math.PI * base * ratio) / rate;
      const decay = Math.exp(-loss / rate);
      const [a, b] = [2 * decay * Math.cos(turn), -decay * decay];
      let [before, now] = [0, (decay * Math.sin(turn) * loudness) / total];
      for (let i = 1; i < samples.length; i++) {
        samples[i] += now;
        [before, now] = [now, a * now + b * before];
      }
    }
    const attack = 0.003 * rate;
    for (let i = 0; i < attack; i++) samples[i] *= i / attack;
    const end = Math.round(0.1 * rate);
    for (let i = 0; i < end; i++) samples[samples.length - 1 - i] *= i / end;
    return samples;
  }

  /* White noise, the same on every machine. */
  function noise(count, seed) {
    const samples = new Float32Array(count);
    let state = seed >>> 0;
    for (let i = 0; i < count; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      samples[i] = state / 2 ** 31 - 1;
    }
    return samples;
  }

  /* A drum is noise that dies away, the faster the higher its number. */
  function drum(pitch, rate) {
    const samples = noise(Math.round(0.3 * rate), pitch + 1);
    const loss = 12 + pitch / 2;
    const smooth = Math.min(0.9, pitch / 90);
    let value = 0;
    for (let i = 0; i < samples.length; i++) {
      value += smooth * (samples[i] - value);
      samples[i] = 0.8 * value * Math.exp((-loss * i) / rate);
    }
    return samples;
  }

  function reverb(context) {
    const rate = context.sampleRate;
    const count = Math.round(REVERB.seconds * rate);
    const buffer = context.createBuffer(2, count, rate);
    for (const channel of [0, 1]) {
      const samples = noise(count, 7 + channel);
      for (let i = 0; i < count; i++) samples[i] *= Math.exp((-5 * i) / count) * (1 - i / count);
      buffer.copyToChannel(samples, channel);
    }
    const convolver = context.createConvolver();
    convolver.buffer = buffer;
    return convolver;
  }

  class Synth {
    /* voice: "piano" or "box". */
    constructor(context, voice = "piano") {
      this.context = context;
      this.voice = voice;
      this.tones = new Map();
      this.sounding = new Set();
      this.output = context.createGain();
      this.output.gain.value = LOUDNESS;
      const limiter = context.createDynamicsCompressor();
      const room = reverb(context);
      const wet = context.createGain();
      wet.gain.value = REVERB.loudness;
      this.output.connect(limiter);
      this.output.connect(room).connect(wet).connect(limiter);
      limiter.connect(context.destination);
    }

    /* From 0 to 1; what sounds already follows within a moment. */
    set volume(value) {
      this.output.gain.setTargetAtTime(LOUDNESS * value ** 2, this.context.currentTime, 0.02);
    }

    /* Plays a note; start is on the context's clock, both times are in seconds. */
    note({pitch, start, seconds, velocity = 100, drum: isDrum = false}) {
      const {context} = this;
      const source = context.createBufferSource();
      const gain = context.createGain();
      source.buffer = this.#buffer(pitch, isDrum);
      gain.gain.value = (velocity / 127) ** 1.5;
      const end = start + (isDrum ? 1 : seconds);
      gain.gain.setTargetAtTime(0, end, VOICES[this.voice].damp);
      source.connect(gain).connect(this.output);
      source.start(start);
      source.stop(end + 8 * VOICES[this.voice].damp);
      const note = {source, gain, start, end};
      this.sounding.add(note);
      source.onended = () => this.sounding.delete(note);
    }

    /* Ends the notes that begin at a time or later; without a time all of them, softly. */
    silence(from = -Infinity) {
      const now = this.context.currentTime;
      for (const {source, gain, start} of this.sounding) {
        if (start < from) continue;
        gain.gain.cancelScheduledValues(now);
        gain.gain.setTargetAtTime(0, now, 0.015);
        source.stop(Math.max(now, 0) + 0.12);
      }
    }

    #buffer(pitch, isDrum) {
      const key = `${isDrum ? "drum" : this.voice} ${pitch}`;
      if (!this.tones.has(key)) {
        const rate = this.context.sampleRate;
        const samples = isDrum ? drum(pitch, rate) : tone(this.voice, pitch, rate);
        const buffer = this.context.createBuffer(1, samples.length, rate);
        buffer.copyToChannel(samples, 0);
        this.tones.set(key, buffer);
      }
      return this.tones.get(key);
    }

    /* Renders notes (starts counted from 0) to a 16-bit stereo WAV file. They are added up here:
       a context that is handed thousands of notes at once takes minutes. */
    static async wav(notes, voice = "piano", rate = 44100) {
      const last = notes.reduce((end, {start, seconds}) => Math.max(end, start + seconds), 0);
      const frames = Math.ceil((last + 2) * rate);
      const context = new OfflineAudioContext(2, frames, rate);
      const synth = new Synth(context, voice);
      const buffer = context.createBuffer(1, frames, rate);
      const mix = buffer.getChannelData(0);
      let count = 0;
      for (const note of notes) {
        synth.#add(note, mix);
        if (++count % 100 === 0) await new Promise((go) => setTimeout(go)); // the page stays alive
      }
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(synth.output);
      source.start();
      return encode(await context.startRendering());
    }

    /* Adds a note to samples, as `note` sounds. */
    #add({pitch, start, seconds, velocity = 100, drum: isDrum = false}, mix) {
      const rate = this.context.sampleRate;
      const samples = this.#buffer(pitch, isDrum).getChannelData(0);
      const damp = VOICES[this.voice].damp * rate;
      const held = Math.round((isDrum ? 1 : seconds) * rate);
      const begin = Math.round(start * rate);
      const count = Math.min(samples.length, Math.round(held + 8 * damp), mix.length - begin);
      const fade = Math.exp(-1 / damp);
      let loudness = (velocity / 127) ** 1.5;
      for (let i = 0; i < count; i++) {
        if (i > held) loudness *= fade;
        mix[begin + i] += loudness * samples[i];
      }
    }
  }

  function encode(buffer) {
    const channels = [0, 1].map((channel) => buffer.getChannelData(channel));
    const bytes = new DataView(new ArrayBuffer(44 + 4 * buffer.length));
    const text = (at, word) => [...word].forEach((c, i) => bytes.setUint8(at + i, c.charCodeAt(0)));
    text(0, "RIFF");
    bytes.setUint32(4, 36 + 4 * buffer.length, true);
    text(8, "WAVEfmt ");
    bytes.setUint32(16, 16, true); // bytes of the format that follows
    bytes.setUint16(20, 1, true); // PCM
    bytes.setUint16(22, 2, true); // channels
    bytes.setUint32(24, buffer.sampleRate, true);
    bytes.setUint32(28, 4 * buffer.sampleRate, true); // bytes a second
    bytes.setUint16(32, 4, true); // bytes a frame
    bytes.setUint16(34, 16, true); // bits a sample
    text(36, "data");
    bytes.setUint32(40, 4 * buffer.length, true);
    const peak = channels.map((samples) => samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0));
    const scale = 32767 * Math.min(1, 0.98 / Math.max(...peak, 1e-9));
    for (let i = 0; i < buffer.length; i++) {
      bytes.setInt16(44 + 4 * i, Math.round(scale * channels[0][i]), true);
      bytes.setInt16(46 + 4 * i, Math.round(scale * channels[1][i]), true);
    }
    return new Blob([bytes], {type: "audio/wav"});
  }

  Synth.VOICES = VOICES;
  Synth.tone = tone;
  return Synth;
})();
