// Says which parameter of a call is invalid, by its name and its rule. Never the value.

import * as v from "valibot"

export function describeInvalidParams(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue)
  if (field === null) return `the parameters are invalid: expected ${issue.expected ?? "an object"}`
  if (issue.expected === "never") return `parameter '${field.slice(0, 40)}' is unknown`
  if (issue.input === undefined) return `parameter '${field}' is missing`
  return `parameter '${field}' is invalid: expected ${issue.expected ?? issue.type.replaceAll("_", " ")}`
}
