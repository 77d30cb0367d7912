// A run that has ended, to be resumed.

import { expect } from "bun:test"
import { startProgram } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import type { LifecycleHost } from "./lifecycle-host.ts"

/** Asks as often as its prompt says, notes what came of it in its home, and ends. */
export const COUNTING = `
  const { appendFileSync, readFileSync } = require("node:fs");
  const said = process.env.HOME + "/said";
  for (let left = Number(process.argv.at(-1)); left > 0; left--) appendFileSync(said, (await ask()).status + " ");
  console.log("said", readFileSync(said, "utf8").trim());
`

export async function endedRun(host: LifecycleHost): Promise<string> {
  const { exitCode } = await host.run("start", "impl", "--headless", "--prompt", "1")
  expect(exitCode).toBe(0)
  return (await host.loadRun()).slug
}

export function startWith(host: LifecycleHost, env: Record<string, string>, args: readonly string[]) {
  return startProgram([...CLI, ...args], { cwd: host.cwd, env: { ...host.env, ...env } })
}
