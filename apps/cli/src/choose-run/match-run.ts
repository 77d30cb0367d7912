// Which run an operator means: a slug, a prefix of one, a label, or `@last`. Pure.
//
// A name that fits several runs is refused with all of them: an action on the wrong run
// cannot be taken back.

import type { Run, Slug } from "@bot-bottle/contracts"

export const LAST = "@last"

export type RunMatch =
  | { readonly outcome: "found"; readonly slug: Slug }
  | { readonly outcome: "unknown" }
  | { readonly outcome: "none-of-this-folder" }
  /** Newest first. */
  | { readonly outcome: "ambiguous"; readonly slugs: readonly Slug[] }

type Named = Pick<Run, "slug" | "label" | "status">

export interface MatchOptions {
  /** The run was started on the operator's current folder. */
  readonly isOfThisFolder: (slug: Slug) => boolean
}

/** `runs`: newest first. A running run wins over finished ones that share its label. */
export function matchRun(runs: readonly Named[], name: string, { isOfThisFolder }: MatchOptions): RunMatch {
  if (name === LAST) {
    const last = runs.find(({ slug }) => isOfThisFolder(slug))
    return last === undefined ? { outcome: "none-of-this-folder" } : { outcome: "found", slug: last.slug }
  }
  const exact = runs.find(({ slug }) => slug === name)
  if (exact !== undefined) return { outcome: "found", slug: exact.slug }

  const labelled = runs.filter(({ label }) => label === name)
  const fits = labelled.length > 0 ? labelled : runs.filter(({ slug }) => name !== "" && slug.startsWith(name))
  const live = fits.filter(({ status }) => status === "running" || status === "cut")
  const chosen = live.length > 0 ? live : fits
  const [only, ...others] = chosen
  if (only === undefined) return { outcome: "unknown" }
  if (others.length > 0) return { outcome: "ambiguous", slugs: chosen.map(({ slug }) => slug) }
  return { outcome: "found", slug: only.slug }
}
