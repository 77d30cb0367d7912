// A run's egress proxy as a process.
//
// The spawn contract is `serveLauncher`'s, with `encodeProxyConfig` and ProxyReport lines: when the
// launcher died, what is open is charged in full. Environment: BUN_CONFIG_MAX_HTTP_REQUESTS high
// (65336), no *_PROXY variables, nothing secret.

import type { ProxyConfig, ProxyReport } from "@bot-bottle/contracts"
import { MAX_PROXY_CONFIG, parseProxyConfig } from "@bot-bottle/contracts/messages/proxy-config"
import { serveLauncher } from "@bot-bottle/kernel"
import { checkEnvironment } from "./env.ts"
import { startHeartbeat } from "./heartbeat.ts"
import { openProxy } from "./open-proxy.ts"

void serveLauncher<ProxyConfig, ProxyReport>({
  title: "the proxy",
  maxConfigLength: MAX_PROXY_CONFIG,
  parse: parseProxyConfig,
  open(config, tools) {
    checkEnvironment()
    return openProxy(config, tools)
  },
  onReady: startHeartbeat,
})
