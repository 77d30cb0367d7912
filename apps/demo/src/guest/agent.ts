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

/** Sends one request and reports who answered it: the host, or the proxy with its reason. */
async function knock(authority: string): Promise<void> {
  const response = await fetch(`https://${authority}/`, { proxy, method: "HEAD" })
  tell({
    kind: "knocked",
    authority,
    status: response.status,
    reason: response.headers.get("x-bot-bottle-reason") ?? "",
  })
}

function tell(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

export {}
