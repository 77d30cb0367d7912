// The stand-in: a model provider of our own on loopback, with its own CA, that answers like
// the real one, remembers every request whole and keeps a bill. The demo and every test that
// needs a provider use it; nothing in it is used against a real one.

export type { PlainAnswer } from "./answers.ts"
export { mintServerCertificate, type ServerCertificate } from "./certificate.ts"
export {
  type BilledRequest,
  type ReceivedRequest,
  type StandIn,
  type StandInOptions,
  type StandInReply,
  startStandIn,
} from "./stand-in.ts"
