// The SDKs of the model providers, as clients of the compatibility table.

import { type Client, NODE, NPM, node, PYTHON, python } from "./client.ts"

export const SDK_CLIENTS: readonly Client[] = [
  {
    name: "OpenAI SDK for Python",
    does: "a response, and a chat, streamed",
    part: "python",
    needs: [PYTHON],
    script: python(`import openai
client = openai.OpenAI(api_key="sk-placeholder", max_retries=0)
print(client.responses.create(model="gpt-5", input="Hi").output_text)
for chunk in client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "Hi"}], stream=True):
    print(*[choice.delta.content or "" for choice in chunk.choices], end="")`),
  },
  {
    name: "OpenAI SDK for TypeScript",
    does: "a response, streamed, and a chat",
    part: "npm",
    needs: [NODE],
    script: node(`import OpenAI from "${NPM}/openai/index.mjs"
const client = new OpenAI({ apiKey: "sk-placeholder", maxRetries: 0 })
for await (const event of await client.responses.create({ model: "gpt-5", input: "Hi", stream: true })) if (event.type === "response.output_text.delta") process.stdout.write(event.delta)
console.log((await client.chat.completions.create({ model: "gpt-5", messages: [{ role: "user", content: "Hi" }] })).choices[0].message.content)`),
  },
  {
    name: "Anthropic SDK for Python",
    does: "a message, and one streamed",
    part: "python",
    needs: [PYTHON],
    script: python(`import anthropic
client = anthropic.Anthropic(api_key="sk-ant-placeholder", max_retries=0)
asked = dict(model="claude-opus-4-5", max_tokens=100, messages=[{"role": "user", "content": "Hi"}])
print(client.messages.create(**asked).content[0].text)
with client.messages.stream(**asked) as stream: print("".join(stream.text_stream))`),
  },
  {
    name: "Anthropic SDK for TypeScript",
    does: "a message, streamed",
    part: "npm",
    needs: [NODE],
    script: node(`import Anthropic from "${NPM}/@anthropic-ai/sdk/index.mjs"
const client = new Anthropic({ apiKey: "sk-ant-placeholder", maxRetries: 0 })
const asked = { model: "claude-opus-4-5", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] }
console.log(await client.messages.stream(asked).finalText())`),
  },
]
