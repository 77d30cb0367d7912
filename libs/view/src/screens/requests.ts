// The table of a run's metered requests: short numbers where the screen is narrow, exact ones
// where there is room.

import { type Frame, isWide } from "../frame.ts"
import type { RequestView } from "../host-view.ts"
import { type Line, line, type Span, span } from "../line.ts"
import { clock, cut, exactCount, money, padEnd, padStart, shortCount } from "../text.ts"

interface Figure {
  readonly title: string
  readonly width: number
  readonly of: (request: RequestView) => number
}

const NARROW: readonly Figure[] = [
  { title: "IN", width: 7, of: ({ input_tokens }) => input_tokens },
  { title: "CACHED", width: 8, of: (row) => row.cache_read_tokens + row.cache_write_tokens },
  { title: "OUT", width: 7, of: ({ output_tokens }) => output_tokens },
]
const WIDE: readonly Figure[] = [
  { title: "INPUT", width: 9, of: ({ input_tokens }) => input_tokens },
  { title: "CACHE READ", width: 11, of: (row) => row.cache_read_tokens },
  { title: "CACHE WRITE", width: 12, of: (row) => row.cache_write_tokens },
  { title: "OUTPUT", width: 9, of: ({ output_tokens }) => output_tokens },
  { title: "REASONING", width: 10, of: (row) => row.reasoning_tokens },
]

export function requestTable(requests: readonly RequestView[], rows: number, frame: Frame): readonly Line[] {
  const wide = isWide(frame)
  const figures = wide ? WIDE : NARROW
  const hasCost = wide && requests.some(({ cost_usd }) => cost_usd !== null)
  const chargedWidth = wide ? 10 : 8
  const modelWidth = wide ? 22 : Math.max(8, Math.min(19, frame.columns - 61))
  const titles = [
    `  ${padEnd("TIME", 8)}  ${padEnd("MODEL", modelWidth)}`,
    ...figures.map(({ title, width }) => padStart(title, width)),
    padStart("CHARGED", chargedWidth),
    ...(hasCost ? [padStart("COST", 9)] : []),
    padStart("TOOK", 7),
  ]
  if (requests.length === 0) return [line(span("  no requests yet", "dim"))]
  return [
    line(span(titles.join(" "), "dim")),
    ...requests.slice(0, Math.max(0, rows - 1)).map((request) => {
      const isOpen = request.status === "reserved"
      const count = wide ? exactCount : shortCount
      const none = frame.glyphs.none
      const cells = figures.map(({ width, of }) => padStart(isOpen ? none : count(of(request)), width))
      const charged = isOpen
        ? `${frame.glyphs.atMost}${wide ? " " : ""}${shortCount(request.reserved_tokens)}`
        : count(request.charged_tokens)
      const cost = request.cost_usd === null ? none : money(request.cost_usd)
      return line(
        span(`  ${clock(request.startedAtMs, frame.zoneOffsetMs, "seconds")}`, isOpen ? "accent" : "dim"),
        span(`  ${padEnd(cut(request.model, modelWidth, frame.glyphs.ellipsis), modelWidth)} `),
        span(cells.join(" "), "dim"),
        span(` ${padStart(charged, chargedWidth)}`, isOpen ? "reserved" : "text"),
        ...(hasCost ? [span(` ${padStart(cost, 9)}`)] : []),
        span(` ${padStart(took(request, frame.nowMs), 7)}`, "dim"),
        ...noteOf(request),
      )
    }),
  ]
}

function took({ startedAtMs, endedAtMs }: RequestView, nowMs: number): string {
  const ms = Math.max(0, (endedAtMs ?? nowMs) - startedAtMs)
  return ms < 100_000
    ? `${(ms / 1000).toFixed(1)}s`
    : `${Math.floor(ms / 60_000)}m ${Math.floor((ms % 60_000) / 1000)}s`
}

function noteOf({ status, upstream_status }: RequestView): readonly Span[] {
  switch (status) {
    case "reserved":
      return [span("  open", "accent")]
    case "settled":
    case "released":
      return []
    case "cut_short":
      return [span("  cut short", "warn")]
    case "failed":
      return [span(`  failed${upstream_status === null ? "" : ` ${upstream_status}`}`, "bad")]
  }
}
