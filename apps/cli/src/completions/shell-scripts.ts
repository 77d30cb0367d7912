// The completion script of each shell. Commands, flags and their fixed values stand in it; names
// of runs, agents and bottles are asked for when they are needed.
//
// Pure.

import type { DescribedCommand, DescribedOption, NameKind } from "./describe-commands.ts"

export const SHELLS = ["bash", "zsh", "fish"] as const
export type Shell = (typeof SHELLS)[number]

export function isShell(text: string): text is Shell {
  return SHELLS.some((shell) => shell === text)
}

export function scriptFor(shell: Shell, commands: readonly DescribedCommand[]): string {
  switch (shell) {
    case "bash":
      return bashScript(commands)
    case "zsh":
      return zshScript(commands)
    case "fish":
      return fishScript(commands)
  }
}

const ASKED: Readonly<Record<NameKind, readonly string[]>> = {
  runs: ["names:runs"],
  agents: ["names:agents"],
  bottles: ["names:bottles"],
  manifests: ["names:agents", "names:bottles"],
  scopes: ["names:scopes"],
  questions: ["names:questions"],
}

/** `start`, `budget set`: each with the words that lead to it. */
function flatten(commands: readonly DescribedCommand[], before = ""): readonly (readonly [string, DescribedCommand])[] {
  return commands.flatMap((command) => {
    const path = before === "" ? command.name : `${before} ${command.name}`
    return [[path, command] as const, ...flatten(command.commands, path)]
  })
}

/** Words of a POSIX shell that print the suggestions, one a line; for fish as well. */
function suggest(what: NameKind | readonly string[]): string {
  if (typeof what !== "string") return `printf '%s\\n' ${what.join(" ")}`
  return ASKED[what].map((names) => `command "$1" completions ${names} 2>/dev/null`).join("; ")
}

function wordsOf({ commands, argument, options }: DescribedCommand): string {
  const flags = [...options.map(({ flag }) => flag), "--help"]
  const parts = [
    `printf '%s\\n' ${flags.join(" ")}`,
    ...(commands.length === 0 ? [] : [suggest(commands.map(({ name }) => name))]),
    ...(argument === undefined ? [] : [suggest(argument)]),
  ]
  return parts.join("; ")
}

function valueCases(path: string, options: readonly DescribedOption[]): readonly string[] {
  return options
    .filter(({ value }) => value !== undefined)
    .map(({ flag, value = [] }) => `    "${path}/${flag}") ${value.length === 0 ? ":" : suggest(value)} ;;`)
}

/** The part that bash and zsh share: `_bot_bottle_words PROGRAM PATH PREVIOUS` prints what may come next. */
function posixFunction(commands: readonly DescribedCommand[]): string {
  const all = flatten(commands)
  return [
    "_bot_bottle_words() {",
    '  case "$2/$3" in',
    ...all.flatMap(([path, { options }]) => valueCases(path, options)),
    '    *) case "$2" in',
    `      "") ${suggest([...commands.map(({ name }) => name), "--help", "--version"])} ;;`,
    ...all.map(([path, command]) => `      "${path}") ${wordsOf(command)} ;;`),
    "      esac ;;",
    "  esac",
    "}",
    "",
    // The longest command that the words before the cursor name. `path` is a name of zsh's own.
    "_bot_bottle_path() {",
    "  local so_far= word",
    '  for word in "$@"; do',
    '    case "$word" in -*) continue ;; esac',
    '    case "$so_far $word" in',
    `      ${all.map(([path]) => `"${path.includes(" ") ? path : ` ${path}`}"`).join("|")})`,
    '        if [ -n "$so_far" ]; then so_far="$so_far $word"; else so_far="$word"; fi ;;',
    "    esac",
    "  done",
    `  printf '%s' "$so_far"`,
    "}",
    "",
  ].join("\n")
}

function bashScript(commands: readonly DescribedCommand[]): string {
  return `# bash completion of bot-bottle: source <(bot-bottle completions bash)
${posixFunction(commands)}
_bot_bottle() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" so_far line
  so_far="$(_bot_bottle_path "\${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in "$current"*) COMPREPLY+=("$line") ;; esac
  done < <(_bot_bottle_words "\${COMP_WORDS[0]}" "$so_far" "$previous" | sort -u)
}
complete -o default -F _bot_bottle bot-bottle
`
}

function zshScript(commands: readonly DescribedCommand[]): string {
  return `#compdef bot-bottle
# zsh completion of bot-bottle: source <(bot-bottle completions zsh)
${posixFunction(commands)}
_bot_bottle() {
  local so_far="$(_bot_bottle_path "\${(@)words[2,CURRENT-1]}")"
  local -a found
  found=(\${(f)"$(_bot_bottle_words "\${words[1]}" "$so_far" "\${words[CURRENT-1]}")"})
  (( \${#found} )) && compadd -a found || _files
}
if (( $+functions[compdef] )); then compdef _bot_bottle bot-bottle; fi
`
}

function fishScript(commands: readonly DescribedCommand[]): string {
  const all = flatten(commands)
  const lines = ["# fish completion of bot-bottle: bot-bottle completions fish | source", "complete -c bot-bottle -f"]
  for (const { name, description } of commands)
    lines.push(`complete -c bot-bottle -n __fish_use_subcommand -a ${name} -d ${fishText(description)}`)
  for (const [path, { argument, options, commands: below }] of all) {
    const when = fishText(
      path
        .split(" ")
        .map((word) => `__fish_seen_subcommand_from ${word}`)
        .join("; and "),
    )
    for (const { name, description } of below)
      lines.push(`complete -c bot-bottle -n ${when} -a ${name} -d ${fishText(description)}`)
    if (argument !== undefined) lines.push(`complete -c bot-bottle -n ${when} -a ${fishWords(argument)}`)
    for (const { flag, description, value } of options) {
      const takes = value === undefined ? "" : ` -x${value.length === 0 ? "" : ` -a ${fishWords(value)}`}`
      lines.push(`complete -c bot-bottle -n ${when} -l ${flag.slice(2)}${takes} -d ${fishText(description)}`)
    }
  }
  return `${lines.join("\n")}\n`
}

function fishWords(what: NameKind | readonly string[]): string {
  if (typeof what !== "string") return fishText(what.join(" "))
  return fishText(`(${ASKED[what].map((names) => `command bot-bottle completions ${names} 2>/dev/null`).join("; ")})`)
}

function fishText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`
}
