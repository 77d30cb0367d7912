// A run's forge sidecar as a process. The spawn contract is `serveLauncher`'s, with
// `encodeSidecarConfig` and SidecarReport lines. The environment holds nothing secret.

import type { SidecarConfig, SidecarReport } from "@bot-bottle/contracts"
import { MAX_SIDECAR_CONFIG, parseSidecarConfig } from "@bot-bottle/contracts/messages/forge/sidecar-config"
import { serveLauncher } from "@bot-bottle/kernel"
import { openSidecar } from "./open-sidecar.ts"

void serveLauncher<SidecarConfig, SidecarReport>({
  title: "the forge sidecar",
  maxConfigLength: MAX_SIDECAR_CONFIG,
  parse: parseSidecarConfig,
  open: (config, { reportFailure }) => openSidecar(config, { nowMs: Date.now, reportFailure }),
})
