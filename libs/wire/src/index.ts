// Wire: HTTP/1.1 as bytes in, events out, and the few bytes that leave instead of those that
// came. It refuses what two parsers could read differently and repairs nothing, so what is
// relayed is exactly what was judged. No I/O: whoever has a socket feeds it.

export { BodyReader, type Tap } from "./body-reader.ts"
export { continueChunk, mayEndAfter, owedPayload } from "./continue-chunk.ts"
export { type Fields, fieldValue, MAX_LINES } from "./fields.ts"
export { CHUNKED, type Framing, NO_BODY, UNTIL_CLOSE } from "./framing.ts"
export { type RefusedHead, type RequestHead, type ResponseHead, readRequestHead, readResponseHead } from "./head.ts"
export { findHeadEnd, type HeadEnd, MAX_HEAD_BYTES } from "./head-scan.ts"
export { statusPhrase } from "./status-phrase.ts"
export { joinHead, LAST_CHUNK, lastChunk, writeChunk, writeHead } from "./write.ts"
