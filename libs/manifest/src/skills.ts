// An agent's skills: folders of the operator's, or of the repository that the agent came with,
// read whole so that they can be put into a bottle.
//
// An operator's skill hides a repository's of the same name. An operator's agent is never given
// a skill out of a repository.
//
//   INV-26  Nothing outside a skill's own folder is read for it, whatever links or races it holds: every
//           file is judged by where it was opened, not by how it was named.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from "node:fs"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { findOwnershipProblem } from "./host-root.ts"
import type { AgentManifest } from "./manifest.ts"
import { placeOfValue, quoted, shownPath } from "./problem.ts"

export interface Skill {
  readonly name: string
  /** On the host. */
  readonly folder: string
  readonly files: readonly SkillFile[]
}

export interface SkillFile {
  /** Relative to the skill's folder. */
  readonly path: string
  readonly content: Uint8Array
  readonly isExecutable: boolean
}

export interface SkillPlaces {
  readonly root: string
  readonly repoFolder: string
}

const ENTRY_FILE = "SKILL.md"
const MAX_BYTES = 32 * 1024 * 1024
const MAX_FILES = 2_000

/** Throws OperatorProblem for the first skill that is missing, or cannot be given as it is. */
export function loadSkills(
  agent: Pick<AgentManifest, "name" | "origin" | "skills" | "file" | "origins">,
  places: SkillPlaces,
): readonly Skill[] {
  return agent.skills.map((name, index) =>
    loadSkill(
      name,
      `${placeOfValue(agent, "skills")}: agent '${agent.name}' skills[${index}] ${quoted(name)}`,
      agent,
      places,
    ),
  )
}

function loadSkill(
  name: string,
  what: string,
  { origin }: Pick<AgentManifest, "origin">,
  { root, repoFolder }: SkillPlaces,
): Skill {
  const shelves = [
    { base: root, below: `skills/${name}`, isOwn: true },
    ...(origin === "repo" ? [{ base: repoFolder, below: `.bot-bottle/skills/${name}`, isOwn: false }] : []),
  ]
  for (const { base, below, isOwn } of shelves) {
    const folder = join(base, below)
    if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) continue
    return { name, folder, files: readSkill({ what, folder, place: join(realpathSync(base), below), isOwn }) }
  }
  const looked = shelves.map(({ base, below }) => shownPath(join(base, below))).join(" and ")
  throw new OperatorProblem(`${what}: there is no such skill; looked in ${looked}`, {
    hint: `create it: ${shownPath(join(root, "skills", name, ENTRY_FILE))}`,
  })
}

interface Reading {
  readonly what: string
  readonly folder: string
  /** Where it must really be: a repository must not name a folder of the host's as its own. */
  readonly place: string
  /** The operator's: another user must not be able to write it. */
  readonly isOwn: boolean
}

function readSkill(reading: Reading): readonly SkillFile[] {
  const top = openPlain(reading, "", constants.O_DIRECTORY)
  try {
    if (readlinkSync(`/proc/self/fd/${top}`) !== reading.place) throw refused(reading, "is reached through a link")
    const foreign = reading.isOwn ? findOwnershipProblem(reading.folder, fstatSync(top)) : undefined
    if (foreign !== undefined) throw refused(reading, foreign.message, foreign.hint)
  } finally {
    closeSync(top)
  }
  const harvest: Harvest = { files: [], bytes: 0 }
  readFolder(reading, harvest, "")
  if (harvest.files.some(({ path }) => path === ENTRY_FILE)) return harvest.files
  throw refused(reading, `has no ${ENTRY_FILE}`, `a skill is a folder with a ${ENTRY_FILE} that says what it is for`)
}

interface Harvest {
  readonly files: SkillFile[]
  bytes: number
}

function readFolder(reading: Reading, harvest: Harvest, path: string): void {
  const entries = readdirSync(join(reading.folder, path), { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  for (const entry of entries) {
    const inner = path === "" ? entry.name : `${path}/${entry.name}`
    if (entry.name === ".git") continue
    if (entry.isDirectory()) readFolder(reading, harvest, inner)
    else harvest.files.push(readFile(reading, harvest, inner))
    if (harvest.files.length > MAX_FILES) throw refused(reading, `holds more than ${MAX_FILES} files`)
  }
}

function readFile(reading: Reading, harvest: Harvest, path: string): SkillFile {
  const fd = openPlain(reading, path, 0)
  try {
    const stats = fstatSync(fd)
    const place = readlinkSync(`/proc/self/fd/${fd}`)
    if (!place.startsWith(`${reading.place}/`))
      throw refused(reading, `${quoted(path)} leads out of the skill's folder`)
    if (!stats.isFile()) throw refused(reading, `${quoted(path)} is neither a file nor a folder`)
    const foreign = reading.isOwn ? findOwnershipProblem(join(reading.folder, path), stats) : undefined
    if (foreign !== undefined) throw refused(reading, `${quoted(path)} ${foreign.message}`, foreign.hint)
    harvest.bytes += stats.size
    if (harvest.bytes > MAX_BYTES) throw refused(reading, "is larger than 32 MiB")
    return { path, content: readFileSync(fd), isExecutable: (stats.mode & 0o100) !== 0 }
  } finally {
    closeSync(fd)
  }
}

/** O_NONBLOCK so that a FIFO is not waited for. */
function openPlain(reading: Reading, path: string, flags: number): number {
  try {
    const follow = path === "" ? constants.O_NOFOLLOW : 0
    return openSync(join(reading.folder, path), constants.O_RDONLY | constants.O_NONBLOCK | flags | follow)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (path === "" && (code === "ELOOP" || code === "ENOTDIR")) throw refused(reading, "is a link or no folder")
    throw refused(reading, `${path === "" ? "the folder" : quoted(path)} cannot be read (${code})`)
  }
}

function refused({ what, folder }: Reading, why: string, hint?: string): OperatorProblem {
  return new OperatorProblem(`${what}: ${shownPath(folder)} ${why}`, hint === undefined ? {} : { hint })
}
