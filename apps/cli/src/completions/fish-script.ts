// The completions of fish, which describe each word. Pure.
//
// `__bot_bottle_at PATH N` holds where the words before the cursor name this command and N of its
// arguments; `N+` stands for N or more.

import type { DescribedCommand, DescribedOption, Values } from "./describe-commands.ts"
import { flagsWithValue, flatten } from "./flatten.ts"
import { printSuggestions } from "./name-kinds.ts"

export function fishScript(commands: readonly DescribedCommand[]): string {
  const all = flatten(commands)
  const lines = all.flatMap(([path, { arguments: places, options, commands: below }]) => [
    ...below.map(({ name, description }) => complete(path, "0", ["-a", name, "-d", fishText(description)])),
    ...places.flatMap(({ values, repeats }, at) =>
      suggestion(values).map((words) => complete(path, `${at}${repeats ? "+" : ""}`, words)),
    ),
    ...options.map((option) => complete(path, "0+", flagWords(option))),
  ])
  const top = commands.map(({ name, description }) => complete("", "0", ["-a", name, "-d", fishText(description)]))
  return `${[
    "# fish completion of bot-bottle: bot-bottle completions fish | source",
    ...readFunction(commands),
    "complete -c bot-bottle -f",
    ...top,
    ...lines,
  ].join("\n")}\n`
}

function readFunction(commands: readonly DescribedCommand[]): readonly string[] {
  const paths = flatten(commands).map(([path]) => fishText(path))
  const flags = flagsWithValue(commands).map(fishText)
  return [
    "function __bot_bottle_at",
    "  set -l named ''",
    "  set -l count 0",
    "  set -l skip 0",
    "  for word in (commandline -opc)[2..]",
    "    if test $skip = 1",
    "      set skip 0",
    "    else if test $word = --",
    "      return 1",
    "    else if string match -q -- '-*' $word",
    `      contains -- "$named/$word" ${flags.join(" ")}; and set skip 1`,
    `    else if contains -- (string trim -- "$named $word") ${paths.join(" ")}`,
    '      set named (string trim -- "$named $word")',
    "      set count 0",
    "    else",
    "      set count (math $count + 1)",
    "    end",
    "  end",
    '  test "$named" = $argv[1]; or return 1',
    "  if string match -q -- '*+' $argv[2]",
    "    test $count -ge (string trim -c + -- $argv[2])",
    "  else",
    "    test $count -eq $argv[2]",
    "  end",
    "end",
  ]
}

function complete(path: string, at: string, words: readonly string[]): string {
  return `complete -c bot-bottle -n ${fishText(`__bot_bottle_at "${path}" ${at}`)} ${words.join(" ")}`
}

function flagWords({ flag, short, description, values }: DescribedOption): readonly string[] {
  const names = ["-l", flag.slice(2), ...(short === undefined ? [] : ["-s", short.slice(1)])]
  const takes = values === undefined ? [] : values === "files" ? ["-r", "-F"] : ["-x", ...(suggestion(values)[0] ?? [])]
  return [...names, ...takes, "-d", fishText(description)]
}

/** At most one list of words; none where nothing can be suggested. */
function suggestion(values: Values): readonly (readonly string[])[] {
  if (values === "files") return [["-F"]]
  if (typeof values !== "string") return values.length === 0 ? [] : [["-a", fishText(values.join(" "))]]
  return [["-a", fishText(`(${printSuggestions(values, "bot-bottle")})`)]]
}

function fishText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`
}
