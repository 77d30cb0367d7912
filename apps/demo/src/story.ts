// Tells the demo as it happens: short sections, each figure as it was measured, and at the end
// the list of what had to hold.

import {
  asCount,
  asObject,
  asText,
  formatCount,
  type ProxyReport,
  parseJson,
  sanitizeLine,
} from "@bot-bottle/contracts"
import { DEMO_BUDGET_TOKENS, DEMO_KEY } from "./demo-host.ts"
import type { GuestEvent } from "./guest-events.ts"
import type { DemoScreen, Paragraph } from "./screen.ts"

export interface Story {
  /** In the order the agent said them. */
  guestSaid(event: GuestEvent): void
  proxySaid(report: ProxyReport): void
  section(title: string): void
  line(text: string): void
  claim(what: string, holds: boolean): void
  /** Prints the claims; true when every one holds. */
  conclude(): boolean
}

export function createStory(screen: DemoScreen): Story {
  const claims: { readonly what: string; readonly holds: boolean }[] = []
  let section = ""
  let number = 0
  let reply: Paragraph | undefined

  const story: Story = {
    section(title) {
      if (title === section) return
      section = title
      number += 1
      screen.print("")
      screen.print(screen.bold(`${number}  ${title}`))
    },
    line: (text) => screen.print(`   ${text}`),
    claim: (what, holds) => void claims.push({ what, holds }),

    guestSaid(event) {
      switch (event.kind) {
        case "keys":
          story.section("The key stays outside")
          story.line("the agent looks for keys and finds")
          screen.printCut(`   ${screen.colored("cyan", sanitizeLine(event.found))}`)
          return story.claim(
            "the bottle holds a placeholder, not the key",
            event.found !== "" && !event.found.includes(DEMO_KEY),
          )
        case "text":
          story.section("A metered streaming reply")
          reply ??= screen.openParagraph((text) => screen.colored("cyan", text))
          return reply.write(sanitizeLine(event.text))
        case "streamed":
          return reply?.end()
        case "knocked":
          return tellKnock(event)
        case "answer":
          return tellAnswer(event)
      }
    },

    proxySaid(report) {
      if (report.kind === "warning") {
        story.section(BUDGET_SECTION)
        return story.line(screen.colored("yellow", `${report.percent}% of the budget is used`))
      }
      if (report.kind !== "budget-exhausted") return
      const { usedTokens, limitTokens } = report.budget
      story.section(BUDGET_SECTION)
      story.line(
        screen.colored(
          "red",
          `cut off: ${formatCount(usedTokens)} of ${formatCount(limitTokens)} tokens are used, too few are left for a reply`,
        ),
      )
      story.claim("the run was cut off before it spent more than its budget", usedTokens <= limitTokens)
    },

    conclude() {
      story.section("The claims")
      for (const { what, holds } of claims) {
        story.line(`${holds ? screen.colored("green", "yes") : screen.colored("red", "NO ")}  ${what}`)
      }
      return claims.length > 0 && claims.every(({ holds }) => holds)
    },
  }
  return story

  function tellKnock({ authority, status, reason }: Extract<GuestEvent, { kind: "knocked" }>): void {
    // A host that is reached answers by itself; only the proxy gives a reason.
    const isOpen = reason === ""
    const answer = isOpen
      ? screen.colored("green", "answered by the host")
      : `${status} ${screen.colored("red", sanitizeLine(reason))}`
    if (section !== BUDGET_SECTION) story.section("Hosts, allowed and not")
    story.line(`the agent tries ${sanitizeLine(authority)}  ${answer}`)
    if (authority === UNLISTED) {
      story.claim("an unlisted host is refused, with its reason", status === 403 && reason === "host-not-allowed")
    } else if (section !== BUDGET_SECTION) {
      story.claim("a listed host is open", isOpen)
    } else {
      story.claim("after the cutoff that host is closed as well", status === 403 && reason === "cut-off")
    }
  }

  function tellAnswer({ status, body }: Extract<GuestEvent, { kind: "answer" }>): void {
    story.section(BUDGET_SECTION)
    const answer = parseAnswer(body)
    if (status === 200) {
      story.line(`a reply: ${formatTokens(answer, answer.inputTokens + answer.outputTokens)}`)
      return
    }
    // The command that follows names this run, and the demo keeps none.
    const [reason = ""] = sanitizeLine(answer.message).split(" bot-bottle ", 1)
    story.line(`the next request  ${status} ${screen.colored("red", reason)}`)
    story.claim("the agent is told in words why it was refused", status === 402 && /budget/i.test(answer.message))
  }
}

const UNLISTED = "example.com:443"
const BUDGET_SECTION = `A budget of ${DEMO_BUDGET_TOKENS} tokens runs out`

export interface TokenCounts {
  readonly inputTokens: number
  readonly outputTokens: number
}

export function formatTokens({ inputTokens, outputTokens }: TokenCounts, total: number): string {
  return `${inputTokens} input + ${outputTokens} output = ${total} tokens`
}

function parseAnswer(body: string): TokenCounts & { readonly message: string } {
  const answer = asObject(parseJson(body))
  if (answer === undefined) return { inputTokens: 0, outputTokens: 0, message: body.slice(0, 200) }
  const usage = asObject(answer["usage"])
  return {
    inputTokens: asCount(usage?.["input_tokens"]),
    outputTokens: asCount(usage?.["output_tokens"]),
    message: asText(asObject(answer["error"])?.["message"]) ?? "",
  }
}
