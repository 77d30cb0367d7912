import { describe, expect, test } from "bun:test"
import { createDrawPace } from "./draw-pace.ts"

describe("news at these times is drawn at those", () => {
  // biome-ignore format: a table
  test.each([
    // news at                 drawn at
    [[1_000],                  [1_000]],
    [[1_000, 1_000, 1_001],    [1_000, 1_100]],
    [[1_000, 1_050, 1_090],    [1_000, 1_100]],
    [[1_000, 1_099, 1_101],    [1_000, 1_100, 1_200]],
    [[1_000, 1_500],           [1_000, 1_500]],
  ] as const)("%p: %p", (news, drawn) => {
    expect(drawnAt(news)).toEqual([...drawn])
  })
})

test("a picture that was drawn meanwhile counts", () => {
  const { pace, clock, drawn } = paceOnClock()
  pace.drawn()
  clock.to(1_030)
  pace.request()
  clock.to(1_300)
  expect(drawn).toEqual([1_100])
})

function drawnAt(news: readonly number[]): readonly number[] {
  const { pace, clock, drawn } = paceOnClock()
  for (const atMs of news) {
    clock.to(atMs)
    pace.request()
  }
  clock.to(10_000)
  return drawn
}

function paceOnClock() {
  let nowMs = 1_000
  let due: { readonly atMs: number; readonly work: () => void }[] = []
  const drawn: number[] = []
  const clock = {
    to(atMs: number) {
      for (const each of due.filter((one) => one.atMs < atMs)) {
        nowMs = each.atMs
        due = due.filter((one) => one !== each)
        each.work()
      }
      nowMs = atMs
    },
  }
  const pace = createDrawPace({
    everyMs: 100,
    nowMs: () => nowMs,
    after: (ms, work) => void due.push({ atMs: nowMs + ms, work }),
    draw: () => void drawn.push(nowMs),
  })
  return { pace, clock, drawn }
}
