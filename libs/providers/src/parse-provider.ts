// Judges what an operator's plugin exports as its provider: every field that a launch relies
// on, named when it is not what it must be.
//
// `check-outputs.ts` checks the values that its functions return.

import { asObject, type JsonObject, MODEL_API_NAMES, parseHostname } from "@bot-bottle/contracts"
import type { Provider } from "./provider.ts"

export type ProviderResult =
  | { readonly outcome: "parsed"; readonly provider: Provider }
  /** For example `routes[0].host must be a host name`. */
  | { readonly outcome: "broken"; readonly problems: readonly string[] }

/** `name`: the folder's; budgets and manifests know the provider by it. */
export function parseProvider(exported: unknown, name: string): ProviderResult {
  const given = asObject(exported)
  if (given === undefined) return { outcome: "broken", problems: ["it exports no object called 'provider'"] }
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(FIELDS, key))
  const problems = [
    ...unknown.map((key) => `unknown field '${key}'; valid here: ${Object.keys(FIELDS).join(", ")}`),
    ...Object.entries(FIELDS).flatMap(([key, check]) => check(given[key], key, name)),
    ...(given["toolchain"] === undefined && given["program"] === undefined
      ? ["it needs 'toolchain' (a package to install) or 'program' (a command of the system)"]
      : []),
  ]
  return problems.length === 0 ? { outcome: "parsed", provider: exported as Provider } : { outcome: "broken", problems }
}

type Check = (value: unknown, path: string, name: string) => readonly string[]

const text: Check = (value, path) => (typeof value === "string" && value !== "" ? [] : [`${path} must be a text`])
const callable: Check = (value, path) => (typeof value === "function" ? [] : [`${path} must be a function`])
const truth: Check = (value, path) => (typeof value === "boolean" ? [] : [`${path} must be true or false`])
const texts: Check = (value, path, name) => each(value, path, (one, place) => text(one, place, name))

const optional =
  (check: Check): Check =>
  (value, path, name) =>
    value === undefined ? [] : check(value, path, name)

const homePath: Check = (value, path) =>
  typeof value === "string" && value.split("/").every((part) => part !== "" && part !== "." && part !== "..")
    ? []
    : [`${path} must be a path inside the guest's home`]

const count: Check = (value, path) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? [] : [`${path} must be a whole number of tokens`]

const FIELDS: { readonly [K in keyof Required<Provider>]: Check } = {
  name: (value, path, name) => (value === name ? [] : [`${path} must be '${name}', as its folder is called`]),
  meters: texts,
  toolchain: optional(checkToolchain),
  firstRequestTokens: optional(count),
  program: optional((value, path, name) =>
    Array.isArray(value) && value.length === 0 ? [`${path} must not be empty`] : texts(value, path, name),
  ),
  image: optional(text),
  composeArgs: callable,
  conversation: optional(homePath),
  skillsFolder: optional(homePath),
  dispensable: optional((value, path) => each(value, path, checkDispensable)),
  routes: (value, path) => each(value, path, checkRoute),
  credentials: (value, path) => each(value, path, checkCredential),
  isCredentialFree: optional(truth),
  readsInputFirst: optional(truth),
  runsWithoutTerminal: optional(callable),
  placeholders: callable,
  guest: callable,
  registerMcp: optional(callable),
  configure: optional(callable),
}

function checkToolchain(value: unknown, path: string, name: string): readonly string[] {
  const given = asObject(value)
  if (given === undefined) return [`${path} must be an object`]
  return [
    ...text(given["npmPackage"], `${path}.npmPackage`, name),
    ...(/^\d+\.\d+\.\d+(?:[-+][\w.-]+)?$/.test(String(given["version"]))
      ? []
      : [`${path}.version must be one exact version`]),
    ...homePath(given["executable"], `${path}.executable`, name).map((problem) =>
      problem.replace("the guest's home", "the installed package tree"),
    ),
    ...oneOf(given["interpreter"], `${path}.interpreter`, [undefined, "bun"]),
  ]
}

