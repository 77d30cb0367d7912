// Judges an ask that came out of a bottle: hosts in their one spelling, methods, path prefixes.
//
// An agent can ask for names only. A listed address is dialled whatever network it is in, so an
// address is for the operator to write into a bottle.

import { type Ask, INTERNAL_HOST, parseHostname } from "@bot-bottle/contracts"
import { checkMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { askSchema } from "@bot-bottle/contracts/messages/shapes/proposal-shapes"

export type AskResult =
  | { readonly outcome: "valid"; readonly ask: Ask }
  /** `problem` is a sentence for the agent. It quotes nothing. */
  | { readonly outcome: "invalid"; readonly problem: string }

/** Of one text, and of a whole ask spelled as JSON. */
export const MAX_TEXT_BYTES = 2_048

export function parseAsk(value: unknown): AskResult {
  const checked = checkMessage(askSchema, value)
  return checked.outcome === "parsed" ? checkAsk(checked.message) : invalid(`invalid ask: ${checked.problem}`)
}

/** The reason that the agent gives. Controls and hidden characters stay: they are shown as marks. */
export function parseWhy(text: string): { readonly outcome: "valid"; readonly why: string } | Invalid {
  const why = text.trim()
  if (why === "") return invalid("'why' is empty: say what you need it for")
  return bytesOf(why) > MAX_TEXT_BYTES
    ? invalid(`'why' is longer than ${MAX_TEXT_BYTES} bytes`)
    : { outcome: "valid", why }
}

/** For an ask that has its shape already: an operator's edit. */
export function checkAsk(ask: Ask): AskResult {
  const result = checkKind(ask)
  if (result.outcome === "valid" && bytesOf(JSON.stringify(result.ask)) > MAX_TEXT_BYTES) {
    return invalid(`the ask is longer than ${MAX_TEXT_BYTES} bytes`)
  }
  return result
}

function checkKind(ask: Ask): AskResult {
  switch (ask.kind) {
    case "route": {
      const host = checkHost(ask.host, "wildcard-allowed")
      if (host.outcome === "invalid") return host
      const methods = listOnce(ask.methods?.map((method) => method.toUpperCase()))
      const paths = listOnce(ask.paths)
      if (methods?.some((method) => REFUSED_METHODS.has(method))) return invalid("CONNECT and TRACE cannot be allowed")
      if (paths?.some((path) => !isPathPrefix(path))) {
        return invalid("a path starts with '/' and holds no '..', '//', '?', '#', '%', ';', '\\' or hidden character")
      }
      return {
        outcome: "valid",
        ask: {
          kind: "route",
          host: host.text,
          ...(methods === undefined ? {} : { methods }),
          ...(paths === undefined ? {} : { paths }),
        },
      }
    }
    case "hold": {
      const host = checkHost(ask.host, "name-only")
      return host.outcome === "invalid" ? host : { outcome: "valid", ask: { ...ask, host: host.text } }
    }
    case "tool":
      return PACKAGE.test(ask.package) ? { outcome: "valid", ask } : invalid("invalid name of a package")
    case "budget":
      return PROVIDER.test(ask.provider) ? { outcome: "valid", ask } : invalid("invalid name of a provider")
  }
}

type Invalid = Extract<AskResult, { readonly outcome: "invalid" }>

function checkHost(
  text: string,
  form: "wildcard-allowed" | "name-only",
): { readonly outcome: "valid"; readonly text: string } | Invalid {
  const isWildcard = text.startsWith("*.")
  if (isWildcard && form === "name-only") return invalid("a held request names one host")
  const parsed = parseHostname(isWildcard ? text.slice(2) : text)
  if (parsed.kind === "malformed") return invalid(`invalid host: ${parsed.detail}`)
  if (parsed.kind === "ip") return invalid("an agent cannot ask for an address; the operator lists it in the bottle")
  if (isWildcard && !parsed.host.includes(".")) return invalid("a pattern over a whole top-level domain is too broad")
  if (parsed.host === INTERNAL_HOST || parsed.host.endsWith(`.${INTERNAL_HOST}`)) {
    return invalid("bot-bottle itself answers for this host")
  }
  return { outcome: "valid", text: isWildcard ? `*.${parsed.host}` : parsed.host }
}

const REFUSED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE"])
const PROVIDER = /^[a-z][a-z0-9-]{0,63}$/
const PACKAGE = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/i
/** Visible ASCII but for what `libs/egress` refuses under path rules. */
const PATH = /^\/[!$&'()*+,.\-/0-9:=@A-Z_a-z~]*$/

function isPathPrefix(path: string): boolean {
  return PATH.test(path) && !path.includes("//") && !path.split("/").some((part) => part === ".." || part === ".")
}

/** Sorted: the same ask is then the same text. An empty list allows nothing, so it counts as absent. */
function listOnce(values: readonly string[] | undefined): readonly string[] | undefined {
  return values === undefined || values.length === 0 ? undefined : [...new Set(values)].sort()
}

const bytesOf = (text: string) => new TextEncoder().encode(text).length

function invalid(problem: string): Invalid {
  return { outcome: "invalid", problem }
}
