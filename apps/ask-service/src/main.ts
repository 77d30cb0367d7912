// The process by which a run's agent asks its operator.
//
// It enforces nothing and the proxy does not wait for it: its end is the end of the calls. The
// spawn contract is `serveLauncher`'s, with `encodeAskServiceConfig` and SidecarReport lines. The
// environment holds nothing secret.

import type { AskServiceConfig, SidecarReport } from "@bot-bottle/contracts"
import { MAX_ASK_SERVICE_CONFIG, parseAskServiceConfig } from "@bot-bottle/contracts/messages/ask-service-config"
import { serveLauncher } from "@bot-bottle/kernel"
import { openAskService } from "./open-ask-service.ts"

void serveLauncher<AskServiceConfig, SidecarReport>({
  title: "the ask service",
  maxConfigLength: MAX_ASK_SERVICE_CONFIG,
  parse: parseAskServiceConfig,
  open: (config, { reportFailure }) => openAskService(config, { nowMs: Date.now, reportFailure }),
})
