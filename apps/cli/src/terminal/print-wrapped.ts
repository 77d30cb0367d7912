// One line of result as prose: broken at words to fit the terminal, whole in a pipe or a file.

import type { Screen } from "./screen.ts"
import { wrapText } from "./wrap-text.ts"

/** `hang`: columns by which continued lines stand further in. */
export function printWrapped(
  { print, width, called }: Pick<Screen, "print" | "width" | "called">,
  line: string,
  { hang }: { readonly hang: number },
): void {
  for (const part of wrapText(line, { width, hang })) print(called(part))
}
