// Builds one bottle with bubblewrap and starts its agent.
//
// Order: give the run its files, build the bottle, wait for the forwarder in it, put it into
// its cgroup, and only then say what to run. A launcher that dies on the way leaves nothing.

import { readFileSync, statSync } from "node:fs"
import { OperatorProblem, type ProcessIdentity } from "@bot-bottle/contracts"
import { EXTRA_FD, type GuestChannel, guestControls, openGuestChannel } from "@bot-bottle/guest"
import {
  endProcessGroup,
  endProcessTree,
  identifyProcess,
  listSettledDescendants,
  pidOf,
  processesEnded,
} from "@bot-bottle/kernel"
import type { Bottle, BottleStdio } from "../../backend.ts"
import { joinStdio } from "../../bottle-stdio.ts"
import { describeBuildFailure } from "../../build-failure.ts"
import { openNamelessFile } from "../../guest-files/nameless-file.ts"
import { type BottleCgroup, type CgroupDelegation, createBottleCgroup } from "../../limits/cgroup.ts"
import { parseHardLimits, rlimitArguments } from "../../limits/limits.ts"
import { watchMemory } from "../../limits/memory-watch.ts"
import type { BottlePlan } from "../../plan.ts"
import { giveToRun, uidOfRun } from "../../run-owner.ts"
import { startOrder } from "../../start-order.ts"
import { stopGently } from "../../stop-gently.ts"
import { ARCHITECTURES } from "../../syscalls/syscalls.ts"
import { bwrapArgv } from "./args.ts"
import { explainEarlyEnd } from "./early-end.ts"
import { MAP_OWNER_ARGV } from "./map-owner-argv.ts"
import { openLowPorts } from "./open-low-ports.ts"
import { findBwrapFix } from "./probe.ts"
import { type OwnerMapping, rootPrefix, slottedMounts } from "./root-prefix.ts"
import { runRootLinks, trustMounts } from "./run-trust.ts"
import { seccompProgram } from "./seccomp.ts"
import { linkSharedFiles } from "./shared-files.ts"
import { findSystemRoot } from "./system-root.ts"
import { requireTools } from "./tools.ts"
import { GET_MORE_IDS, whyTooFewIds } from "./user-ids.ts"

export interface LaunchOptions {
  readonly isRoot: boolean
  readonly cgroup: CgroupDelegation | undefined
}

export async function launchBottle(plan: BottlePlan, stdio: BottleStdio, options: LaunchOptions): Promise<Bottle> {
  const tooFew = options.isRoot ? whyTooFewIds(uidOfRun(plan.slug)) : undefined
  if (tooFew !== undefined)
    throw new OperatorProblem(`No isolation available: ${tooFew}`, { hint: GET_MORE_IDS, exitCode: 3 })
  const argv = commandLine(plan, options.isRoot)
  // Beside the building, which does not look into these folders; done before the agent may.
  const given = options.isRoot ? giveToRun(plan) : Promise.resolve()
  given.catch(() => {})
  const channel = await openGuestChannel({
    argv,
    extraFd: openSeccompProgram(),
    ...(options.isRoot ? { owner: uidOfRun(plan.slug) } : {}),
  })
  const identity = identifyProcess(channel.child.pid)
  if (identity === undefined || !(await channel.up))
    throw await describeBuildFailure(channel, () => findBwrapFix(options.isRoot))
  await given.catch((error: unknown) => {
    channel.cut()
    throw error
  })

  const tree = [identity, ...listSettledDescendants(identity)]
  // Beside what follows; done before the forwarder is told to listen.
  const lowPorts = openLowPorts(tree.at(-1) ?? identity, options)
  lowPorts.catch(() => {})
  const cgroup = options.cgroup === undefined ? undefined : createBottleCgroup(options.cgroup, plan.slug, plan.limits)
  try {
    if (cgroup !== undefined) for (const process of tree) cgroup.add(pidOf(process))
    await lowPorts
  } catch (error) {
    const explained = explainEarlyEnd(error, tree)
    channel.cut()
    throw explained
  }
  const joined = joinStdio(stdio, channel)
  const hard = parseHardLimits(readFileSync("/proc/self/limits", "utf8"))
  const controllers = options.cgroup?.controllers ?? new Set()
  channel.order(startOrder(plan, stdio, rlimitArguments(plan.limits, controllers, hard)))

  const { memoryBytes } = plan.limits
  const isWatched = memoryBytes !== undefined && !controllers.has("memory")
  const memory = isWatched ? watchMemory(tree, memoryBytes) : undefined
  const exited = finish(channel, tree, joined, cgroup)
  const unwatch = () => memory?.close()
  // A failure is told by `exited` itself.
  exited.then(unwatch, unwatch)
  const controls = guestControls(channel)
  const stop: Pick<Bottle, "exited" | "signal" | "kill"> = {
    exited,
    signal: controls.signal,
    kill: async () => {
      await endProcessTree(identity)
      await processesEnded(tree)
    },
  }
  return {
    slug: plan.slug,
    process: identity,
    ...controls,
    ...stop,
    memoryStops: () => memory?.stops() ?? 0,
    freeze: () => stopGently(stop),
    ...(joined.stdout === undefined ? {} : { stdout: joined.stdout }),
    ...(joined.stderr === undefined ? {} : { stderr: joined.stderr }),
  }
}

function commandLine(plan: BottlePlan, isRoot: boolean): readonly string[] {
  const tools = requireTools(isRoot)
  const found = findSystemRoot()
  const shared = linkSharedFiles(plan.mounts)
  const mounts = [...shared.mounts, ...trustMounts(plan.trust, found.covered)]
  const argv = bwrapArgv({
    bwrap: tools.bwrap,
    mounts: isRoot ? slottedMounts(mounts) : mounts,
    limits: plan.limits,
    system: { ...found, links: [...found.links, ...runRootLinks(plan.slug, found.links), ...shared.links] },
    seccompFd: EXTRA_FD,
  })
  return isRoot ? [...rootPrefix(mounts, uidOfRun(plan.slug), tools, ownerMapping(plan)), ...argv] : argv
}

function ownerMapping({ mounts }: BottlePlan): OwnerMapping | undefined {
  const own = mounts.find(({ keepsOwner }) => keepsOwner === true)
  return own === undefined ? undefined : { program: MAP_OWNER_ARGV, owner: statSync(own.source) }
}

function openSeccompProgram(): number {
  const architecture = ARCHITECTURES.find(
    (name) => name === { x64: "x86_64", arm64: "aarch64" }[process.arch as string],
  )
  if (architecture === undefined) {
    throw new OperatorProblem(`No isolation available: no system-call filter for ${process.arch}`, { exitCode: 3 })
  }
  return openNamelessFile(seccompProgram(architecture))
}

async function finish(
  channel: GuestChannel,
  tree: readonly ProcessIdentity[],
  joined: ReturnType<typeof joinStdio>,
  cgroup: BottleCgroup | undefined,
): Promise<number> {
  const exitCode = await channel.child.exited
  // First: should anything of the bottle have outlived its process, it ends now.
  channel.cut()
  endProcessGroup(channel.child.pid)
  // bubblewrap reports the exit code a moment before the bottle's pid namespace is empty.
  await processesEnded(tree)
  await joined.drained
  joined.close()
  await channel.stdin.close()
  cgroup?.remove()
  return exitCode
}
