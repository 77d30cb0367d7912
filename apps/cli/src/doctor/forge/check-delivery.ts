// Asks the forge for one test delivery, and waits until it arrives.

import { Secret } from "@bot-bottle/contracts"
import type { GiteaInspection, RepositoryName } from "@bot-bottle/forge"
import type { Env } from "../../env.ts"
import type { Check } from "../report.ts"
import { type Arrival, chooseHook, judgeDelivery, notChecked } from "./judge-delivery.ts"
import { SHOW } from "./judge-forge.ts"
import { openReceiver, type Receiver } from "./open-receiver.ts"

/** Gitea delivers at once, and gives up after 5 s. */
const ARRIVAL_TIMEOUT_MS = 7_000
const LOOK_AGAIN_MS = 100

export interface DeliveryOptions {
  readonly env: Env
  readonly repository: RepositoryName
  /** Undefined without a token of an administrator. */
  readonly asAdmin: GiteaInspection | undefined
}

export async function checkDelivery({ env, repository, asAdmin }: DeliveryOptions): Promise<Check> {
  if (asAdmin === undefined) return notChecked("only an administrator can ask for it", SHOW)
  const choice = chooseHook(await asAdmin.listHooks())
  if (choice.outcome === "none") return choice.finding
  const { hook, url } = choice
  const secret = env.findSecret("FORGE_WEBHOOK_SECRET")
  const opened = await openReceiver({
    root: env.root,
    repository,
    url,
    secret: secret === undefined ? undefined : new Secret(secret),
  })
  const serveAgain = "start serve on the host that it is for, and run doctor there again"
  if (opened.outcome === "none") return notChecked(opened.why, serveAgain)
  await using receiver = opened.receiver
  const asked = await asAdmin.requestTestDelivery(hook.id)
  if (asked === "forbidden") return notChecked("the token of FORGE_ADMIN_TOKEN may not ask for it", SHOW)
  if (asked === "empty") return notChecked("it holds the newest commit, and the repository has none", "push a commit")
  return judgeDelivery(await waitForArrival(receiver), url)
}

async function waitForArrival(receiver: Receiver): Promise<Arrival> {
  const endMs = Date.now() + ARRIVAL_TIMEOUT_MS
  while (true) {
    const arrival = await receiver.look()
    // Anybody can send what is not signed: the forge's own may still come.
    if (arrival === "arrived" || arrival === "path" || Date.now() >= endMs) return arrival
    await Bun.sleep(LOOK_AGAIN_MS)
  }
}
