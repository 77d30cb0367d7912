// The completions of bash and zsh, which share two functions. Pure.
//
// `_bot_bottle_read WORDS…` reads the words before the cursor: `bb_path` is the longest command they
// name, `bb_at` how many arguments of it stand there. `_bot_bottle_words` prints what may come next.

import type { DescribedCommand } from "./describe-commands.ts"
import { flagsWithValue, flatten } from "./flatten.ts"
import { printSuggestions } from "./name-kinds.ts"

export function bashScript(commands: readonly DescribedCommand[]): string {
  // Bash cuts words at ':' and '=', and replaces only what follows the last one.
  return `# bash completion of bot-bottle: source <(bot-bottle completions bash)
${sharedFunctions(commands)}
_bot_bottle() {
  local bb_path bb_at previous cut line words program="\${COMP_WORDS[0]}" current=
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  case "\${COMP_LINE:0:COMP_POINT}" in
    *[[:space:]]) ;;
    *) current="\${words[\${#words[@]}-1]}"; unset "words[\${#words[@]}-1]" ;;
  esac
  previous="\${words[\${#words[@]}-1]}"
  case "$current" in --*=*) previous="\${current%%=*}"; current="\${current#*=}" ;; esac
  cut="\${current%"\${current##*:}"}"
  _bot_bottle_read "\${words[@]:1}"
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in "$current"*) COMPREPLY+=("\${line#"$cut"}") ;; esac
  done < <(_bot_bottle_words "$program" "$bb_path" "$previous" "$bb_at" | sort -u)
}
complete -o default -F _bot_bottle bot-bottle
`
}

export function zshScript(commands: readonly DescribedCommand[]): string {
  return `#compdef bot-bottle
# zsh completion of bot-bottle: source <(bot-bottle completions zsh)
${sharedFunctions(commands)}
_bot_bottle() {
  local bb_path bb_at previous="\${words[CURRENT-1]}"
  if [[ "\${words[CURRENT]}" == --*=* ]]; then previous="\${words[CURRENT]%%=*}"; compset -P '*='; fi
  _bot_bottle_read "\${(@)words[2,CURRENT-1]}"
  local -a found
  found=(\${(f)"$(_bot_bottle_words "\${words[1]}" "$bb_path" "$previous" "$bb_at")"})
  (( \${#found} )) && compadd -a found || _files
}
if (( $+functions[compdef] )); then compdef _bot_bottle bot-bottle; fi
`
}

function sharedFunctions(commands: readonly DescribedCommand[]): string {
  const all = flatten(commands)
  return [
    "_bot_bottle_words() {",
    '  case "$2/$3" in',
    ...all.flatMap(([path, command]) => valueCases(path, command)),
    '    *) case "$2" in',
    `      "") ${suggest([...commands.map(({ name }) => name), "--help", "--version"])} ;;`,
    ...all.map(([path, command]) => `      "${path}") ${wordsOf(command)} ;;`),
    "      esac ;;",
    "  esac",
    "}",
    "",
    "_bot_bottle_read() {",
    "  bb_path= bb_at=0",
    "  local word skip=",
    '  for word in "$@"; do',
    '    if [ -n "$skip" ]; then skip=; continue; fi',
    '    case "$word" in',
    // The rest belongs to the agent, or is a command of the bottle.
    "      --) bb_path=--; return ;;",
    `      -*) case "$bb_path/$word" in ${flagsWithValue(commands)
      .map((flag) => `"${flag}"`)
      .join("|")}) skip=1 ;; esac; continue ;;`,
    "    esac",
    '    case "$bb_path $word" in',
    `      ${all.map(([path]) => `"${path.includes(" ") ? path : ` ${path}`}"`).join("|")})`,
    '        [ -z "$bb_path" ] || bb_path="$bb_path "; bb_path="$bb_path$word"; bb_at=0 ;;',
    "      *) bb_at=$((bb_at + 1)) ;;",
    "    esac",
    "  done",
    "}",
    "",
  ].join("\n")
}

function valueCases(path: string, { options }: DescribedCommand): readonly string[] {
  return options.flatMap(({ flag, short, values }) =>
    values === undefined
      ? []
      : [`    "${path}/${flag}"${short === undefined ? "" : `|"${path}/${short}"`}) ${suggest(values)} ;;`],
  )
}

function wordsOf({ commands, arguments: all, options }: DescribedCommand): string {
  const cases = all.map(({ values, repeats }, at) => `${repeats ? "*" : at}) ${suggest(values)} ;;`)
  return [
    suggest([...options.map(({ flag }) => flag), "--help"]),
    ...(commands.length === 0 ? [] : [suggest(commands.map(({ name }) => name))]),
    ...(cases.length === 0 ? [] : [`case "$4" in ${cases.join(" ")} esac`]),
  ].join("; ")
}

function suggest(values: Parameters<typeof printSuggestions>[0]): string {
  return printSuggestions(values, '"$1"')
}
