// The stages of long steps, for a line that moves while they last.

import { sanitizeLine } from "@bot-bottle/contracts"
import type { ControlEvent } from "@bot-bottle/control"

export type StepWords =
  | { readonly outcome: "stage"; readonly stage: string }
  | { readonly outcome: "over" }
  | { readonly outcome: "no-step" }

export function describeStep(event: ControlEvent): StepWords {
  switch (event.kind) {
    case "toolchain-install":
      if (event.step === "done") return { outcome: "over" }
      return {
        outcome: "stage",
        stage:
          event.step === "installing"
            ? `installing ${event.what}`
            : `waiting for another launch to install ${event.what}`,
      }
    case "image-prepare":
      return event.step === "done" ? { outcome: "over" } : { outcome: "stage", stage: event.what }
    case "workspace-copy":
      return event.step === "done"
        ? { outcome: "over" }
        : { outcome: "stage", stage: `copying ${sanitizeLine(event.folder)} into the bottle` }
    case "shutdown-step":
      return event.step === "done"
        ? { outcome: "over" }
        : { outcome: "stage", stage: `${SHUTDOWN[event.step]} ${event.slug}${WITHOUT[event.step]}` }
    default:
      return { outcome: "no-step" }
  }
}

const SHUTDOWN = {
  "closing-egress": "closing the egress of",
  stopping: "stopping",
  "stopping-without-launcher": "stopping",
} as const

const WITHOUT = {
  "closing-egress": "",
  stopping: "",
  "stopping-without-launcher": " without its launcher",
} as const
