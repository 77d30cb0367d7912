import type { Provider } from "./provider.ts"

export function findProvider(name: string): Provider | undefined {
  throw new Error(`to be built: ${name}`)
}

export function listProviders(): readonly Provider[] {
  throw new Error("to be built")
}
