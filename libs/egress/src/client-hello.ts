// Reads the server name out of a TLS ClientHello. Pure; never more than 16 KiB.

export type ClientHello =
  | { readonly kind: "incomplete" }
  | { readonly kind: "not-tls" }
  | { readonly kind: "hello"; readonly serverName: string | undefined }

export function readClientHello(bytes: Uint8Array): ClientHello {
  throw new Error(`to be built: ${bytes}`)
}
