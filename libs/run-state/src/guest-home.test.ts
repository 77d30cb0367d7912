import { describe, expect, test } from "bun:test"
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ensureHomeFolder, hasHomeFile, writeHomeFiles } from "./guest-home.ts"

const FILES = [
  { path: ".claude.json", content: '{"mine": 1}\n', keepsOtherFields: true },
  { path: ".claude/settings.json", content: '{"skip": true}\n' },
]

test("a new home gets its files, for its owner alone", () => {
  using place = openPlace()
  expect(writeHomeFiles(place.home, FILES)).toEqual([])
  expect(readFileSync(join(place.home, ".claude.json"), "utf8")).toBe('{"mine": 1}\n')
  expect(readFileSync(join(place.home, ".claude/settings.json"), "utf8")).toBe('{"skip": true}\n')
  expect([".claude", ".claude.json"].map((name) => statSync(join(place.home, name)).mode & 0o777)).toEqual([
    0o700, 0o600,
  ])
  expect(readdirSync(place.home).sort()).toEqual([".claude", ".claude.json"])
})

test("what the agent added to a file stays where that is asked for, and nowhere else", () => {
  using place = openPlace()
  writeHomeFiles(place.home, FILES)
  writeFileSync(join(place.home, ".claude.json"), '{"mine": 9, "theirs": [1]}')
  writeFileSync(join(place.home, ".claude/settings.json"), '{"skip": false, "theirs": 1}')
  expect(writeHomeFiles(place.home, FILES)).toEqual([])
  expect(JSON.parse(readFileSync(join(place.home, ".claude.json"), "utf8"))).toEqual({ mine: 1, theirs: [1] })
  expect(JSON.parse(readFileSync(join(place.home, ".claude/settings.json"), "utf8"))).toEqual({ skip: true })
})

