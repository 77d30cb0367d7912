// Runs gitleaks over a folder, and believes only an answer that cannot be a failure.
//
// gitleaks fails open: with its own time-out, a bad range or an unreadable file it says "no
// leaks" and exits 0. So it is killed from outside, and a word of error on its stderr counts.

import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { listOf, wholeNumber } from "@bot-bottle/contracts/messages/shapes/bounds"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import * as v from "valibot"

export interface Leak {
  readonly rule: string
  /** Name of the written object: an id, and its type unless it is a blob. */
  readonly file: string
  readonly line: number
  /** In clear: for comparison only. */
  readonly secret: string
}

export type GitleaksResult =
  | { readonly outcome: "scanned"; readonly leaks: readonly Leak[] }
  | { readonly outcome: "failed"; readonly problem: string }

export interface GitleaksRun {
  readonly program: string
  readonly target: string
  /** An empty folder of ours. */
  readonly folder: string
  /** Archives that cannot be opened are errors to gitleaks and opaque to everybody. */
  readonly mode: "plain" | "archives"
  readonly timeoutMs: number
}

const LEAKS_FOUND = 77
const MAX_REPORT = 64 * 1024 * 1024
/** A repository's own rules and allow lists are never read: ours extend the built-in ones. */
const RULES = "[extend]\nuseDefault = true\n"
const report = listOf(
  v.object({
    RuleID: v.string(),
    File: v.string(),
    StartLine: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    Secret: v.string(),
  }),
  1_000_000,
)

export async function runGitleaks({ program, target, folder, mode, timeoutMs }: GitleaksRun): Promise<GitleaksResult> {
  const own = {
    cwd: join(folder, "cwd"),
    ignore: join(folder, "ignore"),
    rules: join(folder, "rules.toml"),
    report: join(folder, "report.json"),
  }
  for (const path of [own.cwd, own.ignore]) mkdirSync(path, { recursive: true, mode: 0o700 })
  writeFileSync(own.rules, RULES)
  const child = startGitleaks(
    [
      program,
      "dir",
      ...["--config", own.rules, "--gitleaks-ignore-path", own.ignore, "--ignore-gitleaks-allow"],
      ...["--no-banner", "--no-color", "--log-level", "warn", "--exit-code", `${LEAKS_FOUND}`],
      ...["--report-format", "json", "--report-path", own.report],
      ...(mode === "archives" ? ["--max-archive-depth", "3"] : []),
      target,
    ],
    { cwd: own.cwd, timeoutMs },
  )
  if (child === undefined) return { outcome: "failed", problem: "gitleaks could not be started" }
  const [stderr, exitCode] = await Promise.all([child.stderr.text(), child.exited])
  if (child.signalCode === "SIGKILL")
    return { outcome: "failed", problem: `gitleaks did not finish within ${timeoutMs / 1000} s` }
  if (exitCode !== 0 && exitCode !== LEAKS_FOUND)
    return { outcome: "failed", problem: `gitleaks failed with code ${exitCode}` }
  if (mode === "plain" && /\b(?:ERR|FTL)\b/.test(stderr))
    return { outcome: "failed", problem: "gitleaks could not read everything" }
  return readReport(own.report, exitCode)
}

/** Nothing of the host's environment reaches it: variables of its own could name other rules. */
function startGitleaks(
  argv: readonly string[],
  { cwd, timeoutMs }: { readonly cwd: string; readonly timeoutMs: number },
) {
  try {
    return Bun.spawn([...argv], {
      cwd,
      env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/nonexistent", LC_ALL: "C" },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    })
  } catch {
    return undefined
  }
}

async function readReport(path: string, exitCode: number): Promise<GitleaksResult> {
  const text = await Bun.file(path)
    .text()
    .catch(() => "")
  const parsed = parseMessage(report, text, { maxLength: MAX_REPORT })
  if (parsed.outcome === "invalid")
    return { outcome: "failed", problem: `gitleaks' report cannot be read: ${parsed.problem}` }
  const leaks = parsed.message.map(({ RuleID, File, StartLine, Secret }) => ({
    rule: RuleID,
    file: File.split("/").at(-1) ?? "",
    // A newline was written before the content.
    line: Math.max(1, StartLine - 1),
    secret: Secret,
  }))
  if ((exitCode === LEAKS_FOUND) !== leaks.length > 0)
    return { outcome: "failed", problem: "gitleaks' code and report disagree" }
  return { outcome: "scanned", leaks }
}
