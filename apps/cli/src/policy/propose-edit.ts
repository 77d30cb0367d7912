// The proposed routes as a changed text of the bottle's own file. Pure.

import { OperatorProblem } from "@bot-bottle/contracts"
import { allowRoute, asOperatorProblem, type EditedFile, shownPath } from "@bot-bottle/manifest"
import type { ProposedRoute } from "@bot-bottle/policy"

/** Each text differs from the one before by one block of lines. Throws OperatorProblem for a file that cannot take them. */
export function editProposed(edited: EditedFile, routes: readonly ProposedRoute[]): readonly string[] {
  const texts = [edited.text]
  for (const { host, port, scheme, matches } of routes)
    for (const { methods, paths } of matches) {
      const text = texts.at(-1) ?? ""
      const edit = allowRoute(
        { ...edited, text },
        {
          host,
          ...(port === (scheme === "http" ? 80 : 443) ? {} : { port }),
          ...(scheme === "http" ? { http: true as const } : {}),
          methods: methods === "every" ? [] : methods,
          paths: paths === "every" ? [] : paths,
        },
      )
      switch (edit.outcome) {
        case "edited":
          texts.push(edit.text)
          break
        case "broken":
          throw asOperatorProblem(edit.problems)
        case "denied-here":
          throw new OperatorProblem(`${shownPath(edited.file)}:${edit.line} denies ${host}`)
        case "unchanged":
          throw new OperatorProblem(`${shownPath(edited.file)} has a route for ${host} that cannot take a match`)
      }
    }
  return texts
}