describe("INV-150: planted in the home", () => {
  test("links to files and folders outside are replaced or moved aside, and what they name is untouched", () => {
    using place = openPlace()
    const { home, outside } = place
    symlinkSync(join(outside, "secret.json"), join(home, ".claude.json"))
    symlinkSync(join(outside, "folder"), join(home, ".claude"))
    // The positive control: an ordinary write goes through both.
    writeFileSync(join(home, ".claude.json"), '{"theirs": 1}')
    writeFileSync(join(home, ".claude/control"), "x")
    expect(readdirSync(join(outside, "folder"))).toEqual(["control"])

    const aside = writeHomeFiles(home, FILES)
    expect(aside).toEqual([
      expect.stringMatching(/^\.claude\.json\.set-aside-/),
      expect.stringMatching(/^\.claude\.set-aside-/),
    ])
    expect(readFileSync(join(outside, "secret.json"), "utf8")).toBe('{"theirs": 1}')
    expect(readdirSync(join(outside, "folder"))).toEqual(["control"])
    expect(lstatSync(join(home, ".claude")).isDirectory()).toBe(true)
    // Nothing of the file outside came in, either.
    expect(readFileSync(join(home, ".claude.json"), "utf8")).toBe('{"mine": 1}\n')
  })

  test("a link in the last place of a longer path is not followed", () => {
    using place = openPlace()
    mkdirSync(join(place.home, ".claude"))
    symlinkSync(join(place.outside, "secret.json"), join(place.home, ".claude/settings.json"))
    expect(writeHomeFiles(place.home, FILES)).toHaveLength(1)
    expect(readFileSync(join(place.outside, "secret.json"), "utf8")).toBe("secret")
    expect(lstatSync(join(place.home, ".claude/settings.json")).isFile()).toBe(true)
  })

  test.each(["mkfifo", "mkdir"])("%s in a file's place neither hangs nor is written to", (make) => {
    using place = openPlace()
    Bun.spawnSync([make, join(place.home, ".claude.json")])
    expect(writeHomeFiles(place.home, FILES)).toHaveLength(1)
    expect(readFileSync(join(place.home, ".claude.json"), "utf8")).toBe('{"mine": 1}\n')
  })

  test("a file in a folder's place is moved aside, with what it holds", () => {
    using place = openPlace()
    writeFileSync(join(place.home, ".claude"), "work")
    const [aside] = writeHomeFiles(place.home, FILES)
    expect(readFileSync(join(place.home, aside!), "utf8")).toBe("work")
  })

  test("a file of a size nobody writes, or that is not JSON, is replaced whole", () => {
    using place = openPlace()
    for (const text of [`{"x": "${"x".repeat(9 * 1024 * 1024)}"}`, "not json", "[]"]) {
      writeFileSync(join(place.home, ".claude.json"), text)
      writeHomeFiles(place.home, FILES)
      expect(readFileSync(join(place.home, ".claude.json"), "utf8")).toBe('{"mine": 1}\n')
    }
  })

  test("the workspace's place in the home is a folder again", () => {
    using place = openPlace()
    symlinkSync(place.outside, join(place.home, "workspace"))
    expect(ensureHomeFolder(place.home, "workspace")).toHaveLength(1)
    expect(lstatSync(join(place.home, "workspace")).isDirectory()).toBe(true)
    expect(ensureHomeFolder(place.home, "workspace")).toEqual([])
  })

  test("a home that is itself a link is refused", () => {
    using place = openPlace()
    const link = join(place.outside, "home-link")
    symlinkSync(place.home, link)
    expect(() => writeHomeFiles(link, FILES)).toThrow("is not a folder")
  })

  test("what lies behind a link is not found", () => {
    using place = openPlace()
    const conversation = ".claude/projects/*/*.jsonl"
    mkdirSync(join(place.outside, "folder/projects/-home"), { recursive: true })
    writeFileSync(join(place.outside, "folder/projects/-home/1.jsonl"), "{}")
    symlinkSync(join(place.outside, "folder"), join(place.home, ".claude"))
    expect(hasHomeFile(place.home, conversation)).toBe(false)
    rmSync(join(place.home, ".claude"))
    mkdirSync(join(place.home, ".claude/projects/-home"), { recursive: true })
    expect(hasHomeFile(place.home, conversation)).toBe(false)
    symlinkSync(join(place.outside, "secret.json"), join(place.home, ".claude/projects/-home/0.jsonl"))
    expect(hasHomeFile(place.home, conversation)).toBe(false)
    writeFileSync(join(place.home, ".claude/projects/-home/1.jsonl"), "{}")
    expect(hasHomeFile(place.home, conversation)).toBe(true)
    expect(hasHomeFile(place.home, conversation, "secret")).toBe(false)
  })

  test("a file with a text is found by it, and one too large to look through by its size", () => {
    using place = openPlace()
    writeFileSync(join(place.home, "1.jsonl"), '{"text":"count to ten"}')
    expect(["count to ten", "count to two"].map((text) => hasHomeFile(place.home, "*.jsonl", text))).toEqual([
      true,
      false,
    ])
    writeFileSync(join(place.home, "2.jsonl"), new Uint8Array(8 * 1024 * 1024 + 1))
    expect(hasHomeFile(place.home, "*.jsonl", "count to two")).toBe(true)
  })
})

test("a folder the agent locked is a problem that names it", () => {
  using place = openPlace()
  mkdirSync(join(place.home, ".claude"), { mode: 0 })
  asNobody(() => {
    expect(() => writeHomeFiles(place.home, FILES.slice(1))).toThrow("~/.claude of the run cannot be used: EACCES")
  })
})

test("a path that leaves the home is a bug, not a request", () => {
  using place = openPlace()
  for (const path of ["../x", "a/../../x", "/etc/x", "a//b", ""]) {
    expect(() => writeHomeFiles(place.home, [{ path, content: "" }])).toThrow("is not a path inside a home")
  }
})

function openPlace() {
  const folder = mkdtempSync(join(tmpdir(), "guest-home-"))
  const [home, outside] = [join(folder, "home"), join(folder, "outside")]
  mkdirSync(home)
  chmodSync(folder, 0o755)
  mkdirSync(join(outside, "folder"), { recursive: true })
  writeFileSync(join(outside, "secret.json"), "secret")
  return { home, outside, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Root is stopped by no mode. */
function asNobody(work: () => void): void {
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65534)
  try {
    work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}
