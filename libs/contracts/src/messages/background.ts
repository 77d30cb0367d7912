// A launcher in the background: one order on its stdin, then its reports on stdout until the
// agent runs. Answers to a bottle's questions may be secrets; they travel here and nowhere else.

import * as v from "valibot"
import { COLORS, type Color } from "../run/slug.ts"
import { WORKSPACE_MODES, type WorkspaceMode } from "../run/workspace-mode.ts"
import { SHUTDOWN_POLICIES, type ShutdownPolicy } from "../spend/budget.ts"
import { terminalSizeSchema } from "./session.ts"
import { boundedText, type EntriesOf, listOf, name, path, programArguments, wholeNumber } from "./shapes/bounds.ts"
import type { MessageOf, MessageSchema } from "./shapes/parse-message.ts"

export const MAX_BACKGROUND_MESSAGE = 8 * 1024 * 1024

/** The flags of `start`, as typed. */
export interface StartFlags {
  readonly agent: string | undefined
  readonly agentArguments: readonly string[]
  readonly headless?: boolean
  readonly prompt?: string
  readonly bottle?: readonly string[]
  readonly label?: string
  readonly color?: Color
  readonly backend?: string
  readonly image?: string
  readonly budget?: string
  /** `name=value`, as typed. */
  readonly tag?: readonly string[]
  readonly parallel?: string
  readonly requestsPerMinute?: string
  readonly spendPerMinute?: string
  readonly shutdown?: ShutdownPolicy
  readonly cwd?: boolean
  readonly workspace?: WorkspaceMode
  readonly withSecrets?: boolean
  readonly observe?: boolean
  readonly empty?: boolean
  readonly yes?: boolean
  readonly detach?: boolean
  readonly dryRun?: boolean
}

/** The flags of `resume`, as typed. */
export interface ResumeFlags {
  readonly slug: string
  readonly agentArguments: readonly string[]
  readonly headless?: boolean
  readonly yes?: boolean
  readonly prompt?: string
  readonly budget?: string
  readonly shutdown?: ShutdownPolicy
  readonly detach?: boolean
  readonly dryRun?: boolean
}

const typed = () => v.exactOptional(boundedText(4_096))
const isSet = () => v.exactOptional(v.boolean())
const prompt = () => v.exactOptional(boundedText(4 * 1024 * 1024))

const sharedFlags = {
  agentArguments: programArguments(),
  headless: isSet(),
  prompt: prompt(),
  budget: typed(),
  shutdown: v.exactOptional(v.picklist(SHUTDOWN_POLICIES)),
  detach: isSet(),
  dryRun: isSet(),
  yes: isSet(),
}

/** Also the order of a job in the queue of several hosts. */
export const startFlagsSchema: MessageSchema<StartFlags> = v.pipe(
  v.object({
    ...sharedFlags,
    // JSON leaves an undefined field out.
    agent: v.optional(boundedText(4_096)),
    bottle: v.exactOptional(listOf(boundedText(4_096), 1_000)),
    label: typed(),
    parallel: typed(),
    requestsPerMinute: typed(),
    spendPerMinute: typed(),
    tag: v.exactOptional(listOf(boundedText(4_096), 100)),
    color: v.exactOptional(v.picklist(COLORS)),
    backend: typed(),
    image: typed(),
    cwd: isSet(),
    workspace: v.exactOptional(v.picklist(WORKSPACE_MODES)),
    withSecrets: isSet(),
    observe: isSet(),
    empty: isSet(),
  } satisfies EntriesOf<StartFlags>),
  v.transform((flags) => ({ ...flags, agent: flags.agent })),
)

const resumeFlagsSchema: MessageSchema<ResumeFlags> = v.object({
  ...sharedFlags,
  slug: name(),
} satisfies EntriesOf<ResumeFlags>)

const answerSchema = v.object({ prompt: boundedText(65_536), text: boundedText(65_536) })
const confirmedSchema = v.object({ policyHash: boundedText(128), manifestHash: boundedText(128) })

const orderEntries = {
  /** The operator's own folder: the launcher itself runs in `/`. */
  cwd: path(),
  /** The size of the agent's terminal when it is used by hand. */
  terminal: terminalSizeSchema,
  answers: listOf(answerSchema, 1_000),
  /** The hashes that the operator confirmed; absent when nobody was asked. */
  confirmed: v.exactOptional(confirmedSchema),
  /** The starter joins the run, and reads reports until it ends. */
  joins: v.exactOptional(v.boolean()),
}

export const backgroundOrderSchema = v.variant("command", [
  v.object({ ...orderEntries, command: v.literal("start"), flags: startFlagsSchema }),
  v.object({ ...orderEntries, command: v.literal("resume"), flags: resumeFlagsSchema }),
])

export const backgroundReportSchema = v.variant("kind", [
  v.object({ kind: v.literal("note"), line: boundedText(65_536) }),
  v.object({ kind: v.literal("running"), slug: name() }),
  v.object({
    kind: v.literal("problem"),
    message: boundedText(1024 * 1024),
    hint: v.exactOptional(boundedText(65_536)),
    exitCode: v.picklist([1, 2, 3]),
  }),
  /** The run ended: before its launcher could report that it runs, or with a starter that joined it. */
  v.object({ kind: v.literal("ended"), exitCode: wholeNumber(0, 255) }),
])

/** An answer to a bottle's question. It may be a secret. */
export type Answer = MessageOf<typeof answerSchema>
export type Confirmed = MessageOf<typeof confirmedSchema>
export type BackgroundOrder = MessageOf<typeof backgroundOrderSchema>
export type BackgroundReport = MessageOf<typeof backgroundReportSchema>
