// The verdict on one request, and the smallest edit of the routes that would turn it around.
//
// Each edit is tried on the table before it is named. It speaks of one method and one whole path
// where the rules can say that, so that no other request gets another verdict. GET covers HEAD in
// every rule, so an edit for a GET speaks for the HEAD of the same path too.

import type { Route, RouteMatch } from "@bot-bottle/contracts"
import { createRouteTable, type RouteTable } from "@bot-bottle/egress/routes"
import { type PolicyEdit, withEdit } from "./edit.ts"
import { findSpeakers, judge, type PolicyRoute, type Verdict } from "./judge.ts"
import type { PolicyRequest } from "./request.ts"

export interface Explanation {
  readonly verdict: Verdict
  /** Absent where no edit of the routes turns the verdict around. */
  readonly edit?: PolicyEdit
}

export function explain(table: RouteTable<PolicyRoute>, request: PolicyRequest): Explanation {
  const verdict = judge(table, request)
  const candidates = verdict.outcome === "allow" ? listDenials(request, verdict) : listAllows(table, request, verdict)
  const edit = candidates.find((candidate) => turns(table.routes, candidate, request, verdict.outcome))
  return { verdict, ...(edit === undefined ? {} : { edit }) }
}

function turns(
  routes: readonly PolicyRoute[],
  edit: PolicyEdit,
  request: PolicyRequest,
  from: Verdict["outcome"],
): boolean {
  try {
    return judge(createRouteTable(withEdit(routes, edit)), request).outcome !== from
  } catch {
    // The rules contradict each other with this edit.
    return false
  }
}

function listAllows(
  table: RouteTable<PolicyRoute>,
  request: PolicyRequest,
  verdict: Extract<Verdict, { outcome: "deny" }>,
): readonly PolicyEdit[] {
  if (verdict.route?.effect === "deny") return [{ kind: "remove", route: verdict.route }]
  const [speaker] = findSpeakers(table, request)
  if (speaker !== undefined) return narrowing(request).map((match) => beside(speaker, request, match))
  const { host, port, scheme, kind } = request
  const route = (inspect: boolean, matches: Route["matches"]): PolicyEdit => ({
    kind: "add",
    route: { host, port, scheme, effect: "allow", inspect, matches, origin: "" },
  })
  if (kind === "ip" && scheme === "https") return [route(false, "every")]
  return [...narrowing(request).map((match) => route(true, [match])), route(true, "every")]
}

/** One more match of the route that speaks for the host. A wildcard's is repeated for the one host, or others would get it too. */
function beside(speaker: PolicyRoute, { host }: PolicyRequest, match: RouteMatch): PolicyEdit {
  if (speaker.host === host) return { kind: "add", route: { ...speaker, matches: [match] }, beside: speaker }
  const known = speaker.matches === "every" ? [] : speaker.matches
  return { kind: "add", route: { ...speaker, host, matches: [...known, match] }, beside: speaker }
}

function listDenials(
  request: PolicyRequest,
  { inspected }: Extract<Verdict, { outcome: "allow" }>,
): readonly PolicyEdit[] {
  const { host, port, scheme } = request
  const route = (matches: Route["matches"]): PolicyEdit => ({
    kind: "add",
    route: { host, port, scheme, effect: "deny", inspect: true, matches, origin: "" },
  })
  return inspected ? [...narrowing(request).map((match) => route([match])), route("every")] : [route("every")]
}

/** From one method and path to one method. */
function narrowing({ method, path }: PolicyRequest): readonly RouteMatch[] {
  return [
    { methods: [method], paths: [{ type: "exact", value: path }], headers: [] },
    { methods: [method], paths: "every", headers: [] },
  ]
}
