// The image that every agent can work in, and the name under which an engine keeps it.

export const DEFAULT_DOCKERFILE = `FROM debian:bookworm-slim
RUN apt-get update \\
 && apt-get install -y --no-install-recommends ca-certificates curl git less nodejs procps python3 ripgrep \\
 && rm -rf /var/lib/apt/lists/*
`

/** The name under which the default image is kept: another Dockerfile is another image. */
export const DEFAULT_IMAGE = `bot-bottle/agent:${hashOf(DEFAULT_DOCKERFILE)}`

/** Names a Dockerfile: another text is another image. */
export function hashOf(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 12)
}
