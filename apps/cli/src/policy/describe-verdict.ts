// A verdict of the policy in words, with the line of the file that says so. The smallest edit that
// would turn it around is shown as lines, and as a command where there is one. Pure.

import {
  formatAuthority,
  type PathMatch,
  quoteCommand,
  type Route,
  type RouteDenial,
  sanitizeLine,
} from "@bot-bottle/contracts"
import { describeEdit, type Explanation, type PolicyEdit, type PolicyRequest, showRequest } from "@bot-bottle/policy"

export interface VerdictWords {
  /** `denied   GET https://new.example/a` */
  readonly verdict: string
  /** Title and text, in reading order. */
  readonly facts: readonly (readonly [title: string, text: string])[]
  /** Lines under `egress.routes`. Empty where no edit helps. */
  readonly edit: readonly string[]
  /** Where the edit goes: `add to bottle dev`. */
  readonly editTitle: string
  /** The edit as a command; absent where only the file can be edited. */
  readonly command: string | undefined
}

/** `bottle`: where a new route would go. */
export function wordVerdict(
  request: PolicyRequest,
  { verdict, edit }: Explanation,
  { bottle }: { readonly bottle: string },
): VerdictWords {
  const shown = sanitizeLine(showRequest(request))
  const facts: (readonly [string, string])[] =
    verdict.outcome === "allow"
      ? [
          ["rule", ruleOf(verdict.route)],
          ...(verdict.inspected ? [] : [["note", "its bytes pass uninspected: method and path do not count"] as const]),
        ]
      : [
          ["why", `${sentenceOf(verdict.reason, request, verdict.route)} (${verdict.reason})`],
          ...(verdict.route === undefined ? [] : [["rule", ruleOf(verdict.route)] as const]),
          ...(verdict.detail === undefined ? [] : [["detail", sanitizeLine(verdict.detail)] as const]),
        ]
  return {
    verdict: `${verdict.outcome === "allow" ? "allowed" : "denied "}  ${shown}`,
    facts,
    edit: edit === undefined ? [] : describeEdit(edit).map(sanitizeLine),
    editTitle: edit === undefined ? "" : titleOf(edit, bottle),
    command: edit === undefined ? undefined : commandOf(edit, bottle),
  }
}

function ruleOf({ at, origin, host, effect }: Route & { readonly at?: string }): string {
  const what = `${effect === "deny" ? "deny " : ""}${host}`
  return sanitizeLine(at === undefined ? `${what}, of ${origin}` : `${what}, ${at}`)
}

function sentenceOf(reason: RouteDenial, { host, port }: PolicyRequest, route: Route | undefined): string {
  if (route?.effect === "deny") return "a deny route covers it"
  switch (reason) {
    case "host-not-allowed":
      return `no route lists ${host}`
    case "port-not-allowed":
      return `${host} is listed, and port ${port} is not`
    case "ip-literal":
      return "it names an address, and no route lists that address"
    case "method-or-path-not-allowed":
      return "the routes of this host do not cover this method and path"
  }
}

/** A route beside another belongs into the same file, or the other would be replaced. */
function homeOf({ kind, route, ...edit }: PolicyEdit, bottle: string): string {
  const of = kind === "remove" ? route : "beside" in edit ? edit.beside : undefined
  const [, name] = /^bottle (.+)$/.exec(of?.origin ?? "") ?? []
  return name ?? bottle
}

function titleOf(edit: PolicyEdit, bottle: string): string {
  const home = homeOf(edit, bottle)
  if (edit.kind === "remove")
    return `remove from bottle ${home}${edit.route.at === undefined ? "" : `, ${edit.route.at}`}`
  return `add to bottle ${home}, under egress.routes`
}

function commandOf(edit: PolicyEdit, bottle: string): string | undefined {
  const home = homeOf(edit, bottle)
  if (edit.kind === "remove") return quoteCommand(["bot-bottle", "edit", home, "--bottle"])
  const { route, beside } = edit
  if (route.effect === "deny" || !route.inspect || route.matches === "every") return undefined
  const [match, ...others] = route.matches
  // A command adds to the route of its own file and host.
  const isPlain = beside === undefined || (beside.host === route.host && beside.origin === `bottle ${home}`)
  if (match === undefined || others.length > 0 || !isPlain) return undefined
  const paths: readonly PathMatch[] = match.paths === "every" ? [] : match.paths
  return quoteCommand([
    "bot-bottle",
    "allow",
    home,
    formatAuthority(route, route.scheme),
    ...(match.methods === "every" ? [] : match.methods.flatMap((name) => ["--method", name])),
    ...paths.flatMap(({ type, value }) => ["--path", value, ...(type === "exact" ? ["--exact"] : [])]),
    ...(route.scheme === "http" ? ["--http"] : []),
  ])
}

/** For `--json`. Keys are API. */
export function verdictJson(request: PolicyRequest, explanation: Explanation, bottle: string) {
  const { verdict, edit } = explanation
  const { command, edit: lines } = wordVerdict(request, explanation, { bottle })
  return {
    request: showRequest(request),
    verdict: verdict.outcome,
    reason: verdict.outcome === "deny" ? verdict.reason : null,
    rule:
      verdict.route === undefined
        ? null
        : { host: verdict.route.host, origin: verdict.route.origin, at: verdict.route.at ?? null },
    detail: verdict.outcome === "deny" ? (verdict.detail ?? null) : null,
    edit: edit === undefined ? null : { kind: edit.kind, lines, command: command ?? null },
  }
}

/** The lines that a person reads. */
export function verdictLines({ verdict, facts, edit, editTitle, command }: VerdictWords): readonly string[] {
  return [
    verdict,
    ...facts.map(([title, text]) => `  ${title.padEnd(7)}${text}`),
    ...(edit.length === 0 ? [] : [`  ${"edit".padEnd(7)}${editTitle}`, ...edit.map((line) => `           ${line}`)]),
    ...(command === undefined ? [] : [`  ${"or".padEnd(7)}${command}`]),
  ]
}
