import { expect, test } from "bun:test"
import type { GuestSetup } from "../provider.ts"
import { command } from "./command.ts"

test("the prompt is the program's last argument, verbatim", () => {
  expect(command.args.headlessPrompt("--go 'x'")).toEqual(["--go 'x'"])
})

test("the guest holds a placeholder for each credential of what it meters", () => {
  const { env } = command.guest({ ...setup, meteredCredentialEnvs: ["CLAUDE_CODE_OAUTH_TOKEN", "OTHER_KEY"] })
  expect(Object.keys(env)).toEqual(["CLAUDE_CODE_OAUTH_TOKEN", "OTHER_KEY"])
  expect(Object.values(env).every((text) => text.includes("placeholder"))).toBeTrue()
})

const setup: GuestSetup = {
  guestHome: "/home/node",
  caFile: "/run/door/ca.pem",
  caBundleFile: "/run/door/ca-bundle.pem",
  credentialEnv: undefined,
  systemPrompt: "",
  workspace: "/home/node/workspace",
}
