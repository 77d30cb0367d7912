// Security case 22 with the transparent way out there: what it must not become. Perl makes raw
// connections in every base system.

import { expect, test } from "bun:test"
import { createBwrapBackend, perl } from "@bot-bottle/bottle/testing"
import { route, testConfig, UNLISTED_REASON } from "@bot-bottle/proxy/testing"
import { waitFor } from "@bot-bottle/testkit"
import { describeIsolated } from "../require-isolation.ts"
import { HOST, openProxiedBottle, PLAIN_HOST, UNLISTED } from "./bottle-with-proxy.ts"

const PRELUDE = `
  use Socket qw(:all);
  sub resolve { my $packed = gethostbyname($_[0]); return defined $packed ? inet_ntoa($packed) : "no such name" }
  sub say_to { my ($address, $port, $words, $more) = @_;
    socket(my $s, AF_INET, SOCK_STREAM, 0) or die $!;
    connect($s, pack_sockaddr_in($port, inet_aton($address))) or return "$!";
    syswrite $s, $words; my $all = ""; while (sysread($s, my $got, 65536)) { $all .= $got } return $all eq "" ? "closed" : $all }
  sub datagram { my ($family, $place) = @_;
    socket(my $s, $family, SOCK_DGRAM, 0) or return "$!"; return send($s, "x", 0, $place) ? "sent" : "$!" }
  sub stream { my ($family, $place) = @_;
    socket(my $s, $family, SOCK_STREAM, 0) or return "$!"; return connect($s, $place) ? "open" : "$!" }
  $SIG{PIPE} = "IGNORE";`

const GET = (host: string) => `GET /x HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n`

// biome-ignore format: a table
const ATTEMPTS = [
  // what                                        perl                                                                             seen
  ["a listed name has an address (control)",     `print resolve("${HOST}")`,                                                      /^127\.64\.0\.\d+$/],
  ["a listed name answers (control)",            `print say_to(resolve("${PLAIN_HOST}"), 80, "${GET(PLAIN_HOST)}")`,             /^HTTP\/1\.1 200 .*hello from far away$/s],
  ["localhost is localhost (control)",           `print resolve("localhost")`,                                                    /^127\.0\.0\.1$/],
  ["an unlisted name",                           `print resolve("${UNLISTED}")`,                                                  /^127\.63\.0\.1$/],
  ["a name that carries words out",              `print resolve(("a" x 63) . ".secret.${UNLISTED}")`,                             /^127\.63\.0\.1$/],
  ["the wildcard's own name",                    `print resolve("wild.example.com")`,                                             /^127\.63\.0\.1$/],
  ["a look-alike of the wildcard",               `print resolve("evilwild.example.com")`,                                         /^127\.63\.0\.1$/],
  ["an unlisted name over plain HTTP",           `print say_to(resolve("${UNLISTED}"), 80, "${GET(UNLISTED)}")`,                  new RegExp(`^HTTP/1.1 403 .*x-bot-bottle-reason: ${UNLISTED_REASON}`, "s")],
  ["the unlisted address and a listed Host",     `print say_to("127.63.0.1", 80, "${GET(PLAIN_HOST)}")`,                          /^HTTP\/1\.1 200 .*hello from far away$/s],
  ["the unlisted address and no words",          `print say_to("127.63.0.1", 443, "x")`,                                          /^closed$/],
  ["an address that is nobody's",                `print say_to("127.64.9.9", 443, "x")`,                                          /^closed$|reset by peer/],
  ["loopback's own address",                     `print say_to("127.0.0.1", 443, "x")`,                                           /^closed$|reset by peer/],
  ["an unlisted Host at a listed address",       `print say_to(resolve("${PLAIN_HOST}"), 80, "${GET(UNLISTED)}")`,                /^HTTP\/1\.1 421 .*host-mismatch/s],
  ["an absolute target at a listed address",     `print say_to(resolve("${PLAIN_HOST}"), 80, "GET http://${UNLISTED}/ HTTP/1.1\\r\\nHost: ${UNLISTED}\\r\\nConnection: close\\r\\n\\r\\n")`, /^HTTP\/1\.1 421 .*host-mismatch/s],
  ["no TLS where TLS is spoken",                 `print say_to(resolve("${HOST}"), 443, "${GET(HOST)}")`,                         /^closed$/],
  ["another server name at a listed address",    `print say_to(resolve("${HOST}"), 443, pack("H*", $ARGV[0]))`,                   /^closed$/],
  ["a port that is not listed",                  `print say_to(resolve("${HOST}"), 22, "x")`,                                     /^Connection refused$/],
  ["another name server, by datagram",           `print datagram(AF_INET, pack_sockaddr_in(53, inet_aton("198.51.100.1")))`,           /^Network is unreachable$/],
  ["another name server, by stream",             `print stream(AF_INET, pack_sockaddr_in(53, inet_aton("198.51.100.1")))`,             /^Network is unreachable$/],
  ["a raw address",                              `print stream(AF_INET, pack_sockaddr_in(443, inet_aton("198.51.100.1")))`,            /^Network is unreachable$/],
  ["an IPv6 address",                            `print stream(AF_INET6, pack_sockaddr_in6(443, inet_pton(AF_INET6, "2001:db8::1")))`, /unreachable|Cannot assign/],
  ["IPv6's loopback",                            `print stream(AF_INET6, pack_sockaddr_in6(443, inet_pton(AF_INET6, "::1")))`,    /refused|Cannot assign/],
  ["a host's own address by name",               `print say_to(resolve("private.example.com"), 80, "${GET("private.example.com")}")`, /^HTTP\/1\.1 403 .*address-not-allowed/s],
] as const

