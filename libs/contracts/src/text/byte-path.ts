// Paths inside a workspace, by their bytes: a file's name need not be text.

/** A path inside a workspace: one character for each byte, 0 to 255. Folders are joined by `/`. */
export type BytePath = string & { readonly __brand: "BytePath" }

/** Every part is plain: no `..`, no empty name, so that nothing outside the folder is ever removed. */
export function isInnerPath(text: string): text is BytePath {
  return text.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !part.includes("\0"))
}
