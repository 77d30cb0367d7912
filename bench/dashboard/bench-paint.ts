// The two halves of a picture, apart and in this process: the pure screen, and its way through
// OpenTUI into cells and their bytes. In every picture each of fifty rows has changed.

import { openTestCanvas } from "@bot-bottle/tui/testing"
import { applyEvent, drawScreen, EMPTY_VIEW, FIRST_STATE, type Screen } from "@bot-bottle/view"
import { SAMPLE_NOW_MS, sampleEvents } from "@bot-bottle/view/testing"
import { quantile } from "./measure.ts"
import { changesOf } from "./screen-alone.ts"

const SIZE = { columns: 140, rows: 60 }
const WARM_UP = 100
const PICTURES = 300

export async function benchPictures(): Promise<void> {
  let view = sampleEvents({ runs: 50 }).reduce(applyEvent, EMPTY_VIEW)
  const screens: Screen[] = []
  const draws: number[] = []
  for (let turn = 0; turn < WARM_UP + PICTURES; turn += 1) {
    view = changesOf(turn, SAMPLE_NOW_MS).reduce(applyEvent, view)
    const startMs = performance.now()
    const clock = { nowMs: SAMPLE_NOW_MS + turn, zoneOffsetMs: 0 }
    screens.push(drawScreen({ view, state: FIRST_STATE, ...clock, ...SIZE, glyphs: "unicode" }))
    draws.push(performance.now() - startMs)
  }
  await using test = await openTestCanvas({ ...SIZE, theme: "dark" })
  const paints: number[] = []
  for (const screen of screens) {
    test.canvas.paint(screen)
    const startMs = performance.now()
    await test.renderOnce()
    paints.push(performance.now() - startMs)
  }
  say("pure screen", draws.slice(WARM_UP))
  say("its paint", paints.slice(WARM_UP))
}

function say(name: string, times: readonly number[]): void {
  const at = (share: number) => quantile(times, share).toFixed(2)
  console.log(`140x60, all 50 rows changed, ${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`)
}
