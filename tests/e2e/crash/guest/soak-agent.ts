// The agent of the soak, run by the Bun in the bottle: keeps several requests in flight, some
// streamed, some not, some abandoned half way, until somebody ends it.
//
// argv: the run's name, how many at once, the seed. Each request asks for a model of its own,
// `<run>-<worker>-<n>-stays`, or `…-leaves` for one that it means to abandon. By that name the test
// finds it in the bill and in the ledger.

const PROXY = "http://127.0.0.1:3128"

// The prompt comes last.
const [run, workers, seed] = process.argv.slice(-4)
let state = Number(seed) >>> 0

await Promise.all(Array.from({ length: Number(workers) }, (_, worker) => work(worker)))

async function work(worker: number): Promise<void> {
  for (let count = 0; ; count++) {
    const leaves = share() < 0.1
    const model = `${run}-${worker}-${count}-${leaves ? "leaves" : "stays"}`
    try {
      const outcome = await ask(model, leaves)
      process.stdout.write(`${outcome} ${model}\n`)
      if (outcome !== "whole") await Bun.sleep(20)
    } catch {
      // Torn by the provider, cut by the proxy, or abandoned by us: the ledger must know anyway.
      process.stdout.write(`broken ${model}\n`)
      await Bun.sleep(5)
    }
  }
}

async function ask(model: string, leaves: boolean): Promise<string> {
  const gone = new AbortController()
  if (leaves) setTimeout(() => gone.abort(), 60 * share())
  const response = await fetch("https://api.anthropic.com/v1/messages", {
    method: "POST",
    proxy: PROXY,
    signal: gone.signal,
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": "placeholder" },
    body: JSON.stringify({
      model,
      max_tokens: 50 + Math.floor(400 * share()),
      stream: share() < 0.6,
      messages: [{ role: "user", content: "work on ".repeat(1 + Math.floor(200 * share())) }],
    }),
  } as RequestInit)
  await response.text()
  return response.ok ? "whole" : `status-${response.status}`
}

function share(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

export {}
