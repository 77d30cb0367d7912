// Which names of a project folder make programs of the operator's run something, only because
// the folder is opened, entered or looked at. One table, for both ways a workspace meets the
// original folder: bind mode keeps an agent from them, `apply` holds them back.
//
// Not here: what runs when the operator runs the project itself (package.json, Makefile, tests,
// .gitattributes, which can only name a driver that Git's own configuration defines). That is
// the agent's work, and is to be reviewed.
//
//   INV-151  An agent must not write files that make the host run something: bind mode blocks or
//            quarantines it, `apply` brings it only when asked to by name.

import { type BytePath, namesOf } from "@bot-bottle/kernel"
import { foldName } from "./folded-name.ts"
import { type HideRules, isSecretPath } from "./secret-names.ts"

export interface ProtectedName {
  /** A whole name, in lower case, at any depth; with a leading `*` the end of one. */
  readonly name: string
  readonly why: string
  /**
   * In bind mode, where it is absent at the top of the folder. `blocked`: it cannot be made. `quarantined`: it is
   * taken away when the run ends; for names that are too many, or too rare, to block each.
   */
  readonly whenAbsent: "blocked" | "quarantined"
}

// biome-ignore format: a table
export const PROTECTED_NAMES: readonly ProtectedName[] = [
  { name: ".git",                    whenAbsent: "blocked",     why: "Git runs hooks and programs its configuration names" },
  { name: ".claude",                 whenAbsent: "blocked",     why: "Claude Code runs hooks, status lines and plugins of its settings" },
  { name: ".mcp.json",               whenAbsent: "blocked",     why: "agents start the MCP servers it names" },
  { name: ".codex",                  whenAbsent: "blocked",     why: "Codex runs hooks and MCP servers of its configuration" },
  { name: ".pi",                     whenAbsent: "blocked",     why: "Pi loads extensions from it" },
  { name: ".gemini",                 whenAbsent: "blocked",     why: "Gemini CLI runs hooks and MCP servers of its settings" },
  { name: ".cursor",                 whenAbsent: "blocked",     why: "Cursor runs hooks and MCP servers it names" },
  { name: ".vscode",                 whenAbsent: "blocked",     why: "VS Code runs tasks and programs its settings name" },
  { name: ".idea",                   whenAbsent: "blocked",     why: "JetBrains IDEs run configurations and watchers from it" },
  { name: ".zed",                    whenAbsent: "blocked",     why: "Zed runs tasks and language servers its settings name" },
  { name: ".devcontainer",           whenAbsent: "blocked",     why: "its initializeCommand runs on the host" },
  { name: ".envrc",                  whenAbsent: "blocked",     why: "direnv runs it when the folder is entered" },
  { name: ".husky",                  whenAbsent: "blocked",     why: "Git hooks live there" },
  { name: ".githooks",               whenAbsent: "blocked",     why: "Git hooks live there" },
  { name: ".windsurf",               whenAbsent: "quarantined", why: "Windsurf runs hooks it names" },
  { name: ".kiro",                   whenAbsent: "quarantined", why: "Kiro runs hooks and MCP servers it names" },
  { name: ".opencode",               whenAbsent: "quarantined", why: "OpenCode loads plugins from it" },
  { name: "opencode.json",           whenAbsent: "quarantined", why: "OpenCode starts the MCP servers it names" },
  { name: "opencode.jsonc",          whenAbsent: "quarantined", why: "OpenCode starts the MCP servers it names" },
  { name: ".devcontainer.json",      whenAbsent: "quarantined", why: "its initializeCommand runs on the host" },
  { name: "*.code-workspace",        whenAbsent: "quarantined", why: "VS Code runs tasks and programs its settings name" },
  { name: ".fleet",                  whenAbsent: "quarantined", why: "Fleet runs configurations from it" },
  { name: ".run",                    whenAbsent: "quarantined", why: "JetBrains IDEs run configurations from it" },
  { name: ".helix",                  whenAbsent: "quarantined", why: "Helix starts the language servers it names" },
  { name: ".exrc",                   whenAbsent: "quarantined", why: "Vim may run it when it starts in the folder" },
  { name: ".nvimrc",                 whenAbsent: "quarantined", why: "Neovim may run it when it starts in the folder" },
  { name: ".nvim.lua",               whenAbsent: "quarantined", why: "Neovim may run it when it starts in the folder" },
  { name: ".vimrc",                  whenAbsent: "quarantined", why: "Vim may run it when it starts in the folder" },
  { name: ".lvimrc",                 whenAbsent: "quarantined", why: "a Vim plugin runs it when a file is opened" },
  { name: ".dir-locals.el",          whenAbsent: "quarantined", why: "Emacs evaluates it when a file is opened" },
  { name: ".dir-locals-2.el",        whenAbsent: "quarantined", why: "Emacs evaluates it when a file is opened" },
  { name: "bunfig.toml",             whenAbsent: "quarantined", why: "Bun runs what it preloads when it starts in the folder" },
  { name: ".mise.toml",              whenAbsent: "quarantined", why: "mise runs it when the folder is entered" },
  { name: "mise.toml",               whenAbsent: "quarantined", why: "mise runs it when the folder is entered" },
  { name: ".autoenv",                whenAbsent: "quarantined", why: "autoenv runs it when the folder is entered" },
  { name: ".autoenv.zsh",            whenAbsent: "quarantined", why: "autoenv runs it when the folder is entered" },
  { name: "mise.local.toml",         whenAbsent: "quarantined", why: "mise runs it when the folder is entered" },
  { name: ".mise.local.toml",        whenAbsent: "quarantined", why: "mise runs it when the folder is entered" },
  { name: ".rvmrc",                  whenAbsent: "quarantined", why: "rvm runs it when the folder is entered" },
  { name: ".aider.conf.yml",         whenAbsent: "quarantined", why: "Aider runs the commands it names" },
  { name: ".roo",                    whenAbsent: "quarantined", why: "Roo Code starts the MCP servers it names" },
  { name: ".amazonq",                whenAbsent: "quarantined", why: "Amazon Q starts the MCP servers it names" },
  { name: ".qwen",                   whenAbsent: "quarantined", why: "Qwen Code runs hooks and MCP servers of its settings" },
  { name: ".crush.json",             whenAbsent: "quarantined", why: "Crush starts the MCP servers it names" },
  { name: "crush.json",              whenAbsent: "quarantined", why: "Crush starts the MCP servers it names" },
  { name: ".bot-bottle",             whenAbsent: "quarantined", why: "bot-bottle offers the agents in it, and each names its bottle" },
  { name: ".pre-commit-config.yaml", whenAbsent: "quarantined", why: "an installed pre-commit hook runs what it names" },
  { name: "lefthook.yml",            whenAbsent: "quarantined", why: "an installed lefthook runs what it names" },
  { name: "lefthook.yaml",           whenAbsent: "quarantined", why: "an installed lefthook runs what it names" },
  { name: ".lefthook.yml",           whenAbsent: "quarantined", why: "an installed lefthook runs what it names" },
  { name: "lefthook-local.yml",      whenAbsent: "quarantined", why: "an installed lefthook runs what it names" },
]

