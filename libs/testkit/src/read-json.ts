// JSON of another process, read by the shape that a test expects of it. A text of another shape
// fails the test with the place and the text, not with an `undefined` later on.
//
//   readJson(stdout, [{ slug: "string", exit_code: "number?" }])

type Kind = "string" | "number" | "boolean" | "object" | "list" | "unknown"

/** A list has one shape for all its entries. `?`: may be null or absent. Fields that no shape names are passed over. */
export type Shape = Kind | `${Kind}?` | readonly [Shape] | { readonly [field: string]: Shape }

interface ValueOf {
  string: string
  number: number
  boolean: boolean
  object: Readonly<Record<string, unknown>>
  list: readonly unknown[]
  unknown: unknown
}

export type Shaped<S extends Shape> = S extends Kind
  ? ValueOf[S]
  : S extends `${infer K extends Kind}?`
    ? ValueOf[K] | null | undefined
    : S extends readonly [infer Entry extends Shape]
      ? readonly Shaped<Entry>[]
      : S extends { readonly [field: string]: Shape }
        ? { readonly [Field in keyof S]: Shaped<S[Field]> }
        : never

/** Throws an Error that names the place and shows the text. */
export function readJson<const S extends Shape>(text: string, shape: S): Shaped<S> {
  try {
    return readShape(JSON.parse(text), shape)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}, in ${text.slice(0, 2_000) || "no text"}`)
  }
}

/** For a value that is parsed already: the body of an answer. */
export function readShape<const S extends Shape>(value: unknown, shape: S): Shaped<S> {
  const problem = findProblem(value, shape, "the JSON")
  if (problem !== undefined) throw new Error(problem)
  return value as Shaped<S>
}

function findProblem(value: unknown, shape: Shape, place: string): string | undefined {
  if (typeof shape === "string") return isOfKind(value, shape) ? undefined : `${place} is not a ${shape}`
  if (isList(shape)) {
    if (!Array.isArray(value)) return `${place} is not a list`
    return firstOf(value.map((entry, index) => findProblem(entry, shape[0], `${place}[${index}]`)))
  }
  if (!isObject(value)) return `${place} is not an object`
  return firstOf(Object.entries(shape).map(([name, each]) => findProblem(value[name], each, `${place}.${name}`)))
}

function isOfKind(value: unknown, kind: string): boolean {
  const name = kind.replace("?", "")
  if (value == null && kind !== name) return true
  if (name === "unknown") return true
  if (name === "list") return Array.isArray(value)
  return name === "object" ? isObject(value) : typeof value === name
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined)
}
