// The shape of routes, inside the messages that carry them.

import * as v from "valibot"
import {
  type CredentialedRoute,
  DLP_DETECTORS,
  DLP_MODES,
  type Dlp,
  type HeaderMatch,
  type Injection,
  type Metering,
  PATH_MATCH_TYPES,
  type PathMatch,
  type Route,
  type RouteMatch,
} from "../../egress/route.ts"
import { Secret } from "../../secret.ts"
import { boundedText, type EntriesOf, listOf, name, nonEmptyText, recordOf, wholeNumber } from "./bounds.ts"
import type { MessageSchema } from "./parse-message.ts"

export const MAX_ROUTES = 10_000
const MAX_CONDITIONS = 1_000

const headerName = () => nonEmptyText(256)
const headerValue = () => boundedText(16_384)
const host = () => nonEmptyText(260)

const pathMatchSchema = v.object({
  type: v.picklist(PATH_MATCH_TYPES),
  value: boundedText(8_192),
} satisfies EntriesOf<PathMatch>)

const headerMatchSchema = v.object({ name: headerName(), value: headerValue() } satisfies EntriesOf<HeaderMatch>)

const routeMatchSchema: MessageSchema<RouteMatch> = v.object({
  methods: everyOr(nonEmptyText(64)),
  paths: everyOr(pathMatchSchema),
  headers: listOf(headerMatchSchema, MAX_CONDITIONS),
} satisfies EntriesOf<RouteMatch>)

const injectionSchema: MessageSchema<Injection> = v.object({
  header: headerName(),
  template: boundedText(4_096),
  withHeaders: v.exactOptional(recordOf(headerValue(), 100)),
} satisfies EntriesOf<Injection>)

const meteringSchema = v.object({ provider: name(), api: name() } satisfies EntriesOf<Metering>)

export const dlpSchema: MessageSchema<Dlp> = v.object({
  outbound: v.picklist(DLP_MODES),
  detect: listOf(v.picklist(DLP_DETECTORS), DLP_DETECTORS.length),
} satisfies EntriesOf<Dlp>)

const listedEntries = {
  host: host(),
  port: wholeNumber(1, 65_535),
  scheme: v.picklist(["https", "http"]),
  effect: v.picklist(["allow", "deny"]),
  inspect: v.boolean(),
  matches: everyOr(routeMatchSchema),
} satisfies Partial<EntriesOf<Route>>

/** As a proxy reports it: no credential, and not its origin. */
export type ListedRoute = Pick<Route, keyof typeof listedEntries>

export const listedRouteSchema: MessageSchema<ListedRoute> = v.object(listedEntries)

/** The credential's text becomes a `Secret` here: nothing behind this schema can print it. */
export const credentialedRouteSchema: MessageSchema<CredentialedRoute> = v.object({
  ...listedEntries,
  injection: v.exactOptional(injectionSchema),
  metering: v.exactOptional(meteringSchema),
  dlp: v.exactOptional(dlpSchema),
  origin: boundedText(4_096),
  login: v.exactOptional(nonEmptyText(64)),
  ownAnswer: v.exactOptional(boundedText(64 * 1024)),
  secret: v.exactOptional(
    v.pipe(
      boundedText(64 * 1024),
      v.transform((text) => new Secret(text)),
    ),
  ),
} satisfies EntriesOf<CredentialedRoute>)

function everyOr<Entry extends MessageSchema>(entry: Entry) {
  return v.union([v.literal("every"), listOf(entry, MAX_CONDITIONS)])
}
