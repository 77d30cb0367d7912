// Builds one bottle as a container and starts its agent.
//
// Order: look at the engine, give the run its files, have the keeper make the container, wait for the
// forwarder in it, and only then say what to run. A launcher that dies on the way leaves nothing.

import { writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { hostProgram, OperatorProblem, type ProcessIdentity } from "@bot-bottle/contracts"
import type { KeeperTask } from "@bot-bottle/contracts/messages/keeper-task"
import { type GuestChannel, guestControls, openGuestChannel } from "@bot-bottle/guest"
import { endProcessGroup, endProcessTree, identifyProcess, isProcessAlive } from "@bot-bottle/kernel"
import type { Bottle, BottleStdio } from "../../backend.ts"
import { type JoinedStdio, joinStdio } from "../../bottle-stdio.ts"
import { describeBuildFailure } from "../../build-failure.ts"
import { guestAccounts } from "../../guest-files/guest-etc.ts"
import { openNamelessFile } from "../../guest-files/nameless-file.ts"
import { ensureTrustFile } from "../../guest-files/trust-file.ts"
import { rlimitArguments } from "../../limits/limits.ts"
import { type BottlePlan, GUEST } from "../../plan.ts"
import { giveToRun, uidOfRun } from "../../run-owner.ts"
import { startOrder } from "../../start-order.ts"
import { stopGently } from "../../stop-gently.ts"
import { CONTROL_CHANNEL_SOCKET, createArgs } from "./args.ts"
import { listContainers, removeContainers } from "./containers.ts"
import { type Engine, requireFacts } from "./engine.ts"
import { type FoundImage, loadImage, prepareImage } from "./image.ts"
import { KEEPER_SECCOMP_FILE } from "./keeper.ts"
import { seccompProfile } from "./seccomp-profile.ts"

const KEEPER_ARGV = hostProgram(process.execPath, "container-keeper")

/** Limits that the engine enforces; the rest are the agent's own limits. */
const KEPT_BY_ENGINE = new Set(["memory", "pids", "cpu"])

export async function launchBottle(plan: BottlePlan, stdio: BottleStdio, engine: Engine): Promise<Bottle> {
  const isRoot = process.getuid?.() === 0
  const uid = isRoot ? uidOfRun(plan.slug) : (process.getuid?.() ?? GUEST.uid)
  const guestShare = sourceOf(plan, GUEST.share)
  const stateFolder = dirname(guestShare)
  const [facts, image] = await Promise.all([
    requireFacts(engine),
    imageOf(plan, engine),
    isRoot ? giveToRun(plan) : undefined,
    endLeftovers(engine, stateFolder),
  ])
  for (const path of Object.values(plan.trust)) ensureTrustFile(path)
  for (const { name, content } of guestAccounts(uid)) writeFileSync(sourceOf(plan, `/etc/${name}`), content)

  const task: KeeperTask = {
    engine,
    create: createArgs({ plan, image, stateFolder, uid, facts, seccompFile: KEEPER_SECCOMP_FILE }),
    seccompProfile: JSON.stringify(seccompProfile()),
    controlChannelSocket: join(guestShare, CONTROL_CHANNEL_SOCKET),
    uid,
  }
  const channel = await openGuestChannel({ argv: KEEPER_ARGV, extraFd: openNamelessFile(JSON.stringify(task)) })
  const identity = identifyProcess(channel.child.pid)
  if (identity === undefined || !(await channel.up)) {
    // The engine was looked at above: nothing of the host is known to be missing.
    const problem = await describeBuildFailure(channel, async () => undefined)
    // Its keeper may have been killed between asking for it and starting it; only then is it left.
    if (identity !== undefined)
      await (channel.child.signalCode === null ? removeOf(engine, identity) : removeMade(engine, identity))
    throw problem
  }

  const joined = joinStdio(stdio, channel)
  channel.order(startOrder(plan, stdio, rlimitArguments(plan.limits, KEPT_BY_ENGINE)))
  const exited = finish(channel, engine, identity, joined)
  const controls = guestControls(channel)
  const stop: Pick<Bottle, "exited" | "signal" | "kill"> = {
    exited,
    signal: controls.signal,
    kill: () => endBottle(engine, identity),
  }
  return {
    slug: plan.slug,
    process: identity,
    ...controls,
    ...stop,
    // The engine does that itself, and counts for nobody.
    memoryStops: () => 0,
    freeze: () => stopGently(stop),
    ...(joined.stdout === undefined ? {} : { stdout: joined.stdout }),
    ...(joined.stderr === undefined ? {} : { stderr: joined.stderr }),
  }
}

/** How long a keeper may take to leave once its container is gone. */
const KEEPER_TIMEOUT_MS = 3_000
const POLL_MS = 5
/** For a container that the engine is making: it finishes that for a keeper that is gone, too. */
const MAKING_TIMEOUT_MS = 2_000
const MAKING_POLL_MS = 100

/** For anyone who knows the keeper's identity. Idempotent. Throws OperatorProblem when the engine does not end it. */
export async function endBottle(engine: Engine, keeper: ProcessIdentity): Promise<void> {
  let wasMaking = false
  try {
    if (await removeOf(engine, keeper)) {
      // It then tells how the container ended.
      const deadline = Date.now() + KEEPER_TIMEOUT_MS
      while (isProcessAlive(keeper) && Date.now() < deadline) await Bun.sleep(POLL_MS)
    } else wasMaking = isProcessAlive(keeper)
  } finally {
    await endProcessTree(keeper)
  }
  await (wasMaking ? removeMade(engine, keeper) : removeOf(engine, keeper))
}

/** Waits for a container that may just be made. */
async function removeMade(engine: Engine, keeper: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + MAKING_TIMEOUT_MS
  while (!(await removeOf(engine, keeper)) && Date.now() < deadline) await Bun.sleep(MAKING_POLL_MS)
}

async function removeOf(engine: Engine, keeper: ProcessIdentity): Promise<boolean> {
  const found = await listContainers(engine, { process: keeper })
  await removeContainers(
    engine,
    found.map(({ id }) => id),
  )
  return found.length > 0
}

/** Of an earlier launch whose keeper was killed: two containers must not share a run's files. */
async function endLeftovers(engine: Engine, stateFolder: string): Promise<void> {
  const found = await listContainers(engine, { stateFolder })
  const alive = found.find(({ process }) => isProcessAlive(process))
  if (alive !== undefined) throw new OperatorProblem(`The run is in a container already: ${alive.id}`, { exitCode: 3 })
  await removeContainers(
    engine,
    found.map(({ id }) => id),
  )
}

async function imageOf({ image }: BottlePlan, engine: Engine): Promise<FoundImage> {
  return await loadImage(engine, image ?? (await prepareImage(engine, undefined, () => {})))
}

function sourceOf({ mounts }: BottlePlan, target: string): string {
  const mount = mounts.find((one) => one.target === target)
  if (mount === undefined) throw new Error(`The plan mounts nothing at ${target}`)
  return mount.source
}

async function finish(
  channel: GuestChannel,
  engine: Engine,
  keeper: ProcessIdentity,
  joined: JoinedStdio,
): Promise<number> {
  const exitCode = await channel.child.exited
  channel.cut()
  endProcessGroup(channel.child.pid)
  // Perhaps it was the keeper that was killed. Without an engine to ask, the closed control channel has to do.
  if (exitCode >= 128) await removeOf(engine, keeper).catch(() => {})
  await joined.drained
  joined.close()
  await channel.stdin.close()
  return exitCode
}
