import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createScreenModel } from "./screen-model.ts"

const SIZE = { columns: 30, rows: 5 }
const WRITTEN =
  "one\r\n\x1b[31mred\x1b[0m\r\n☃ wide 漢\x1b[?2004h\x1b[?1000h\x1b[?1006h\x1b[?25l\x1b[>1u\x1b[>4;2m\x1b[2;3H"

test.each(CHUNK_SIZES)("a screen drawn from the redraw is the same screen, whatever the chunks: %p", async (size) => {
  const first = createScreenModel(SIZE, () => {})
  for (const chunk of chunksOf(Buffer.from(WRITTEN), size)) await first.write(chunk)
  const redraw = await first.redraw()
  for (const kept of [
    "one",
    "\x1b[31mred",
    "☃ wide 漢",
    "\x1b[?2004h",
    "\x1b[?1000h",
    "\x1b[?1006h",
    "\x1b[?25l",
    "\x1b[>1u",
    "\x1b[>4;2m",
  ])
    expect(redraw).toContain(kept)

  const second = createScreenModel(SIZE, () => {})
  await second.write(Buffer.from(`left over from before\x1b[?1049h${redraw}`))
  expect(await second.redraw()).toBe(redraw)
})

test("modes that were taken back are not set again", async () => {
  const screen = createScreenModel(SIZE, () => {})
  await screen.write(Buffer.from("\x1b[?25l\x1b[?1006h\x1b[>1u\x1b[?1049h\x1b[?25h\x1b[?1006l\x1b[<u\x1b[?1049l"))
  expect((await screen.redraw()).split("\x1b[2J")[1]).toBe("")
})

test("what a program asks its terminal is answered", async () => {
  const answers: string[] = []
  const screen = createScreenModel(SIZE, (text) => answers.push(text))
  await screen.write(Buffer.from("ab\x1b[6n"))
  expect(answers).toEqual(["\x1b[1;3R"])
})

test("the alternate screen of a full-screen program is drawn as such, after a resize too", async () => {
  const screen = createScreenModel(SIZE, () => {})
  await screen.write(Buffer.from("shell\x1b[?1049h\x1b[Hfull\x1b[5;1Hlast"))
  screen.resize({ columns: 40, rows: 8 })
  const redraw = await screen.redraw()
  const places = ["shell", "\x1b[?1049h", "full", "last"].map((part) => redraw.lastIndexOf(part))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)
})

test("lines that have left the screen are drawn for a terminal that is new, and not again", async () => {
  const screen = createScreenModel(SIZE, () => {})
  for (let line = 0; line < 20; line += 1) await screen.write(Buffer.from(`line ${line}\r\n`))
  expect(
    [await screen.redraw({ withScrollback: true }), await screen.redraw()].map((text) => text.includes("line 3\r\n")),
  ).toEqual([true, false])
})

test("a count that no screen needs, and accents without end, cost neither time nor memory", async () => {
  const before = process.memoryUsage().rss
  const screen = createScreenModel(SIZE, () => {})
  for (const final of ["b", "S", "T", "L", "M", "@", "P", "X", "I", "Z", "A"])
    await screen.write(Buffer.from(`x\x1b[2147483647${final}`))
  await screen.write(Buffer.from("\x1b[2J\x1b[Ha"))
  for (let round = 0; round < 50; round += 1) await screen.write(Buffer.from("\u0301".repeat(50_000)))
  for (let round = 0; round < 50; round += 1)
    await screen.write(Buffer.from(Array.from({ length: 2_000 }, (_, at) => `\x1b[?${round * 2_000 + at}h`).join("")))
  expect((await screen.redraw()).length).toBeLessThan(2_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024)
})

test("a redraw sets what a screen shows, and asks, names and copies nothing: a terminal that joins is not made to answer", async () => {
  const asking = [
    ...[
      "\x1b[c",
      "\x1b[>c",
      "\x1b[=c",
      "\x1b[5n",
      "\x1b[6n",
      "\x1b[?6n",
      "\x1b[?1004$p",
      "\x1b[18t",
      "\x1b[21t",
      "\x05",
    ],
    ...["\x1b[>q", "\x1b[?u", "\x1bP$qm\x1b\\", "\x1bP+q544e\x1b\\", "\x1b]52;c;?\x07", "\x1b]52;c;cm0gLXJm\x1b\\"],
    ...[
      "\x1b]0;title\x07",
      "\x1b]2;title\x1b\\",
      "\x1b]10;?\x07",
      "\x1b]4;1;?\x07",
      "\x1b]8;;http://x\x07link\x1b]8;;\x07",
    ],
    ...[
      "\x1b]1337;File=:AAAA\x07",
      "\x1b]777;notify;a;b\x07",
      "\x1b_Gi=1,a=q;AAAA\x1b\\",
      "\x1b^pm\x1b\\",
      "\x1bXsos\x1b\\",
    ],
    ...["\x1b[200~rm -rf\r\x1b[201~", "\x1b[5i", "\x1b[4i", "\u009b6n", "\u0090$qm\u009c", "\x1b]52;c;not ended"],
  ]
  for (const one of asking) {
    const screen = createScreenModel(SIZE, () => {})
    await screen.write(Buffer.from(`before ${one}`))
    const redraw = await screen.redraw({ withScrollback: true })
    // Colors, cursor, erasing, private modes and the keyboard's: nothing else may be in it.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for
    const left = redraw.replace(/\x1b\[(?:[\d;:]*[mABCDHJKXr]|\?\d+[hl]|>[\d;]*[um])/g, "")
    expect([one, left.replaceAll("\r\n", "")]).toEqual([one, expect.stringMatching(/^[ -~]*$/)])
  }
})