const WHOLE = new Map(PROTECTED_NAMES.map((entry) => [entry.name, entry]))
const ENDINGS = PROTECTED_NAMES.filter(({ name }) => name.startsWith("*"))

/** By what some file system may read the name as. */
export function findProtectedName(name: string): ProtectedName | undefined {
  const folded = foldName(name)
  return WHOLE.get(folded) ?? ENDINGS.find((entry) => folded.endsWith(entry.name.slice(1)))
}

/** Why this path is held back, in words; undefined when it is not. */
export function protectionOf(path: BytePath): string | undefined {
  for (const name of namesOf(path)) {
    const found = findProtectedName(name)
    if (found !== undefined) return found.why
  }
  return undefined
}

/** The names of `apply`'s drafts in the operator's folder begin with this; it removes them again. */
export const DRAFT_PREFIX = ".bot-bottle-apply-"

/** Why this path never comes back, whatever is asked for; in words. */
export function whyNeverBrought(path: BytePath, hide: HideRules): string | undefined {
  if (isSecretPath(path, hide)) return "it may hold a secret, by its name"
  for (const name of namesOf(path).map(foldName)) {
    if (name === ".git") return "it is Git's own, or would be on some file systems"
    if (name.startsWith(DRAFT_PREFIX)) return "its name is bot-bottle's own"
  }
  return undefined
}
