// Stands between a host and the forge, and holds answers back: the host is then stopped or killed there.

/** Passes calls on to the forge. From `hangAt` on, those that match are answered there, and their answers are held back. */
export function openSlowForge() {
  let target = ""
  let hanging: { readonly pattern: RegExp; readonly onHang: () => void; readonly released: Promise<void> } | undefined
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const { method, headers } = request
      const body = method === "GET" ? {} : { body: await request.arrayBuffer() }
      const response = await fetch(`${target}${pathname}${search}`, { method, headers, ...body })
      const answer = new Response(await response.arrayBuffer(), response)
      if (method === "GET" && hanging?.pattern.test(pathname) === true) {
        hanging.onHang()
        await hanging.released
      }
      return answer
    },
  })
  return {
    before(api: string) {
      target = new URL(api).origin
      return `http://127.0.0.1:${server.port}/api/v1`
    },
    /** Resolves once a call hangs. */
    async hangAt(pattern: RegExp, released: Promise<void>) {
      await new Promise<void>((resolve) => {
        hanging = { pattern, onHang: resolve, released }
      })
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}
