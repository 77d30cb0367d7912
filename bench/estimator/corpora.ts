// The texts that the estimator is measured on: files of this tree, texts in many languages, what
// tools print, and a whole request of the shape that coding agents send.

import { join, resolve } from "node:path"
import { Glob } from "bun"
import { composeAgentRequest } from "./agent-request.ts"
import type { Sample } from "./sample.ts"
import prose from "./texts/prose.json"

const ROOT = resolve(import.meta.dir, "../..")
/** Requests smaller than this are not judged: what is wrapped around them weighs as much as they do. */
const MIN_BYTES = 2048
const MAX_BYTES = 16_384

export async function loadCorpora(): Promise<readonly Sample[]> {
  const typescript = await filesOf("{apps,libs}/*/src/**/*.ts", 4)
  const markdown = await filesOf("{*.md,docs/**/*.md,bench/*.md}", 1)
  const python = await Bun.file(join(import.meta.dir, "texts/python.txt")).text()
  const transpiler = new Bun.Transpiler({ loader: "ts", minifyWhitespace: true })
  const lock = await Bun.file(join(ROOT, "bun.lock")).text()
  return [
    ...typescript.map(([name, text]) => sampleOf("TypeScript", name, text)),
    ...markdown.map(([name, text]) => sampleOf("Markdown", name, text)),
    ...typescript
      .slice(0, 12)
      .map(([name, text]) => [name, transpiler.transformSync(text)] as const)
      .filter(([, text]) => text.length >= MIN_BYTES)
      .map(([name, text]) => sampleOf("minified JavaScript", name, text)),
    sampleOf("Python", "texts/python.txt", python),
    sampleOf("JSON", "bun.lock", lock.slice(0, MAX_BYTES)),
    sampleOf("JSON", "rows, indented", JSON.stringify(rows(40), undefined, 2)),
    sampleOf("JSON", "rows, in one line", JSON.stringify(rows(80))),
    ...Object.entries(prose).map(([language, text]) =>
      sampleOf(isIdeographic(text) ? "Chinese, Japanese, Korean" : "prose", language, `${text}\n\n`.repeat(4)),
    ),
    ...printed().map(([name, text]) => sampleOf("what tools print", name, text)),
    composeAgentRequest({
      system: [prose.English.repeat(8), prose.German.repeat(4)],
      files: [["ledger.py", python], ["rows.json", JSON.stringify(rows(60), undefined, 2)], ...printed().slice(0, 2)],
    }),
  ]
}

function sampleOf(corpus: string, name: string, text: string): Sample {
  return { corpus, name, texts: [text], request: { messages: [{ role: "user", content: text }] }, addedTokens: 0 }
}

/** One file in `oneIn`, chosen by its name: a file more or less in the tree changes no other's choice. */
async function filesOf(pattern: string, oneIn: number): Promise<readonly (readonly [string, string])[]> {
  const paths = [...new Glob(pattern).scanSync(ROOT)].filter(
    (path) => !path.includes("node_modules/") && Bun.hash.crc32(path) % oneIn === 0,
  )
  const files = await Promise.all(
    paths.sort().map(async (path) => [path, await Bun.file(join(ROOT, path)).text()] as const),
  )
  return files.filter(([, text]) => text.length >= MIN_BYTES && text.length <= MAX_BYTES)
}

function isIdeographic(text: string): boolean {
  return /[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]/.test(text)
}

/** The same numbers every time: counts are recorded by text. */
function createDice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function rows(count: number): readonly object[] {
  const dice = createDice(3)
  return Array.from({ length: count }, (_, index) => ({
    id: `msg_${dice(2 ** 32).toString(36)}`,
    index,
    model: ["claude-opus-4-8", "gpt-5.2", "claude-haiku-4-5-20251001"][dice(3)],
    usage: { input_tokens: dice(200_000), output_tokens: dice(9_000), cached: dice(2) === 1 },
    path: `/home/agent/work/src/${["index", "main", "app"][dice(3)]}-${dice(99)}.tsx`,
    ratio: dice(10_000) / 10_000,
    error: dice(5) === 0 ? { code: "ECONNRESET", message: "socket hang up\n    at TLSSocket.onClose" } : null,
  }))
}

function printed(): readonly (readonly [string, string])[] {
  const dice = createDice(11)
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("")
  const bytes = Buffer.from(Array.from({ length: 4096 }, () => dice(256)))
  const two = (number: number) => String(number).padStart(2, "0")
  return [
    [
      "a server's log",
      lines(
        60,
        (i) =>
          `2026-11-22T16:${two(dice(60))}:${two(dice(60))}.${dice(1000)}Z ${["INFO", "WARN", "DEBUG"][dice(3)]} [${40_000 + i}] req=${dice(2 ** 32).toString(16)} GET /api/v1/items/${dice(99_999)} ${[200, 404, 503][dice(3)]} ${dice(90)}.${dice(1000)}ms`,
      ),
    ],
    [
      "a long listing",
      lines(
        60,
        () =>
          `-rw-r--r--  1 root root ${String(dice(999_999)).padStart(8)} Nov ${two(1 + dice(28))} ${two(dice(24))}:${two(dice(60))} ${dice(2 ** 32).toString(36)}.${["ts", "md", "json"][dice(3)]}`,
      ),
    ],
    [
      "comma-separated",
      lines(90, (i) => `${i},user${i}@example.com,${dice(1000)}.${two(dice(100))},"note ${dice(99)}"`),
    ],
    ["a table in boxes", lines(40, () => `│ ${two(dice(99))} │ ✓ done → ${dice(999)} ms │ • 3 … │\n├────┼──────────┤`)],
    ["emoji", lines(60, () => ["✅ passed", "❌ failed", "⚠️ slow", "🎉 v1.2.3 🚀", "👩‍💻 🇩🇪 ♻️"][dice(5)] ?? "")],
    ["base64", bytes.toString("base64")],
    ["hexadecimal", bytes.subarray(0, 2048).toString("hex")],
    ["identifiers", lines(70, () => bytes.subarray(dice(4000)).toString("hex", 0, 16))],
  ]
}
