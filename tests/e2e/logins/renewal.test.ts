// A subscription's login through a whole run: renewed on the host, never seen in the bottle, and a
// run whose login ends is frozen and resumed.

import { expect, test } from "bun:test"
import { readFileSync, statSync } from "node:fs"
import { readJson, waitFor } from "@bot-bottle/testkit"
import { Glob } from "bun"
import { agentIn, scriptBottle } from "../cli/cli-host.ts"
import { findRenewer } from "./campaign.ts"
import { openLoginHost } from "./login-host.ts"

const START = ["start", "impl", "--headless", "--prompt", "x"] as const
const TIMEOUT_MS = 60_000

test(
  "access tokens of two seconds: every request of a run is answered, the host's login lives, the bottle sees no token",
  async () => {
    await using host = await openLoginHost({ authority: { accessLifetimeMs: 2_000 } })
    const script = `
      // As the clients do: a token that ended on the way is renewed, and the request sent again.
      const refresh = () => fetch("https://platform.claude.com/v1/oauth/token", { method: "POST", proxy: "http://127.0.0.1:3128", body: "{}" });
      const insist = async () => {
        for (;;) {
          const { status } = await ask();
          if (status !== 401) return status;
          await refresh();
        }
      };
      const said = [];
      for (let i = 0; i < 14; i++) { said.push(await insist()); await Bun.sleep(500); }
      const home = require("node:fs").readFileSync(process.env.HOME + "/.claude/.credentials.json", "utf8");
      console.log(said.join(" "), JSON.stringify(process.env), home)`
    await host.write("bottles/dev.md", scriptBottle(script))
    await host.write("agents/impl.md", agentIn("dev"))
    await using program = host.start(...START)
    const run = await program.result
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining("session ended (exit 0)")])
    const [, ...others] = run.stdout.split(" ")
    expect(run.stdout).toStartWith(Array.from({ length: 14 }, () => "200").join(" "))
    expect(others.join(" ")).toContain("sk-ant-ort01-bot-bottle-placeholder")
    // The run may have ended while its login was being renewed: that is finished without it.
    await waitFor("the login to live", host.isAlive)
    expect(host.authority.reuses).toBe(0)
    expect(host.authority.renewals).toBeGreaterThan(2)
    expect([statSync(host.file).mode & 0o777, readFileSync(host.file, "utf8").includes("as it is")]).toEqual([
      0o600,
      true,
    ])
    const { accessToken, refreshToken } = host.tokens()
    expect([run.stdout.includes(accessToken), run.stdout.includes(refreshToken)]).toEqual([false, false])
    expect(await filesHolding(`${host.root}/state`, [refreshToken, accessToken])).toEqual([])
  },
  TIMEOUT_MS,
)

test(
  "INV-11: a refresh that the bottle asks for is answered with the placeholder, and nothing of it leaves",
  async () => {
    await using host = await openLoginHost({ authority: { accessLifetimeMs: 3_600_000 } })
    const script = `
      const refresh = (path, method = "POST") => fetch("https://platform.claude.com" + path, {
        method, proxy: "http://127.0.0.1:3128", headers: { "content-type": "application/json" },
        ...(method === "POST" ? { body: JSON.stringify({ grant_type: "refresh_token", refresh_token: "placeholder" }) } : {}),
      });
      const answer = await refresh("/v1/oauth/token");
      console.log(answer.status, (await answer.json()).access_token.slice(0, 35), (await refresh("/v1/oauth/token/revoke")).status, (await refresh("/", "GET")).status)`
    await host.write("bottles/dev.md", scriptBottle(script))
    await host.write("agents/impl.md", agentIn("dev"))
    const run = await host.run(...START)
    expect([run.exitCode, run.stdout]).toEqual([
      0,
      "200 sk-ant-oat01-bot-bottle-placeholder 403 403\n".replace("\\\n", "\n"),
    ])
    expect(host.standIn.received.filter(({ headers }) => headers["host"] === "platform.claude.com")).toEqual([])
  },
  TIMEOUT_MS,
)

