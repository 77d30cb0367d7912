// The agent's body as a file in the guest: an argument holds 128 KiB at most, a file any prompt.

import type { GuestFile, GuestSetup } from "./provider.ts"

export const AGENT_FILE = ".bot-bottle/agent.md"

/** Undefined for an agent without a body. */
export function agentFile({
  guestHome,
  systemPrompt,
}: Pick<GuestSetup, "guestHome" | "systemPrompt">): { readonly file: GuestFile; readonly path: string } | undefined {
  if (systemPrompt.trim() === "") return undefined
  return { file: { path: AGENT_FILE, content: systemPrompt }, path: `${guestHome}/${AGENT_FILE}` }
}
