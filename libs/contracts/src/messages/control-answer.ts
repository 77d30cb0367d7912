// Answers on a proxy's control socket. The asking command may be of another build.

import * as v from "valibot"
import { boundedText, count, listOf, nonEmptyText } from "./bounds.ts"
import type { MessageOf } from "./parse-message.ts"
import { listedRouteSchema, MAX_ROUTES } from "./route-shapes.ts"

/** Of the control socket and of the proxy's configuration line. */
export const PROXY_PROTOCOL = 1
export const MAX_CONTROL_ANSWER = 16 * 1024 * 1024

/** `GET /status`. `POST /cutoff`, `/restore` and `/reload` answer the same. */
export const controlStatusSchema = v.object({
  protocol: count(),
  slug: nonEmptyText(256),
  egress: v.picklist(["open", "cut"]),
  openStreams: count(),
  requests: count(),
  denied: count(),
})

/** `GET /routes`. */
export const controlRoutesSchema = v.object({ protocol: count(), routes: listOf(listedRouteSchema, MAX_ROUTES) })

/** An answer with an HTTP status of 400. */
export const controlErrorSchema = v.object({
  protocol: count(),
  error: v.object({ message: boundedText(64 * 1024), hint: v.exactOptional(boundedText(4_096)) }),
})

export type ControlStatus = MessageOf<typeof controlStatusSchema>
export type ControlRoutes = MessageOf<typeof controlRoutesSchema>
export type ControlError = MessageOf<typeof controlErrorSchema>
