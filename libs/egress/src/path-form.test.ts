import { expect, test } from "bun:test"
import { parsePath } from "./path-form.ts"

// biome-ignore format: a table
test.each([
  // received                     normal form
  ["/",                           "/"],
  ["/v1/messages",                "/v1/messages"],
  ["/v1/messages/",               "/v1/messages/"],
  ["/repos/acme/web.git",         "/repos/acme/web.git"],
  ["/...",                        "/..."],
  ["/.well-known/x",              "/.well-known/x"],
  ["/a/..b/.c",                   "/a/..b/.c"],
  ["/%61%7E%2d",                  "/a~-"],
  ["/web%2egit",                  "/web.git"],
  ["/a%2B%26%3D%40%21",           "/a+&=@!"],
  ["/a+b",                        "/a+b"],
  ["/a%20b",                      "/a%20b"],
  ["/caf%c3%a9",                  "/caf%C3%A9"],
  ["/a%3fb%23c",                  "/a%3Fb%23c"],
  ["/a[1]|{x}^`\"<>",             "/a%5B1%5D%7C%7Bx%7D%5E%60%22%3C%3E"],
  ["/@scope/pkg",                 "/@scope/pkg"],
  ["/a:b,c",                      "/a:b,c"],
])("INV-21: %j is judged and forwarded as %p", (received, path) => {
  expect(parsePath(received)).toEqual({ kind: "path", path })
  expect(parsePath(path)).toEqual({ kind: "path", path })
  expect(new URL(`https://host.test${path}?q`).pathname).toBe(path)
})

// biome-ignore format: a table
test.each([
  ["nothing",                     ""],
  ["no slash",                    "v1"],
  ["a star",                      "*"],
  ["a URL",                       "https://evil.io/"],
  ["an empty segment",            "/a//b"],
  ["a network path",              "//evil.io/a"],
  ["a slash too many at the end", "/a//"],
  ["a dot segment",               "/a/./b"],
  ["a dot-dot segment",           "/a/../b"],
  ["dot-dot at the end",          "/a/.."],
  ["dot alone",                   "/."],
  ["an encoded dot segment",      "/a/%2e/b"],
  ["an encoded dot-dot",          "/a/%2e%2e/b"],
  ["in upper case",               "/a/%2E%2E/b"],
  ["half encoded",                "/a/.%2e/b"],
  ["the other half",              "/a/%2e./b"],
  ["at the end",                  "/a/%2e%2e"],
  ["an encoded slash",            "/a%2fb"],
  ["an encoded slash, upper",     "/a%2Fb"],
  ["dot-dot, encoded slash",      "/a/..%2fb"],
  ["a backslash",                 "/a\\b"],
  ["an encoded backslash",        "/a%5cb"],
  ["a parameter",                 "/a;x=1/b"],
  ["an encoded parameter",        "/a%3bx"],
  ["dot-dot with a parameter",    "/a/..;/b"],
  ["escaped twice",               "/a/%252e%252e/b"],
  ["an encoded percent",          "/a%25b"],
  ["a NUL",                       "/a\0"],
  ["an encoded NUL",              "/a%00.json"],
  ["an encoded line feed",        "/a%0ab"],
  ["an encoded CR",               "/a%0Db"],
  ["an encoded DEL",              "/a%7fb"],
  ["a tab",                       "/a\tb"],
  ["a space",                     "/a b"],
  ["raw UTF-8",                   "/café"],
  ["an overlong dot",             "/a/%c0%ae%c0%ae/b"],
  ["an overlong slash",           "/a%c0%afb"],
  ["bytes that are not UTF-8",    "/a%ff"],
  ["a surrogate in UTF-8",        "/a%ed%a0%80"],
  ["half an escape",              "/a%2"],
  ["a percent at the end",        "/a%"],
  ["IIS's own escape",            "/a%u002e"],
  ["a query",                     "/a?b"],
  ["a fragment",                  "/a#b"],
])("INV-21: %s is refused", (_what, received) => {
  expect(parsePath(received).kind).toBe("ambiguous")
})

test("every byte, raw and escaped, has one form or none", () => {
  for (let code = 0; code < 256; code++) {
    for (const text of [`/a${String.fromCharCode(code)}b`, `/a%${code.toString(16).padStart(2, "0")}b`]) {
      const form = parsePath(text)
      if (form.kind === "ambiguous") continue
      expect(parsePath(form.path)).toEqual(form)
      expect(new URL(`https://host.test${form.path}`).pathname).toBe(form.path)
    }
  }
})
