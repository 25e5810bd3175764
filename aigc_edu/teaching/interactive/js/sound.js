// Sound: one figure at a time, ramped in and out, and never louder than the guard lets it be.
//
// The guard: samples that leave [-1, 1] or are no numbers are not played at all. A sound whose
// loudest tenth of a second has an RMS above 0.2 (-14 dB of full scale) is turned down to that, so
// no move of a slider can make it louder. After that comes the volume, which only the reader moves;
// it starts at 60 %, an amplitude of 0.36.
const LOUDEST = 0.2, RAMP = 0.01;

const sound = {
  volume: 0.6, context: null, master: null, meter: null, owner: null, voice: null,

  // Why a sound can't be played, or nothing.
  refusal(samples) {
    if (samples.some((x) => !Number.isFinite(x))) return "Not played: some samples are no numbers.";
    if (samples.some((x) => Math.abs(x) > 1)) return "Not played: the sound leaves full scale.";
    return "";
  },

  // The RMS of the loudest tenth of a second.
  level(samples, rate) {
    const size = Math.min(samples.length, Math.round(rate / 10));
    let sum = 0, most = 0;
    samples.forEach((x, n) => {
      sum += x * x - (n >= size ? samples[n - size] ** 2 : 0);
      most = Math.max(most, sum);
    });
    return Math.sqrt(most / size);
  },

  guard: (samples, rate) => Math.min(1, LOUDEST / Math.max(1e-9, sound.level(samples, rate))),

  // Made at the first click: before, browsers don't let a page sound.
  open() {
    if (sound.context) return;
    sound.context = new AudioContext();
    sound.master = sound.context.createGain();
    sound.master.gain.value = sound.volume ** 2;
    sound.meter = sound.context.createAnalyser();
    sound.master.connect(sound.meter).connect(sound.context.destination);
  },

  // Begin to play, or go over to other samples; another figure's sound ends.
  play(owner, samples, rate, rest, once) {
    sound.open();
    sound.context.resume();
    const before = sound.owner === owner ? sound.voice : null;
    if (!before) sound.stop();
    else sound.fade(before);
    sound.owner = owner;
    const { channels = 1 } = owner.spec || {};
    sound.voice = sound.refusal(samples) ? null : sound.start(samples, rate, rest, before, once, channels);
  },

  // Of several channels, the samples hold one after the other.
  start(samples, rate, rest, before, once, channels) {
    const { context } = sound, now = context.currentTime, all = Float32Array.from(samples);
    const size = all.length / channels, buffer = context.createBuffer(channels, size + Math.round(rest * rate), rate);
    for (let c = 0; c < channels; c++) buffer.copyToChannel(all.subarray(c * size, (c + 1) * size), c);
    const source = new AudioBufferSourceNode(context, { buffer, loop: !once });
    const gain = context.createGain(), goal = sound.guard(samples, rate);
    gain.gain.setValueAtTime(0, now);
    gain.gain.linearRampToValueAtTime(goal, now + (once ? RAMP / 10 : RAMP)); // a hit stays a hit
    source.connect(gain).connect(sound.master);
    source.onended = () => sound.voice && sound.voice.source === source && sound.stop();
    const same = !once && before && before.duration === buffer.duration;
    const began = same ? before.began : now;
    source.start(now, (now - began) % buffer.duration);
    return { source, gain, began, goal, duration: buffer.duration };
  },

  fade({ source, gain, goal }) {
    const now = sound.context.currentTime;
    gain.gain.cancelScheduledValues(now);
    gain.gain.setValueAtTime(Math.min(goal, gain.gain.value), now);
    gain.gain.linearRampToValueAtTime(0, now + RAMP);
    source.stop(now + 2 * RAMP);
  },

  stop() {
    const { owner, voice } = sound;
    sound.owner = sound.voice = null;
    if (voice) sound.fade(voice);
    if (owner) owner.show();
  },

  // How far the sound is in its round, in seconds.
  place: () => (sound.context.currentTime - sound.voice.began) % sound.voice.duration,

  setVolume(volume) {
    sound.volume = volume;
    if (sound.master) {
      sound.master.gain.setTargetAtTime(volume ** 2, sound.context.currentTime, RAMP);
    }
  },
};
