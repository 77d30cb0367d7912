// Answers on a proxy's control socket. The asking command may be of another build.

import * as v from "valibot"
import { boundedText, count, listOf, name, nonEmptyText } from "./shapes/bounds.ts"
import { runBudgetsSchema } from "./shapes/budget-shapes.ts"
import type { MessageOf } from "./shapes/parse-message.ts"
import { listedRouteSchema, MAX_ROUTES } from "./shapes/route-shapes.ts"

/** Of the control socket and of the proxy's configuration line. */
export const PROXY_PROTOCOL = 1
export const MAX_CONTROL_ANSWER = 16 * 1024 * 1024

/** `GET /status`. `POST /cutoff`, `/restore`, `/reload`, `/answers`, `/token` and `/lease` answer the same. */
export const controlStatusSchema = v.object({
  protocol: count(),
  slug: nonEmptyText(256),
  egress: v.picklist(["open", "cut"]),
  openStreams: count(),
  requests: count(),
  denied: count(),
  /** Requests that wait for the operator. */
  held: v.exactOptional(count()),
})

/** `GET /routes`. */
export const controlRoutesSchema = v.object({ protocol: count(), routes: listOf(listedRouteSchema, MAX_ROUTES) })

/** `GET /standing`: the routes in force, those granted at run time among them, and the budgets that count. */
export const controlStandingSchema = v.object({
  protocol: count(),
  routes: listOf(listedRouteSchema, MAX_ROUTES),
  /** Hosts whose route is the bottle's alone: no grant widens it. */
  sealed: listOf(nonEmptyText(260), MAX_ROUTES),
  budgets: runBudgetsSchema,
  providers: listOf(name(), 100),
})

/** An answer with an HTTP status of 400. */
export const controlErrorSchema = v.object({
  protocol: count(),
  error: v.object({ message: boundedText(64 * 1024), hint: v.exactOptional(boundedText(4_096)) }),
})

export type ControlStatus = MessageOf<typeof controlStatusSchema>
export type ControlRoutes = MessageOf<typeof controlRoutesSchema>
export type ControlStanding = MessageOf<typeof controlStandingSchema>
export type ControlError = MessageOf<typeof controlErrorSchema>
