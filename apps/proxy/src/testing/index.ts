// For tests of the proxy, here and under tests/: a client that sends anything, an upstream with any
// certificate, a whole proxy in this process or beside it. The product never imports it.

export { type ProxyProcess, startProxyProcess } from "./proxy-process.ts"
export { askThrough, connectRaw, openTls, openTunnel, type RawConnection, type RawResponse } from "./raw-connection.ts"
export { type RawServer, type RawServerOptions, startRawServer } from "./raw-server.ts"
export {
  openSocketOver,
  type RefusedHandshake,
  type SocketClient,
  type SocketClientOptions,
  type SocketWords,
} from "./socket-client.ts"
export { echo, type SocketUpstream, type SocketUpstreamOptions, startSocketUpstream } from "./socket-upstream.ts"
export { UNLISTED_REASON } from "./supervise-state.ts"
export {
  createRunFolders,
  type RunFolders,
  readEvents,
  route,
  SLUG,
  startTestProxy,
  type TestProxy,
  type TestProxyOptions,
  testConfig,
} from "./test-proxy.ts"
export {
  createTestCa,
  type SeenRequest,
  startUpstream,
  type TestCa,
  type Upstream,
  type UpstreamOptions,
} from "./upstream.ts"
