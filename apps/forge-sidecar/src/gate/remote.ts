// How the gate talks to a repository's remote: the token travels in Git's own environment,
// never in an argument or a file, and no redirect carries it elsewhere.

import type { SidecarRepository } from "@bot-bottle/contracts"

/** Variables for a Git process that talks to the remote. `rootsFile`: undefined for Git's own roots. */
export function remoteEnvironment(
  { url, token }: SidecarRepository,
  rootsFile: string | undefined,
): Readonly<Record<string, string>> {
  const settings: (readonly [string, string])[] = [
    ["http.followRedirects", "false"],
    ["credential.helper", ""],
    ["push.followTags", "false"],
    ...(rootsFile === undefined ? [] : [["http.sslCAInfo", rootsFile] as const]),
  ]
  if (token !== undefined) {
    // Forges take any user name with a token for its password.
    const basic = Buffer.from(`bot-bottle:${token.reveal()}`).toString("base64")
    settings.push([`http.${new URL(url).origin}/.extraHeader`, `Authorization: Basic ${basic}`])
  }
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return { GIT_CONFIG_COUNT: `${settings.length}`, ...Object.fromEntries(pairs) }
}

/** A remote's words for the agent: without our token, our address of it and our files. */
export function cleanRemoteWords(text: string, { url, token }: SidecarRepository): string {
  const secrets =
    token === undefined ? [] : [token.reveal(), Buffer.from(`bot-bottle:${token.reveal()}`).toString("base64")]
  const plain = text.replace(/ CAfile: .*| CRLfile: .*/g, "")
  return [url, new URL(url).origin, ...secrets].reduce((words, hidden) => words.replaceAll(hidden, "[remote]"), plain)
}
