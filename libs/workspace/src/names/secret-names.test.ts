import { expect, test } from "bun:test"
import { bytePath } from "@bot-bottle/kernel"
import { holdsSecret, isSecretPath, judgeSecret } from "./secret-names.ts"

// biome-ignore format: a table
test.each([
  [".env",                                   "hidden"],
  [".ENV",                                   "hidden"],
  ["app/.env.production",                    "hidden"],
  [".env.example",                           "shown"],
  [".env.sample",                            "shown"],
  [".env.template",                          "shown"],
  [".env.local.example",                     "shown"],
  [".envrc",                                 "shown"],
  ["env",                                    "shown"],
  ["server.pem",                             "hidden"],
  ["tls/server.KEY",                         "hidden"],
  ["node_modules/a/test/key.pem",            "depends-on-contents"],
  [".venv/lib/python3/site-packages/certifi/cacert.pem", "depends-on-contents"],
  ["keyboard.ts",                            "shown"],
  ["id_rsa",                                 "hidden"],
  ["id_rsa_work",                            "hidden"],
  ["id_ed25519.old",                         "hidden"],
  ["id_ed25519.pub",                         "shown"],
  ["id_rsanything",                          "shown"],
  [".netrc",                                 "hidden"],
  [".pgpass",                                "hidden"],
  [".npmrc",                                 "depends-on-contents"],
  ["credentials.json",                       "hidden"],
  ["infra/terraform.tfstate",                "hidden"],
  ["infra/terraform.tfstate.backup",         "hidden"],
  ["main.tf",                                "shown"],
] as const)("INV-151: %s is %s", (path, verdict) => {
  const names = path.split("/")
  expect(judgeSecret(names.at(-1) ?? "", { folders: names.slice(0, -1), isFolder: false, rules: [] })).toBe(verdict)
  expect(isSecretPath(bytePath(path), [])).toBe(verdict === "hidden")
})

test.each([".aws", ".kube", ".ssh"])("INV-151: folder %s is hidden, and what lies in it never comes back", (name) => {
  expect([true, false].map((isFolder) => judgeSecret(name, { folders: [], isFolder, rules: [] }))).toEqual([
    "hidden",
    "shown",
  ])
  expect(isSecretPath(bytePath(`${name}/config`), [])).toBe(true)
})

// biome-ignore format: a table
test.each([
  [["fixtures"],                "fixtures",             "hidden"],
  [["fixtures"],                "fixtures2",            "shown"],
  [["Fixtures"],                "FIXTURES",             "hidden"],
  [["*.sqlite"],                "app.sqlite",           "hidden"],
  [["*.sqlite"],                ".sqlite",              "hidden"],
  [["*.sqlite"],                "app.sqlite3",          "shown"],
  [["a*b*c"],                   "a-b-c",                "hidden"],
  [["a*b*c"],                   "abc",                  "hidden"],
  [["a*b*c"],                   "a-c",                  "shown"],
  [["ab*ba"],                   "aba",                  "shown"],
  [["a.*"],                     "ab",                   "shown"],
  [["é"],                       "é",                    "hidden"],
  [["*"],                       "anything",             "hidden"],
  [["!.env.test"],              ".env.test",            "shown"],
  [["!.env.test"],              ".env",                 "hidden"],
  [["!*.pem"],                  "server.pem",           "shown"],
  [["!*.pem", "server.pem"],    "server.pem",           "hidden"],
  [["server.pem", "!*.pem"],    "server.pem",           "shown"],
  [[".npmrc"],                  ".npmrc",               "hidden"],
] as const)("INV-151: with workspace_hide %j, %s is %s", (rules, name, verdict) => {
  expect(judgeSecret(bytePath(name), { folders: [], isFolder: false, rules })).toBe(verdict)
  expect(isSecretPath(bytePath(name), rules)).toBe(verdict === "hidden")
})

test.each([
  ["-----BEGIN RSA PRIVATE KEY-----", true],
  ["-----BEGIN CERTIFICATE-----", false],
  ["//registry.example.com/:_authToken=abc", true],
  ["_auth = abc", true],
  ["registry=https://registry.example.com/", false],
  ["[pypi]\nusername = u\npassword = p", true],
] as const)("%j holds a secret: %p", (text, holds) => {
  expect(holdsSecret(text)).toBe(holds)
})
