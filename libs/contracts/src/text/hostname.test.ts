import { expect, test } from "bun:test"
import { formatAuthority, parseAuthority, parseHostname } from "./hostname.ts"

// biome-ignore format: a table
test.each([
  // text                           canonical
  ["api.example.com",               "api.example.com"],
  ["API.Example.COM",               "api.example.com"],
  ["api.example.com.",              "api.example.com"],
  ["localhost",                     "localhost"],
  ["_dmarc.example.com",            "_dmarc.example.com"],
  ["my_bucket.example.com",         "my_bucket.example.com"],
  ["1.example.com",                 "1.example.com"],
  ["0x.com",                        "0x.com"],
  ["1e3",                           "1e3"],
  ["bücher.example",                "xn--bcher-kva.example"],
  ["BÜCHER.example",                "xn--bcher-kva.example"],
  ["bu\u0308cher.example",          "xn--bcher-kva.example"],
  ["XN--BCHER-KVA.example",         "xn--bcher-kva.example"],
  ["faß.de",                        "xn--fa-hia.de"],
  ["\u212aiwi.com",                 "kiwi.com"],
  ["a\u3002b.com",                  "a.b.com"],
  ["a\uff0eb.com",                  "a.b.com"],
  ["a\uff61b.com",                  "a.b.com"],
  ["a.com\uff0e",                   "a.com"],
  ["\uff41.com",                    "a.com"],
  [`${"a".repeat(63)}.com`,         `${"a".repeat(63)}.com`],
  [longName(253),                   longName(253)],
  [`${longName(253)}.`,             longName(253)],
])("INV-3: %j is the name %p", (text, canonical) => {
  expect(parseHostname(text)).toEqual({ kind: "name", host: canonical } as never)
  expect(parseHostname(canonical)).toEqual({ kind: "name", host: canonical } as never)
})

// biome-ignore format: a table
test.each([
  // text                           canonical
  ["127.0.0.1",                     "127.0.0.1"],
  ["127.0.0.1.",                    "127.0.0.1"],
  ["2130706433",                    "127.0.0.1"],
  ["0x7f000001",                    "127.0.0.1"],
  ["0X7F.1",                        "127.0.0.1"],
  ["0x7f.0x0.0x0.0x1",              "127.0.0.1"],
  ["0177.0.0.01",                   "127.0.0.1"],
  ["017700000001",                  "127.0.0.1"],
  ["127.1",                         "127.0.0.1"],
  ["127.0.1",                       "127.0.0.1"],
  ["0",                             "0.0.0.0"],
  ["0x",                            "0.0.0.0"],
  ["\uff11\uff12\uff17.0.0.1",      "127.0.0.1"],
  ["127\u30020\u30020\u30021",      "127.0.0.1"],
  ["\u2460.1.1.1",                  "1.1.1.1"],
  ["::1",                           "::1"],
  ["[::1]",                         "::1"],
  ["[0:0:0:0:0:0:0:1]",             "::1"],
  ["[2001:DB8::0001]",              "2001:db8::1"],
  ["[::ffff:127.0.0.1]",            "127.0.0.1"],
  ["[::FFFF:7F00:1]",               "127.0.0.1"],
  ["0:0:0:0:0:ffff:a9fe:a9fe",      "169.254.169.254"],
  ["[64:ff9b::10.0.0.1]",           "64:ff9b::a00:1"],
  ["[2002:7f00:1::]",               "2002:7f00:1::"],
])("INV-3: %j is the address %p", (text, canonical) => {
  expect(parseHostname(text)).toEqual({ kind: "ip", host: canonical } as never)
  expect(parseHostname(canonical)).toEqual({ kind: "ip", host: canonical } as never)
})