test(
  "a token that the provider refuses is renewed at once, and the client that renews its placeholder may continue",
  async () => {
    await using host = await openLoginHost({ authority: { accessLifetimeMs: 3_600_000 } })
    const script = `
      const first = (await ask()).status;
      console.log("first", first);
      for await (const _ of Bun.stdin.stream()) break;
      const refused = (await ask()).status;
      const refresh = await fetch("https://platform.claude.com/v1/oauth/token", { method: "POST", proxy: "http://127.0.0.1:3128", body: "{}" });
      console.log(refused, refresh.status, (await ask()).status)`
    await host.write("bottles/dev.md", scriptBottle(script))
    await host.write("agents/impl.md", agentIn("dev"))
    await using run = host.start(...START)
    await run.untilStdout(/first 200/)
    // The host's own program renews: the authority may end the old access token with that.
    host.authority.expire(host.tokens().accessToken)
    run.write("go\n")
    run.closeStdin()
    const { exitCode, stdout } = await run.result
    expect([exitCode, stdout.trim().split("\n").at(-1)]).toEqual([0, "401 200 200"])
    expect([host.authority.renewals, host.authority.reuses, host.isAlive()]).toEqual([1, 0, true])
  },
  TIMEOUT_MS,
)

test(
  "a login that cannot be renewed stops a start, freezes a run as login-expired, and is resumed after a login",
  async () => {
    await using host = await openLoginHost({ authority: { accessLifetimeMs: 2_000 } })
    await host.write(
      "bottles/dev.md",
      scriptBottle("console.log('up'); for (;;) { await ask(); await Bun.sleep(200) }"),
    )
    await host.write("agents/impl.md", agentIn("dev"))
    await using run = host.start(...START)
    // Also the start renews.
    await run.untilStdout(/up/)
    host.authority.revoke(host.tokens().refreshToken)
    const { exitCode, stderr } = await run.result
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("frozen by the end of its login: the login in ")])
    expect(stderr).toContain("(invalid_grant)); log in again on this host: claude /login")
    const [row] = readJson((await host.run("list", "--json")).stdout, [
      { status: "string", end_reason: "string", slug: "string" },
    ])
    expect([row?.status, row?.end_reason]).toEqual(["frozen", "login-expired"])

    const again = await host.run("resume", row?.slug ?? "", "--headless", "--prompt", "x")
    expect([again.exitCode, again.stderr]).toEqual([
      1,
      expect.stringMatching(
        /error: the Claude login in .* cannot be renewed: .*\n.*hint: log in again on this host: claude \/login/,
      ),
    ])
    await host.logIn()
    await host.write("bottles/dev.md", scriptBottle("console.log((await ask()).status)"))
    const resumed = await host.run("resume", row?.slug ?? "", "--headless", "--prompt", "x")
    expect([resumed.exitCode, resumed.stdout]).toEqual([0, "200\n"])
    expect(host.authority.reuses).toBe(0)
  },
  TIMEOUT_MS,
)

test(
  "INV-11: a renewer that is killed while the authority answers: the token is not sent again, and the run says so",
  async () => {
    const launchers: number[] = []
    let killed = 0
    await using host = await openLoginHost({
      authority: {
        accessLifetimeMs: 2_000,
        beforeAnswer() {
          const found = killed === 0 ? findRenewer(launchers) : undefined
          if (found === undefined) return
          killed += 1
          process.kill(found.renewer, "SIGKILL")
        },
      },
    })
    await host.write(
      "bottles/dev.md",
      scriptBottle("console.log('up'); for (;;) { await ask(); await Bun.sleep(200) }"),
    )
    await host.write("agents/impl.md", agentIn("dev"))
    await using run = host.start(...START)
    await run.untilStdout(/up/)
    launchers.push(run.pid)
    const { exitCode, stderr } = await run.result
    expect([exitCode, killed, host.authority.reuses]).toEqual([1, 1, 0])
    expect(stderr).toContain(
      "cannot be renewed (the answer to its last renewal was lost, and its refresh token may be spent)",
    )
    expect((await host.run(...START)).stderr).toContain("hint: log in again on this host: claude /login")
    await host.logIn()
    await host.write("bottles/dev.md", scriptBottle("console.log((await ask()).status)"))
    expect((await host.run(...START)).stdout).toBe("200\n")
    expect(host.authority.reuses).toBe(0)
  },
  TIMEOUT_MS,
)

async function filesHolding(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const holding: string[] = []
  for (const path of new Glob("**").scanSync({ cwd: folder, dot: true, onlyFiles: true, followSymlinks: false })) {
    const content = readFileSync(`${folder}/${path}`)
    if (texts.some((text) => content.includes(text))) holding.push(path)
  }
  return holding
}
