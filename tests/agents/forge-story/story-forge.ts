// A forge as the story needs it: acme/widgets with the bot `runbot`, the member `alice` and the
// stranger `mallory`. The stand-in is one, the real Gitea another.

export interface StoryForge {
  /** With `/api/v1`. */
  readonly api: string
  /** The bot's. */
  readonly token: string
  /** From now on, deliveries go there, signed with the secret. */
  connect(url: string, secret: string): Promise<void>
  /** Alice opens it, assigns herself and labels it. */
  openIssue(issue: { readonly title: string; readonly body: string; readonly label: string }): Promise<number>
  comment(number: number, user: "alice" | "mallory", body: string): Promise<void>
  closePullRequest(number: number): Promise<void>
  /** In order. */
  comments(number: number): Promise<readonly { readonly user: string; readonly body: string }[]>
  /** Of pull requests and issues. */
  readBody(number: number): Promise<string>
  readFile(branch: string, path: string): Promise<string>
  /** Its newest commit. */
  findCommit(branch: string): Promise<string>
}
