import { expect, test } from "bun:test"
import { parseBottle } from "../bottle.ts"

// biome-ignore format: a table
test.each([
  // url                                                    the https form that the hint names
  ["git@gitea.example.com:acme/widgets.git",               "https://gitea.example.com/acme/widgets.git"],
  ["gitea.example.com:acme/widgets",                       "https://gitea.example.com/acme/widgets"],
  ["ssh://git@gitea.example.com/acme/widgets.git",         "https://gitea.example.com/acme/widgets.git"],
  ["ssh://git:secret@gitea.example.com:2222/acme/w.git",   "https://gitea.example.com/acme/w.git"],
  ["git+ssh://git@gitea.example.com/acme/widgets.git",     "https://gitea.example.com/acme/widgets.git"],
] as const)("git.repos: %s is refused as an SSH address, with the https form to write", (url, instead) => {
  const [problem] = problemsOf(url)
  expect(problem?.message).toBe("'git.repos.w.url' is an SSH address, and the git gate speaks https only")
  expect(problem?.hint).toContain(`write '${instead}'`)
  expect(JSON.stringify(problem)).not.toContain("secret")
})

test.each([
  "http://gitea.example.com/acme/widgets.git",
  "https://user:secret@gitea.example.com/acme/widgets.git",
  "git://gitea.example.com/acme/widgets.git",
  "file:///srv/widgets.git",
  "/srv/widgets.git",
  "ext::sh -c secret",
])("git.repos: %s is refused without being repeated", (url) => {
  const [problem] = problemsOf(url)
  expect(problem?.message).toBe("'git.repos.w.url' must be an https:// URL without a user name or password")
  expect(JSON.stringify(problem)).not.toContain("secret")
})

test("git.repos: an https URL is taken as it is", () => {
  expect(problemsOf("https://gitea.example.com/acme/widgets.git")).toEqual([])
})

function problemsOf(url: string) {
  const text = `---\ngit: { repos: { w: { url: ${JSON.stringify(url)} } } }\n---\n`
  const parsed = parseBottle(text, { name: "b", file: "b.md", providers: ["claude"] })
  return parsed.outcome === "parsed" ? [] : parsed.problems
}
