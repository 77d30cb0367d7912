// The imports between the repository's files: circles, and what loading an entry loads with it.
//
// Types are erased before anything runs, so a type-only import loads nothing; it does make a
// circle, because two files that know each other's types are one file in two.

import { dirname, resolve } from "node:path"
import { findDoor } from "./find-door.ts"
import { importsOf, ROOT, type Source, withoutComments } from "./sources.ts"

/** Groups of files of which each imports every other, directly or not. */
export function findCircles(sources: readonly Source[]): readonly (readonly string[])[] {
  const known = new Set(sources.map(({ path }) => path))
  const edges = new Map(sources.map((source) => [source.path, relativeImports(source).filter((to) => known.has(to))]))
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const circles: string[][] = []

  // Tarjan's strongly connected components.
  const visit = (path: string): number => {
    const index = order.size
    order.set(path, index)
    let low = index
    open.push(path)
    for (const to of edges.get(path) ?? []) {
      if (!order.has(to)) low = Math.min(low, visit(to))
      else if (open.includes(to)) low = Math.min(low, order.get(to) ?? low)
    }
    lowest.set(path, low)
    if (low === index) {
      const group = open.splice(open.indexOf(path))
      if (group.length > 1) circles.push(group.sort())
    }
    return low
  }
  for (const path of edges.keys()) if (!order.has(path)) visit(path)
  return circles
}

/** Repository paths, and names of packages that are not ours. */
export async function loadedWith(entry: string): Promise<readonly string[]> {
  const seen = new Set<string>()
  const queue = [entry]
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    if (seen.has(path)) continue
    seen.add(path)
    if (!path.endsWith(".ts") || path.startsWith("@")) continue
    const text = await Bun.file(resolve(ROOT, path)).text()
    for (const to of runtimeImports(text)) queue.push(to.startsWith(".") ? at(path, to) : await entryOf(to))
  }
  return [...seen]
}

const STATEMENT = /^\s*(?:import|export)\s(?!type\s)(?:([^"';=]*?)\sfrom\s*)?["']([^"']+)["']/gm

/** The imports that remain once types are erased. */
export function runtimeImports(text: string): readonly string[] {
  return [...withoutComments(text).matchAll(STATEMENT)].flatMap(([, names = "", path = ""]) => {
    const inner = /^\{([^}]*)\}$/s.exec(names.trim())?.[1]
    const onlyTypes = inner?.split(",").every((name) => name.trim() === "" || name.trim().startsWith("type "))
    return onlyTypes === true ? [] : [path]
  })
}

/** The front door of a workspace of ours; any other name as it is. */
async function entryOf(name: string): Promise<string> {
  const [, workspace, door] = /^@bot-bottle\/([^/]+)(?:\/(.+))?$/.exec(name) ?? []
  if (workspace === undefined) return name
  const manifest = Bun.file(resolve(ROOT, "libs", workspace, "package.json"))
  if (!(await manifest.exists())) return name
  const { exports } = await manifest.json()
  return at(`libs/${workspace}/package.json`, findDoor(exports, door === undefined ? "." : `./${door}`) ?? name)
}

function relativeImports({ path, text }: Source): readonly string[] {
  return importsOf(text).flatMap((to) => (to.startsWith(".") ? [at(path, to)] : []))
}

function at(from: string, to: string): string {
  return resolve(ROOT, dirname(from), to).slice(ROOT.length + 1)
}
