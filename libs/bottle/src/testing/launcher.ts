// A launcher of its own process, for the tests that kill it: `bun launcher.ts <json>`. With
// `terminal` it joins its own terminal to the agent's, as `attach` does over the session socket.

import { asObject, asText, parseJson } from "@bot-bottle/contracts"
import type { Bottle, BottleStdio } from "../backend.ts"
import type { BottlePlan } from "../plan.ts"
import { type OperatorTerminal, openOperatorTerminal, operatorTerminalSize } from "../terminal/operator-terminal.ts"
import { SUBJECT_NAMES, type Subject, subjectNamed } from "./subject.ts"

interface LauncherInput {
  readonly backend: Subject["name"]
  readonly plan: BottlePlan
  readonly stdio: "inherit" | "terminal"
  /** Lives on after its bottle, until a key is pressed. */
  readonly lingers?: boolean
}

const input: unknown = parseJson(Bun.argv[2] ?? "")
if (!isLauncherInput(input)) throw new Error(`invalid launcher input: ${Bun.argv[2]}`)
const stdio: BottleStdio =
  input.stdio === "inherit"
    ? { kind: "inherit", onInputFailed: endForInput }
    : { kind: "relayed", terminal: operatorTerminalSize(), onOutput: async (bytes) => void process.stdout.write(bytes) }
const bottle = await subjectNamed(input.backend).create().launch(input.plan, stdio)
const terminal = input.stdio === "terminal" ? joinTerminal(bottle) : undefined
const exitCode = await bottle.exited
terminal?.close({ killed: exitCode >= 128 })
if (input.lingers) {
  process.stdout.write("lingering\n")
  await new Promise((resolve) => process.stdin.once("data", resolve).resume())
}
process.exit(exitCode)

function endForInput(error: unknown): never {
  process.stderr.write(`stdin: ${error}\n`)
  process.exit(1)
}

function joinTerminal(joined: Bottle): OperatorTerminal {
  return openOperatorTerminal({
    onInput: (bytes) => void joined.input(bytes),
    onResize: joined.resize,
    onHangUp: () => void joined.kill(),
  })
}

function isLauncherInput(value: unknown): value is LauncherInput {
  const { backend, plan, stdio, lingers } = asObject(value) ?? {}
  const isKnown = SUBJECT_NAMES.some((name) => name === backend) && (stdio === "inherit" || stdio === "terminal")
  return isKnown && isPlan(plan) && (lingers === undefined || typeof lingers === "boolean")
}

function isPlan(value: unknown): value is BottlePlan {
  const { slug, argv, env, mounts, cwd, limits, trust } = asObject(value) ?? {}
  const isText = (one: unknown) => asText(one) !== undefined
  const lists = [argv, mounts].every(Array.isArray) && [argv].flat().every(isText)
  return lists && isText(slug) && isText(cwd) && [env, limits, trust].every((one) => asObject(one) !== undefined)
}
