// The stand-in: a model provider of our own on loopback, with its own CA, that answers like
// the real one, remembers every request whole and keeps a bill. The demo and every test that
// needs a provider use it; nothing in it is used against a real one.

export { mintServerCertificate, type ServerCertificate } from "./certificate.ts"
export type { BilledRequest, PlainAnswer, ReceivedRequest, StandInOptions, StandInReply } from "./exchange.ts"
export { createInvoice, type Invoice, type InvoicedRequest } from "./invoice.ts"
export {
  createLoginAuthority,
  type IssuedTokens,
  type LoginAuthority,
  type LoginAuthorityOptions,
} from "./login-authority.ts"
export { type StandIn, startStandIn } from "./stand-in.ts"
