// The task of a container's keeper, which its launcher hands over in a nameless file.

import * as v from "valibot"
import { type EntriesOf, environment, nonEmptyText, path, programArgv, wholeNumber } from "./shapes/bounds.ts"
import type { MessageSchema } from "./shapes/parse-message.ts"

export interface KeeperTask {
  readonly engine: { readonly cli: string; readonly env: Readonly<Record<string, string>> }
  /** `docker create` and its arguments. */
  readonly create: readonly string[]
  /** JSON; the create command finds it at KEEPER_SECCOMP_FILE. */
  readonly seccompProfile: string
  /** Host path at which the forwarder's end of the control channel arrives. */
  readonly controlChannelSocket: string
  /** The guest's uid, which must be able to connect. */
  readonly uid: number
}

export const MAX_KEEPER_TASK = 4 * 1024 * 1024
const MAX_UID = 2 ** 32 - 2

export const keeperTaskSchema: MessageSchema<KeeperTask> = v.object({
  engine: v.object({ cli: path(), env: environment() }),
  create: programArgv(),
  seccompProfile: nonEmptyText(1024 * 1024),
  controlChannelSocket: path(),
  uid: wholeNumber(0, MAX_UID),
} satisfies EntriesOf<KeeperTask>)
