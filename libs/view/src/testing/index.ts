// Doubles for tests and benches: a made-up host.

export { SAMPLE_NOW_MS, type SampleOptions, sampleEvents } from "./sample-host.ts"
