// Commands that explain a bottle's policy, and learn one.

import { type CommandList, collect, RUN } from "./command-list.ts"

export function addPolicyCommands({ host, add, addTo, does, doesOnRun }: CommandList): void {
  add(
    "Policy",
    "why [run-or-event]",
    "which rule decided a request, and what would change it",
    "bot-bottle why fix-login-abc12",
  )
    .option("--json", "machine-readable")
    .action(
      does(async (name: string | undefined, flags) =>
        (await import("../commands/policy/why.ts")).runWhy(host, name, flags),
      ),
    )
  const policy = add(
    "Policy",
    "policy",
    "ask, test and learn what a bottle may reach",
    "bot-bottle policy propose @last",
  )
  addTo(
    policy,
    "check <method> <url>",
    "ask a bottle about one request; exit code 1 when it is denied",
    "bot-bottle policy check GET https://api.example.com/v1 --bottle dev",
  )
    .option("--bottle <name>", "bottle to ask; repeat it to merge several, in order", collect)
    .option("--json", "machine-readable")
    .action(
      does(async (method: string, url: string, flags) =>
        (await import("../commands/policy/policy-check.ts")).runPolicyCheck(host, method, url, flags),
      ),
    )
  addTo(
    policy,
    "test <file>",
    "hold a bottle to the cases of a file; exit code 1 on a surprise",
    "bot-bottle policy test cases.yml --bottle dev",
  )
    .option("--bottle <name>", "bottle to test, instead of the file's own", collect)
    .option("--json", "machine-readable")
    .action(
      does(async (file: string, flags) =>
        (await import("../commands/policy/policy-test.ts")).runPolicyTest(host, file, flags),
      ),
    )
  addTo(
    policy,
    `propose ${RUN}`,
    "the smallest routes that cover what a run did",
    "bot-bottle policy propose fix-login-abc12 --write",
  )
    .option("--denied", "also what it was refused")
    .option("--write", "write the routes into the bottle, after a yes")
    .option("--yes", "with --write: do not ask")
    .option("--json", "machine-readable")
    .action(
      doesOnRun({ live: false }, async (slug, flags: object) =>
        (await import("../commands/policy/policy-propose.ts")).runPolicyPropose(host, slug, flags),
      ),
    )
}
