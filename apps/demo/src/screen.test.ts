import { expect, test } from "bun:test"
import { createDemoScreen } from "./screen.ts"

const LONG = "the agent tries docs.example.com:443  answered by the host, which nobody forbids"

test.each([50, 80, Infinity])("nothing is wider than a terminal of %d columns, and no word is broken", (width) => {
  const { screen, lines } = screenOf(width)
  screen.print(LONG)
  screen.print(`   ${LONG}`)
  screen.printCut(`   KEY=${"x".repeat(200)}`)
  expect(lines().every((line) => Bun.stringWidth(line) <= width)).toBe(true)
  const words = lines().flatMap((line) => line.trim().split(/ +/))
  expect(words.slice(0, -1)).toEqual([LONG, LONG].flatMap((line) => line.split(/ +/)))
})

test.each([1, 2, 7, 64, 1_000])("a paragraph in pieces of %d characters is broken at words", (size) => {
  const { screen, lines } = screenOf(30)
  const paragraph = screen.openParagraph((text) => text)
  for (let from = 0; from < LONG.length; from += size) paragraph.write(LONG.slice(from, from + size))
  paragraph.end()
  expect(lines()).toEqual([
    "   the agent tries",
    "   docs.example.com:443",
    "   answered by the host, which",
    "   nobody forbids",
  ])
})

function screenOf(width: number) {
  const pieces: string[] = []
  const screen = createDemoScreen({ hasColor: false, width, write: (piece) => void pieces.push(piece) })
  return { screen, lines: () => pieces.join("").trimEnd().split("\n") }
}
