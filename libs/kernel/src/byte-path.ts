// Names and paths inside a workspace, byte for byte.
//
// A file name is bytes, and an agent chooses them: text that is not UTF-8 must neither be
// lost nor be mistaken for another name. So each byte is one character of a string; only
// what is shown or sent on is decoded.

import { type BytePath, isInnerPath } from "@bot-bottle/contracts"

export { type BytePath, isInnerPath }

export function bytePath(text: string): BytePath {
  return Buffer.from(text, "utf8").toString("latin1") as BytePath
}

export function bytePathOf(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1") as BytePath
}

/** As UTF-8 text; what is not gets replacement marks. Control characters are still in it. */
export function textOf(path: BytePath): string {
  return bytesOf(path).toString("utf8")
}

export function bytesOf(path: string): Buffer {
  return Buffer.from(path, "latin1")
}

export function joinPath(folder: BytePath, name: BytePath): BytePath {
  return folder === "" ? name : (`${folder}/${name}` as BytePath)
}

export function namesOf(path: BytePath): readonly BytePath[] {
  return path.split("/") as BytePath[]
}

/** `""` for what lies at the top. */
export function parentOf(path: BytePath): BytePath {
  const at = path.lastIndexOf("/")
  return (at < 0 ? "" : path.slice(0, at)) as BytePath
}

export function nameOf(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf("/") + 1) as BytePath
}
