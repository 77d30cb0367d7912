import { expect, test } from "bun:test"
import { chmodSync, mkdirSync, renameSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { findPlugin } from "./load-plugin.ts"

const DOCUMENT = resolve(import.meta.dir, "../../../../docs/plugins.md")

test("the example of docs/plugins.md is a provider; without the file there is none", async () => {
  await using host = await openHost(await documentedExample())
  expect(await findPlugin(host.root, "acme")).toMatchObject({ name: "acme", meters: ["acme"] })
  expect(await findPlugin(host.root, "other")).toBeUndefined()
  expect(await findPlugin(host.root, "../contrib/acme")).toBeUndefined()
})

test("what is wrong with a plugin is said with its file and every field", async () => {
  const broken = (await documentedExample())
    .replace('name: "acme"', 'name: "acne"')
    .replace("port: 443", "port: 0")
    .replace('api: "chat-completions"', 'api: "chat"')
    .replace("{secret}", "secret")
    .replace("meters:", "metres:")
  await using host = await openHost(broken)
  const problem = await thrownBy(findPlugin(host.root, "acme"))
  expect(problem.message.split("\n  ")).toEqual([
    `${host.file}:`,
    expect.stringContaining("unknown field 'metres'; valid here: name, meters,"),
    "name must be 'acme', as its folder is called",
    "meters must be a list",
    "routes[0].port must be 1 to 65535",
    "routes[0].metering.api is not a model API of this version",
    "credentials[0].injection.template must contain {secret}",
  ])
})

// biome-ignore format: a table
test.each([
  ["export default 1",            "provider.ts: it exports no object called 'provider'"],
  ["throw new Error('no luck')",  "provider.ts cannot be loaded: Error: no luck"],
  ["export const = 1",            "provider.ts cannot be loaded: "],
])("a plugin that is %j is refused: %s", async (text, message) => {
  await using host = await openHost(text)
  expect((await thrownBy(findPlugin(host.root, "acme"))).message).toContain(message)
})

// biome-ignore format: a table
test.each([
  ["the file writable",           (at: string) => chmodSync(join(at, "acme/provider.ts"), 0o666),     "provider.ts can be written by other users (mode 0666)"],
  ["the folder writable",         (at: string) => chmodSync(join(at, "acme"), 0o777),                 "acme can be written by other users (mode 0777)"],
  ["what it imports writable",    (at: string) => chmodSync(join(at, "acme/part.ts"), 0o606),         "part.ts can be written by other users (mode 0606)"],
  ["the file a link",             (at: string) => relink(join(at, "acme/provider.ts")),               "provider.ts is a symbolic link"],
  ["the folder a link",           (at: string) => relink(join(at, "acme")),                           "acme is a symbolic link"],
  ["contrib a link",              (at: string) => relink(at),                                         "contrib is a symbolic link"],
] as const)("INV-26: with %s nothing of it is run; as it was, it is", async (_, harm, message) => {
  const mark = `bot-bottle-plugin-${crypto.randomUUID()}`
  const text = `import "./part.ts"\n${await documentedExample()}\nObject.assign(globalThis, { ${JSON.stringify(mark)}: 1 })`
  await using host = await openHost(text)
  await Bun.write(join(host.root, "contrib/acme/part.ts"), "export {}\n")
  harm(join(host.root, "contrib"))
  expect((await thrownBy(findPlugin(host.root, "acme"))).message).toContain(message)
  expect(mark in globalThis).toBe(false)

  await using unharmed = await openHost(text)
  await Bun.write(join(unharmed.root, "contrib/acme/part.ts"), "export {}\n")
  expect((await findPlugin(unharmed.root, "acme"))?.name).toBe("acme")
  expect(mark in globalThis).toBe(true)
})

async function documentedExample(): Promise<string> {
  const example = /```ts\n([\s\S]*?)```/.exec(await Bun.file(DOCUMENT).text())?.[1]
  if (example === undefined) throw new Error(`${DOCUMENT} has no example`)
  return example
}

async function openHost(text: string) {
  const folder = await openTempFolder()
  const file = join(folder.path, "contrib/acme/provider.ts")
  mkdirSync(join(folder.path, "contrib/acme"), { recursive: true, mode: 0o700 })
  await Bun.write(file, text)
  return { ...folder, root: folder.path, file }
}

function relink(path: string): void {
  renameSync(path, `${path}.real`)
  symlinkSync(`${path}.real`, path)
}

async function thrownBy(work: Promise<unknown>): Promise<OperatorProblem> {
  try {
    await work
  } catch (error) {
    if (error instanceof OperatorProblem) return error
    throw error
  }
  throw new Error("Nothing was thrown")
}
