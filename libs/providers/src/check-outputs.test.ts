import { expect, test } from "bun:test"
import { checkOutputs } from "./check-outputs.ts"
import type { GuestSetup, LoginCredential, Provider } from "./provider.ts"

const SESSION = { prompt: "p", opening: undefined, continues: false, needed: [], own: [] }
const NEEDS = { env: { A: "b" }, files: [{ path: ".acme/config.json", content: "{}" }], args: ["--x"] }
const SERVER = { kind: "http", name: "m", url: "http://m" } as const

test("a plugin's valid values pass unchanged", () => {
  const provider = checkOutputs(plugin({}), "p.ts")
  expect(provider.composeArgs(SESSION)).toEqual(["go"])
  expect(provider.placeholders(undefined)).toEqual({ env: {}, files: [] })
  expect(provider.guest({} as GuestSetup)).toEqual(NEEDS)
  expect(provider.registerMcp?.(SERVER)).toEqual(NEEDS)
  expect(provider.configure?.({})).toMatchObject({ outcome: "configured" })
  expect(readLogin(provider)).toEqual({ outcome: "expired", expiredAtMs: 5 })
})

// biome-ignore format: a table
const WRONG: readonly (readonly [object, (one: Provider) => unknown, string])[] = [
  // wrong                                                      call                                                        problem
  [{ composeArgs: () => "go" },                                 (one: Provider) => one.composeArgs(SESSION),                "composeArgs returned is invalid: it is invalid: expected Array"],
  [{ composeArgs: () => ["a", 1] },                             (one: Provider) => one.composeArgs(SESSION),                "composeArgs returned is invalid: '1' is invalid: expected string"],
  [{ composeArgs: () => ["a\0"] },                              (one: Provider) => one.composeArgs(SESSION),                "composeArgs returned is invalid: '0' is invalid: expected no NUL character"],
  [{ placeholders: () => ({ env: {} }) },                       (one: Provider) => one.placeholders(undefined),             "placeholders returned is invalid: 'files' is missing"],
  [{ guest: () => undefined },                                  (one: Provider) => one.guest({} as GuestSetup),             "guest returned is invalid: it is invalid: expected Object"],
  [{ guest: () => ({ ...NEEDS, files: [{ path: "../../.ssh/authorized_keys", content: "" }] }) }, (one: Provider) => one.guest({} as GuestSetup), "'files.0.path' is invalid: expected a path inside the guest's home"],
  [{ guest: () => ({ ...NEEDS, files: [{ path: "/etc/passwd", content: "" }] }) },                (one: Provider) => one.guest({} as GuestSetup), "'files.0.path' is invalid: expected a path inside the guest's home"],
  [{ registerMcp: () => ({ ...NEEDS, args: [null] }) },         (one: Provider) => one.registerMcp?.(SERVER),               "registerMcp returned is invalid: 'args.0' is invalid: expected string"],
  [{ configure: () => ({ outcome: "ok" }) },                    (one: Provider) => one.configure?.({}),                     "configure returned is invalid: 'outcome' is invalid"],
  [{ configure: () => ({ outcome: "configured", provider: 5 }) }, (one: Provider) => one.configure?.({}),                   "the provider that configure returned is invalid"],
  [{ credentials: [login({ outcome: "found", secret: "sk-real" })] }, readLogin,                                            "credentials.read returned is invalid: 'injection' is missing"],
]

test.each(WRONG)("a plugin's wrong value is refused by name and not quoted: %#", (change, call, problem) => {
  const provider = checkOutputs(plugin(change), "contrib/acme/provider.ts")
  const run = () => call(provider)
  expect(run).toThrow(problem)
  expect(run).toThrow("contrib/acme/provider.ts: ")
  expect(run).not.toThrow("sk-real")
})

function plugin(change: object): Provider {
  const provider = {
    name: "acme",
    meters: ["acme"],
    program: ["sh"],
    toolchain: undefined,
    composeArgs: () => ["go"],
    routes: [],
    credentials: [login({ outcome: "expired", expiredAtMs: 5 })],
    placeholders: () => ({ env: {}, files: [] }),
    guest: () => NEEDS,
    registerMcp: () => NEEDS,
    ...change,
  }
  return { configure: () => ({ outcome: "configured", provider }), ...provider } as unknown as Provider
}

function login(reading: object): LoginCredential {
  const read = () => reading as ReturnType<LoginCredential["read"]>
  return { kind: "login", name: "l", title: "L", files: [{ variable: "HOME", path: "x" }], renew: "acme login", read }
}

function readLogin(provider: Provider) {
  const [source] = provider.credentials
  return source?.kind === "login" ? source.read("", 0) : undefined
}