/** A listed name whose address is the host's own. */
const LISTED_TOO = {
  extraRoutes: [route("private.example.com", { scheme: "http" })],
  lookup: async () => ["127.0.0.1"],
}
const FRONTED_HELLO = Buffer.from(writeClientHello(UNLISTED)).toString("hex")
const NO_PATHS = { guestShare: "", egressFolder: "", ledgerPath: "" }

await describeIsolated("transparent isolation", createBwrapBackend(), () => {
  test.each(ATTEMPTS)("%s", async (_what, script, seen) => {
    await using bottle = await openProxiedBottle(LISTED_TOO)
    const { stdout, stderr } = await bottle.run({ argv: perl(`${PRELUDE} ${script}`, FRONTED_HELLO) })
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(seen), stderr: "" })
  })

  test("a changed route table reaches a bottle that runs: new names and ports appear, old ones go", async () => {
    await using bottle = await openProxiedBottle()
    const watch = `${PRELUDE}
      sub names { return join " ", map { resolve($_) eq "127.63.0.1" ? "-" : "+" } "${HOST}", "new.example.com" }
      $| = 1; my $first = names(); my $last = $first; print "$first\\n";
      for (1 .. 200) { $last = names(); last if $last ne $first; select undef, undef, undef, 0.05 }
      print "$last ", stream(AF_INET, pack_sockaddr_in(8444, inet_aton(resolve("new.example.com")))), "\\n"`
    const running = bottle.run({ argv: perl(watch) })
    await waitFor("the first question", () => bottle.proxy.events().some(({ host }) => host === "new.example.com"))
    const { resolve, budgets, logLevel } = testConfig(NO_PATHS, {})
    const routes = [route("new.example.com", { port: 8444 })]
    const reloaded = await bottle.proxy.reload({ routes, resolve, budgets, logLevel })
    expect(reloaded.status).toBe(200)
    expect((await running).stdout).toBe("+ -\n- + open\n")
  })
})

/** The smallest one that names a host. */
function writeClientHello(serverName: string): Uint8Array {
  const sized = (bytes: readonly number[]): number[] => [bytes.length >> 8, bytes.length & 255, ...bytes]
  const names = sized([0, ...sized([...Buffer.from(serverName)])])
  const extensions = [0, 0, ...sized(names), 0, 0x2b, 0, 3, 2, 3, 4]
  const body = [3, 3, ...Array<number>(32).fill(7), 0, ...sized([0x13, 1]), 1, 0, ...sized(extensions)]
  return Uint8Array.from([0x16, 3, 1, ...sized([1, 0, ...sized(body)])])
}