// biome-ignore format: a table
test.each([
  ["nothing",                       ""],
  ["one dot",                       "."],
  ["a full-width dot alone",        "\uff0e"],
  ["two trailing dots",             "a.com.."],
  ["a leading dot",                 ".a.com"],
  ["an empty label",                "a..com"],
  ["an empty label in full width",  "a\uff0e.com"],
  ["a label of 64",                 `${"a".repeat(64)}.com`],
  ["254 bytes",                     `${longName(253)}a`],
  ["a megabyte",                    "a.".repeat(500_000)],
  ["a NUL",                         "a.com\0.evil.io"],
  ["a NUL at the end",              "a.com\0"],
  ["CR LF",                         "a.com\r\nx"],
  ["a line feed inside",            "a\nb.com"],
  ["a tab inside",                  "a\tb.com"],
  ["a tab at the end",              "a.com\t"],
  ["a space",                       "a b.com"],
  ["a leading space",               " a.com"],
  ["DEL",                           "a\x7f.com"],
  ["a C1 control",                  "a\x85.com"],
  ["a no-break space",              "a.com\u00a0"],
  ["an ideographic space",          "a\u3000.com"],
  ["a line separator",              "a\u2028.com"],
  ["a soft hyphen",                 "a\u00adb.com"],
  ["a zero-width space",            "a\u200bb.com"],
  ["a zero-width joiner",           "a\u200db.com"],
  ["a variation selector",          "a\ufe0fb.com"],
  ["a bidi override",               "a\u202eb.com"],
  ["a byte order mark",             "\ufeffa.com"],
  ["a lone surrogate",              "a\ud800.com"],
  ["userinfo",                      "good.com@evil.io"],
  ["a full-width at sign",          "good.com\uff20evil.io"],
  ["a backslash",                   "good.com\\evil.io"],
  ["a slash",                       "good.com/evil.io"],
  ["a full-width slash",            "good.com\uff0fevil.io"],
  ["a percent sign",                "a%62.com"],
  ["an encoded dot",                "a%2ecom"],
  ["a full-width percent sign",     "a\uff0562.com"],
  ["a question mark",               "good.com?.evil.io"],
  ["a hash",                        "good.com#.evil.io"],
  ["a star",                        "*.com"],
  ["a full-width star",             "\uff0a.com"],
  ["a one-dot leader",              "a\u2024com"],
  ["a leading hyphen",              "-a.com"],
  ["a trailing hyphen",             "a-.com"],
  ["punycode that decodes to none", "xn--a.com"],
  ["punycode with a plain twin",    "xn--a-ecp.ru"],
  ["an empty punycode label",       "xn--.com"],
  ["a number above 255",            "1.2.3.256"],
  ["a bad octal",                   "08.1.1.1"],
  ["five numbers",                  "1.2.3.4.5"],
  ["a number above 32 bits",        "4294967296"],
  ["a name that ends in a number",  "example.1"],
  ["a name that ends in hex",       "example.0x1f"],
  ["a zone id",                     "[fe80::1%eth0]"],
  ["an encoded zone id",            "[fe80::1%25eth0]"],
  ["a bare zone id",                "fe80::1%eth0"],
  ["an open bracket",               "[::1"],
  ["a tab in brackets",             "[::\t1]"],
  ["a line feed after the bracket", "[::1]\n"],
  ["a path after the bracket",      "[::1]/x"],
  ["a NUL in brackets",             "[::1\0]"],
  ["a full-width digit in brackets","[::\uff11]"],
  ["text after the bracket",        "[::1]x"],
  ["empty brackets",                "[]"],
  ["a v4 in brackets",              "[127.0.0.1]"],
  ["a future literal",              "[v1.a]"],
  ["nine groups",                   "1:2:3:4:5:6:7:8:9"],
  ["a padded octet in v6",          "::ffff:01.2.3.4"],
])("INV-3: %s is refused", (_what, text) => {
  expect(parseHostname(text).kind).toBe("malformed")
  expect(parseAuthority(text, 443).kind).toBe("malformed")
})

// biome-ignore format: a table
test.each([
  // text                    kind    host                 port
  ["api.example.com",        "name", "api.example.com",   443],
  ["api.example.com:443",    "name", "api.example.com",   443],
  ["API.example.com.:8443",  "name", "api.example.com",   8443],
  ["a:1",                    "name", "a",                 1],
  ["a:65535",                "name", "a",                 65535],
  ["0x7f.1:80",              "ip",   "127.0.0.1",         80],
  ["[::1]:80",               "ip",   "::1",               80],
  ["[::1]",                  "ip",   "::1",               443],
] as const)("parseAuthority() reads %p", (text, kind, host, port) => {
  expect(parseAuthority(text, 443)).toEqual({ kind, host, port } as never)
})

// biome-ignore format: a table
test.each([
  // host              port  scheme      text
  ["api.example.com",  443,  "https",    "api.example.com"],
  ["api.example.com",  443,  undefined,  "api.example.com:443"],
  ["api.example.com",  443,  "http",     "api.example.com:443"],
  ["api.example.com",  80,   "http",     "api.example.com"],
  ["::1",              80,   "https",    "[::1]:80"],
  ["::1",              443,  "https",    "[::1]"],
] as const)("formatAuthority() writes %p, port %p of %p", (host, port, scheme, text) => {
  expect(formatAuthority({ host, port }, scheme)).toBe(text)
})

// biome-ignore format: a table
test.each([
  "", ":443", "a:", "a:0", "a:00443", "a:0443", "a:65536", "a:99999999999", "a:+443", "a:-1", "a: 443", "a:443 ",
  "a:4e2", "a:0x1bb", "a:44_3", "a:\uff14\uff14\uff13", "a:443\n", "a:443\0", "a:443/", "a:443:443", "a::443",
  "::1", "::1:443", "[::1]443", "[::1]:", "[]:443", "[a]:443", "user@a:443", "user:pw@a:443", "a:443@evil.io:443",
  "a\\:443", "https://a:443", "a,b:443", "a b:443",
])("INV-3: the authority %j is refused", (text) => {
  expect(parseAuthority(text, 443).kind).toBe("malformed")
})

test("a refusal never quotes the text it refuses", () => {
  const { detail } = parseHostname("sneaky\x1b[2J.com") as { detail: string }
  expect(detail).toBe("host has a character no name can have")
})

function longName(length: number): string {
  return "a."
    .repeat(length)
    .slice(0, length - 3)
    .replace(/\.$/, "a")
    .concat(".io")
    .padStart(length, "a")
}