function checkDispensable(value: unknown, path: string): readonly string[] {
  const given = asObject(value)
  if (given === undefined) return [`${path} must be an object`]
  return [...text(given["host"], `${path}.host`, ""), ...text(given["path"], `${path}.path`, "")]
}

function checkRoute(value: unknown, path: string): readonly string[] {
  const given = asObject(value)
  if (given === undefined) return [`${path} must be an object`]
  const { host, port, metering } = given
  const name = typeof host === "string" ? parseHostname(host.replace(/^\*\./, "")) : undefined
  const isCanonical =
    name !== undefined && name.kind !== "malformed" && name.host === (host as string).replace(/^\*\./, "")
  return [
    ...(isCanonical ? [] : [`${path}.host must be a host name in lower case`]),
    ...(Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535
      ? []
      : [`${path}.port must be 1 to 65535`]),
    ...oneOf(given["scheme"], `${path}.scheme`, ["https", "http"]),
    ...oneOf(given["effect"], `${path}.effect`, ["allow", "deny"]),
    ...(typeof given["inspect"] === "boolean" ? [] : [`${path}.inspect must be true or false`]),
    ...(given["matches"] === "every" || Array.isArray(given["matches"])
      ? []
      : [`${path}.matches must be 'every' or a list`]),
    ...(typeof given["origin"] === "string" ? [] : [`${path}.origin must be a text`]),
    ...(metering === undefined ? [] : checkMetering(asObject(metering) ?? {}, `${path}.metering`, given)),
  ]
}

function checkMetering({ provider, api }: JsonObject, path: string, { inspect }: JsonObject): readonly string[] {
  return [
    ...(typeof provider === "string" && provider !== "" ? [] : [`${path}.provider must be a provider's name`]),
    ...(typeof api === "string" && MODEL_API_NAMES.includes(api)
      ? []
      : [`${path}.api is not a model API of this version`]),
    ...(inspect === true ? [] : [`${path} needs 'inspect: true': what is not seen cannot be metered`]),
  ]
}

function checkCredential(value: unknown, path: string): readonly string[] {
  const given = asObject(value)
  if (given === undefined) return [`${path} must be an object`]
  const kind = oneOf(given["kind"], `${path}.kind`, ["variable", "login"])
  const named = [...text(given["name"], `${path}.name`, ""), ...text(given["title"], `${path}.title`, "")]
  if (kind.length > 0 || given["kind"] === "login")
    return [...kind, ...named, ...(kind.length > 0 ? [] : checkLogin(given, path))]
  const injection = asObject(given["injection"])
  const { header, template } = injection ?? {}
  return [
    ...named,
    ...(typeof header === "string" && /^[a-z][a-z0-9-]*$/.test(header)
      ? []
      : [`${path}.injection.header must be a header's name in lower case`]),
    ...(typeof template === "string" && template.includes("{secret}")
      ? []
      : [`${path}.injection.template must contain {secret}`]),
  ]
}

function checkLogin(given: JsonObject, path: string): readonly string[] {
  return [
    ...each(given["files"], `${path}.files`, (file, place) => [
      ...text(asObject(file)?.["variable"], `${place}.variable`, ""),
      ...text(asObject(file)?.["path"], `${place}.path`, ""),
    ]),
    ...text(given["renew"], `${path}.renew`, ""),
    ...callable(given["read"], `${path}.read`, ""),
  ]
}

function each(
  value: unknown,
  path: string,
  check: (one: unknown, place: string) => readonly string[],
): readonly string[] {
  if (!Array.isArray(value)) return [`${path} must be a list`]
  return value.flatMap((one, index) => check(one, `${path}[${index}]`))
}

function oneOf(value: unknown, path: string, words: readonly (string | undefined)[]): readonly string[] {
  const shown = words.filter((word) => word !== undefined).map((word) => `'${word}'`)
  return words.includes(value as string | undefined) ? [] : [`${path} must be ${shown.join(" or ")}`]
}
