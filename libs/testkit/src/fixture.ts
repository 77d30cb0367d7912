// Recorded exchanges: the files under fixtures/ at the top of the repository.
//
// A file is a paragraph that says what it shows, then sections, each opened by a line
// `-- name --` and running to the next such line. `-- expect --` holds, as JSON, what the
// provider billed or documents: never what our own code printed.

import { join, resolve } from "node:path"

export const FIXTURES_FOLDER = resolve(import.meta.dir, "../../../fixtures")

export interface Fixture {
  readonly about: string
  readonly sections: readonly string[]
  /** The text of one section, its last newline included. */
  section(name: string): string
  /** The `expect` section, parsed. */
  expected(): unknown
}

/** `path` is relative to fixtures/. */
export async function loadFixture(path: string): Promise<Fixture> {
  return parseFixture(path, await Bun.file(join(FIXTURES_FOLDER, path)).text())
}

export function parseFixture(path: string, text: string): Fixture {
  const [about = "", ...parts] = text.split(/^-- (\S+) --\n/m)
  const sections = new Map<string, string>()
  for (let i = 0; i < parts.length; i += 2) {
    const name = parts[i] ?? ""
    if (sections.has(name)) throw new SyntaxError(`Fixture ${path} has two "-- ${name} --" sections`)
    sections.set(name, parts[i + 1] ?? "")
  }

  const section = (name: string) => {
    const found = sections.get(name)
    if (found === undefined) throw new SyntaxError(`Fixture ${path} has no "-- ${name} --" section`)
    return found
  }
  return { about: about.trim(), sections: [...sections.keys()], section, expected: () => JSON.parse(section("expect")) }
}
