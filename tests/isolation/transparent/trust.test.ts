// Programs that know none of our variables trust the run's CA, because they find it where the
// system keeps its roots. Those are the system's bundle, the folder of roots by OpenSSL's names,
// the bundles of libraries, and Java's own store.

import { afterAll, beforeAll, expect, test } from "bun:test"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createBwrapBackend } from "@bot-bottle/bottle/testing"
import { SLUG } from "@bot-bottle/proxy/testing"
import { describeIsolated } from "../require-isolation.ts"
import { ANSWER, type GuestProgram, HOST, openProxiedBottle, type ProxiedBottle } from "./bottle-with-proxy.ts"
import { isInstalled, OTHERS } from "./clients.ts"

const URL = `https://${HOST}/x`
const PYTHON = "/usr/bin/python3"
const PIP_BUNDLE = "/usr/lib/python3/dist-packages/pip/_vendor/certifi/cacert.pem"

const PROGRAMS: readonly {
  readonly name: string
  readonly needs: readonly string[]
  readonly argv: readonly string[]
}[] = [
  { name: "curl", needs: ["/usr/bin/curl"], argv: ["/usr/bin/curl", "-sS", URL] },
  { name: "wget", needs: ["/usr/bin/wget"], argv: ["/usr/bin/wget", "-qO-", URL] },
  { name: "git", needs: ["/usr/bin/git"], argv: ["/usr/bin/git", "ls-remote", URL] },
  {
    name: "openssl, by the folder of roots alone",
    needs: ["/usr/bin/openssl", "/etc/ssl/certs/ca-certificates.crt"],
    argv: ["/bin/sh", "-c", sClient("-CApath /etc/ssl/certs -no-CAfile")],
  },
  { name: "Python", needs: [PYTHON], argv: python("") },
  {
    name: "Python, with the bundle pip brings along",
    needs: [PYTHON, PIP_BUNDLE],
    argv: python(`cafile="${PIP_BUNDLE}"`),
  },
]

let bottle: ProxiedBottle
let folder: string

beforeAll(async () => {
  bottle = await openProxiedBottle()
  folder = mkdtempSync(join(tmpdir(), "trust-"))
})
afterAll(async () => {
  await bottle[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

await describeIsolated("trust", createBwrapBackend(), () => {
  for (const { name, needs, argv } of PROGRAMS) {
    const isHere = needs.every((path) => existsSync(path))
    if (!isHere)
      process.stderr.write(`trust: not tried here: ${name}, for want of ${needs.join(" or ")}
  `)
    test.skipIf(!isHere)(`without a variable, ${name} trusts the run's CA`, async () => {
      const text = await said({ argv: ["/usr/bin/env", "-i", ...argv] })
      // git takes the answer for a repository without a branch, and has nothing to say of it.
      expect(text).toEqual(name === "git" ? "" : expect.stringContaining(ANSWER))
    })
  }

  const java = OTHERS.find(({ name }) => name === "Java HttpClient")
  test.skipIf(java === undefined || !isInstalled(java))(
    "without a variable, Java trusts the run's CA",
    async () => {
      const program = await java?.program(URL, folder)
      expect(await said({ ...program, argv: ["/usr/bin/env", "-i", ...(program?.argv ?? [])] })).toContain(ANSWER)
    },
    120_000,
  )

  test("the control: a program that trusts another root alone is not answered", async () => {
    const one = "/usr/share/ca-certificates/mozilla/GlobalSign_Root_CA.crt"
    const isHere = existsSync(one)
    const argv = ["/usr/bin/curl", "-sS", "--capath", "/nowhere", "--cacert", isHere ? one : "/dev/null", URL]
    expect(await said({ argv: ["/usr/bin/env", "-i", ...argv] })).toMatch(/certificate|CAfile/)
  })

  test("the folder of roots holds what the host's holds, and the run's CA besides", async () => {
    const folder = "/etc/ssl/certs"
    const own = existsSync(folder) ? readdirSync(folder) : []
    const listed = (await said({ argv: ["/bin/ls", folder] })).split("\n").filter((name) => name !== "")
    expect(own.filter((name) => !listed.includes(name))).toEqual([])
    expect(listed.filter((name) => !own.includes(name))).toEqual([expect.stringMatching(/^[0-9a-f]{8}\.\d$/)])
    expect(await said({ argv: ["/bin/sh", "-c", `for f in ${folder}/*; do [ -e $f ] || echo $f; done`] })).toBe("")
  })
})

async function said(program: GuestProgram): Promise<string> {
  const { stdout, stderr } = await bottle.run(program, { slug: SLUG })
  return stdout + stderr
}

function python(trust: string): readonly string[] {
  const script = `import ssl, urllib.request as r; print(r.urlopen("${URL}", context=ssl.create_default_context(${trust})).read().decode())`
  return [PYTHON, "-c", script]
}

function sClient(trust: string): string {
  const request = `printf 'GET /x HTTP/1.1\\r\\nHost: ${HOST}\\r\\nConnection: close\\r\\n\\r\\n'`
  return `(${request}; sleep 1) | openssl s_client -quiet -verify_return_error -servername ${HOST} ${trust} -connect ${HOST}:443`
}
