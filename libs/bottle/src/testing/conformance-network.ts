// The one way out, and all the others.

import { expect, test } from "bun:test"
import { join } from "node:path"
import type { Subject } from "./subject.ts"
import { openTestRun, perl, runInBottle, runOnHost } from "./test-run.ts"

export function testNetwork(subject: Subject): void {
  const createBackend = subject.create
  test("127.0.0.1:3128 is the proxy's socket: bytes both ways, half-close kept", async () => {
    await using run = openTestRun()
    const talk = `
      use IO::Socket::INET; use Digest::MD5 "md5_hex";
      my $s = IO::Socket::INET->new("127.0.0.1:3128") or die "no proxy: $!";
      my $sent = join "", map { pack "N", $_ } 1 .. 500000;
      if (!fork()) { print $s $sent; $s->flush; shutdown($s, 1); exit }
      local $/; my $got = <$s>;
      print length($got), " ", md5_hex($got) eq md5_hex($sent) ? "same" : "different"`
    expect((await runInBottle(createBackend(), run.plan(perl(talk)))).stdout).toBe("2000000 same")
  })

  test("100 connections at once are relayed, each to its own end", async () => {
    await using run = openTestRun()
    // A whole line each: the forwarder reads that much before it knows whose the connection is.
    const talk = `
      use IO::Socket::INET;
      my @s = map { IO::Socket::INET->new("127.0.0.1:3128") or die "no proxy: $!" } 1 .. 100;
      for my $i (0 .. 99) { syswrite $s[$i], "connection $i\\n" }
      my $right = 0;
      for my $i (reverse 0 .. 99) { sysread $s[$i], my $b, 100; $right++ if $b eq "connection $i\\n" }
      print $right`
    expect((await runInBottle(createBackend(), run.plan(perl(talk)))).stdout).toBe("100")
  })

  test("there is loopback and no other interface, no route", async () => {
    await using run = openTestRun()
    const { stdout } = await runInBottle(
      createBackend(),
      run.plan([
        "/bin/sh",
        "-c",
        "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; tail -n +2 /proc/net/route; grep -v ' lo$' /proc/net/ipv6_route; true",
      ]),
    )
    expect(stdout).toBe("lo\n")
  })

  test("a host's TCP port and abstract socket are open outside and not there inside", async () => {
    await using run = openTestRun()
    using tcp = listenTcp()
    using abstract = listenAbstract()
    const knock = perl(
      `use Socket; my ($port, $name) = @ARGV;
       socket(my $t, AF_INET, SOCK_STREAM, 0); print "tcp ", connect($t, sockaddr_in($port, inet_aton("127.0.0.1"))) ? "open" : $!, "\\n";
       socket(my $u, AF_UNIX, SOCK_STREAM, 0); print "abstract ", connect($u, pack_sockaddr_un("\\0$name")) ? "open" : $!, "\\n"`,
      `${tcp.port}`,
      abstract.name,
    )
    const outside = await runOnHost(knock)
    const inside = await runInBottle(createBackend(), run.plan(knock))
    expect({ outside: outside.stdout, inside: inside.stdout }).toEqual({
      outside: "tcp open\nabstract open\n",
      inside: "tcp Connection refused\nabstract Connection refused\n",
    })
  })

  test.each([
    // way out             script printing "open" or the error                                                                       inside
    [
      "TCP",
      'socket(my $s, 2, 1, 0); print connect($s, sockaddr_in(80, inet_aton("192.0.2.1"))) ? "open" : $!',
      "Network is unreachable",
    ],
    [
      "UDP, as DNS does",
      'socket(my $s, 2, 2, 0); print send($s, "x", 0, sockaddr_in(53, inet_aton("192.0.2.1"))) ? "open" : $!',
      "Network is unreachable",
    ],
    [
      "broadcast",
      'socket(my $s, 2, 2, 0); setsockopt($s, 1, 6, 1); print send($s, "x", 0, sockaddr_in(9, inet_aton("255.255.255.255"))) ? "open" : $!',
      "Network is unreachable",
    ],
    [
      "IPv6",
      'socket(my $s, 10, 1, 0); print connect($s, pack_sockaddr_in6(443, inet_pton(10, "2001:db8::1"))) ? "open" : $!',
      "unreachable|Cannot assign",
    ],
    ["ICMP, raw", 'print socket(my $s, 2, 3, 1) ? "open" : $!', "Operation not permitted"],
    ["packets", 'print socket(my $s, 17, 3, 0) ? "open" : $!', "Address family not supported"],
    ["vsock", 'print socket(my $s, 40, 1, 0) ? "open" : $!', "Address family not supported"],
    ["Bluetooth", 'print socket(my $s, 31, 1, 0) ? "open" : $!', "Address family not supported"],
    ["netlink, audit", 'print socket(my $s, 16, 3, 9) ? "open" : $!', "Address family not supported"],
    ["kernel crypto", 'print socket(my $s, 38, 5, 0) ? "open" : $!', "Address family not supported"],
    ["a name", 'print defined(gethostbyname("example.com")) ? "open" : "no such name"', "no such name"],
    // The control: what tools need stays.
    ["netlink, routes", 'print socket(my $s, 16, 3, 0) ? "open" : $!', "open"],
    ["AF_UNIX", 'print socketpair(my $a, my $b, 1, 1, 0) ? "open" : $!', "open"],
  ] as const)("no way out by %s", async (_way, script, expected) => {
    await using run = openTestRun()
    const { stdout } = await runInBottle(createBackend(), run.plan(perl(`use Socket qw(:all); ${script}`)))
    expect(stdout).toMatch(new RegExp(expected))
  })
}

function listenTcp(): { readonly port: number } & Disposable {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  return { port: listener.port, [Symbol.dispose]: () => listener.stop(true) }
}

function listenAbstract(): { readonly name: string } & Disposable {
  const name = `bottle-test-${process.pid}-${join("a", "b").length}`
  const listener = Bun.listen({ unix: `\0${name}`, socket: { data() {} } })
  return { name, [Symbol.dispose]: () => listener.stop(true) }
}
