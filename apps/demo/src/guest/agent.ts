// The demo's agent: runs inside the bottle, on the Bun that is mounted there, with nothing
// installed. It knows no limits and asks for no permission; it tells its host side what it
// met, one JSON line each.

const [proxy = ""] = process.argv.slice(2)
const API = "https://api.anthropic.com/v1/messages"
const MAX_REQUESTS = 12

await lookForKeys()
await ask("Say hello from inside the bottle.", { stream: true })
// The host side reads its ledger now, and shows it.
await Bun.sleep(300)
await knock("docs.example.com:443")
await knock("example.com:443")
for (let request = 2; request <= MAX_REQUESTS; request += 1) {
  if ((await ask(`Question ${request}: what is in this bottle?`, { stream: false })) !== 200) break
}
await knock("docs.example.com:443")

/** The secrets that a stolen bottle would yield. */
async function lookForKeys(): Promise<void> {
  const environment = (await Bun.file("/proc/self/environ").text()).split("\0")
  tell({ kind: "keys", found: environment.filter((line) => line.startsWith("ANTHROPIC_API_KEY=")).join() })
}

async function ask(question: string, { stream }: { readonly stream: boolean }): Promise<number> {
  const response = await fetch(API, {
    method: "POST",
    proxy,
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": "none of mine" },
    body: JSON.stringify({
      model: "demo-model",
      max_tokens: 160,
      stream,
      messages: [{ role: "user", content: question }],
    }),
  })
  if (stream && response.ok && response.body) await readStream(response.body)
  else tell({ kind: "answer", status: response.status, body: await response.text() })
  return response.status
}

async function readStream(body: ReadableStream<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ""
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines.filter((line) => line.startsWith("data: "))) {
      const event = JSON.parse(line.slice("data: ".length))
      if (event.delta?.text !== undefined) tell({ kind: "text", text: event.delta.text })
      if (event.type === "message_stop") tell({ kind: "streamed" })
    }
  }
}

/** Asks for a tunnel and reports the answer's head. */
async function knock(authority: string): Promise<void> {
  const { hostname, port } = new URL(proxy)
  const head = Promise.withResolvers<string>()
  let said = ""
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_socket, bytes) => {
        said += bytes.toString()
        if (said.includes("\r\n\r\n")) head.resolve(said)
      },
      close: () => head.resolve(said),
    },
  })
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  const [first = "", ...fields] = (await head.promise).split("\r\n")
  const reason = fields.find((field) => field.toLowerCase().startsWith("x-bot-bottle-reason:"))
  tell({ kind: "knocked", authority, status: Number(first.split(" ")[1]), reason: reason?.split(": ")[1] ?? "" })
  socket.end()
}

function tell(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

export {}
