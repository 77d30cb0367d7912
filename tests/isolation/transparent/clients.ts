// The same request, made by every runtime this machine has, each with what it ships: no proxy
// variable, no library. Prints the answer's body.
//
// The core is what every machine that runs these tests has. The test names
// others that a machine lacks, and tries them where they are: nothing here is installed for the sake of a test.

import { existsSync, realpathSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { type GuestProgram, HOST, PLAIN_HOST } from "./bottle-with-proxy.ts"

export interface Client {
  readonly name: string
  /** Programs of the host it is made of; looked for where a bottle has them. */
  readonly needs: readonly string[]
  /** Takes long to build where nothing of it was built before. */
  readonly isSlow?: true
  /** `folder` is for what has to be built first. */
  readonly program: (url: string, folder: string) => GuestProgram | Promise<GuestProgram>
}

const PYTHON = "/usr/bin/python3"

export const CORE: readonly Client[] = [
  {
    name: "Bun fetch",
    needs: [],
    program: (url) => script([`${GUEST.runtime}/bun`, "-e"], `console.log(await (await fetch("${url}")).text())`),
  },
  {
    name: "git",
    needs: ["git"],
    program: (url) => ({ argv: ["git", "-c", "http.proxy=", "ls-remote", url] }),
  },
]

export const OTHERS: readonly Client[] = [
  { name: "curl --noproxy", needs: ["curl"], program: (url) => ({ argv: ["curl", "-sS", "--noproxy", "*", url] }) },
  {
    name: "Node fetch",
    needs: ["node"],
    program: (url) => script(["node", "-e"], `fetch("${url}").then((a) => a.text()).then(console.log)`),
  },
  {
    name: "Node https",
    needs: ["node"],
    program: (url) =>
      script(["node", "-e"], `require("node:https").get("${url}", (a) => a.on("data", (d) => console.log(String(d))))`),
  },
  {
    name: "Python urllib",
    needs: [PYTHON],
    program: (url) => script([PYTHON, "-c"], `import urllib.request as r; print(r.urlopen("${url}").read().decode())`),
  },
  {
    name: "Python http.client",
    needs: [PYTHON],
    program: (url) => {
      const { host, pathname } = new URL(url)
      return script(
        [PYTHON, "-c"],
        `import http.client as h; c = h.HTTPSConnection("${host}"); c.request("GET", "${pathname}"); print(c.getresponse().read().decode())`,
      )
    },
  },
  { name: "wget", needs: ["wget"], program: (url) => ({ argv: ["wget", "-qO-", "--no-proxy", url] }) },
  { name: "Go net/http, static", needs: ["/usr/local/go/bin/go"], isSlow: true, program: buildGo },
  {
    name: "Java HttpClient",
    needs: ["javac", "java"],
    isSlow: true,
    program: async (url, folder) => {
      writeFileSync(join(folder, "Get.java"), JAVA)
      await build("Get.class", ["javac", "-d", folder, join(folder, "Get.java")], folder)
      return { argv: ["java", "-Xshare:auto", "-cp", GUEST.home, "Get", url], files: [join(folder, "Get.class")] }
    },
  },
]

/** Plain HTTP over bare system calls, its own DNS question included: nothing of libc that could help. */
export const STATIC_C: Client = {
  name: "static C program",
  needs: ["gcc"],
  program: async (_url, folder) => {
    writeFileSync(join(folder, "get.c"), C)
    await build("get", ["gcc", "-static", "-O1", "-o", join(folder, "get"), join(folder, "get.c")], folder)
    return { argv: [`${GUEST.home}/get`, PLAIN_HOST], files: [join(folder, "get")] }
  },
}

/** A gRPC client in what matters here: HTTP/2 or nothing. */
export const H2_ONLY: Client = {
  name: "HTTP/2 only, over TLS",
  needs: ["node"],
  program: () =>
    script(
      ["node", "-e"],
      `require("node:http2").connect("https://${HOST}").on("connect", () => console.log("connected")).on("error", (e) => console.log(e.code))`,
    ),
}

/** The same where it can work: one call and its trailers, with the far end's own CA in its home. */
export function h2Call(host: string, caFile: string): GuestProgram {
  const ca = `${GUEST.home}/${basename(caFile)}`
  return {
    ...script(["node", "-e"], `${H2_CALL}call("https://${host}", "${ca}")`),
    files: [caFile],
  }
}

const H2_CALL = `
function call(url, ca) {
  const session = require("node:http2").connect(url, { ca: require("node:fs").readFileSync(ca) })
  session.on("error", (e) => console.log(e.code))
  const stream = session.request({ ":method": "POST", ":path": "/grpc.Service/Call", te: "trailers" })
  stream.on("response", (head) => console.log(session.alpnProtocol, head[":status"]))
  stream.on("data", (chunk) => console.log(String(chunk)))
  stream.on("trailers", (trailers) => console.log("grpc-status", trailers["grpc-status"]))
  stream.on("error", (e) => console.log(e.code))
  stream.on("close", () => session.close())
  stream.end("ping")
}
`

/** Where a bottle sees it, too: of the host's system only. */
export function isInstalled({ needs }: Client): boolean {
  return needs.every((program) => {
    const path = Bun.which(program, { PATH: "/usr/local/bin:/usr/bin:/bin" })
    return path !== null && realpathSync(path).startsWith("/usr/")
  })
}

function script(interpreter: readonly string[], text: string): GuestProgram {
  return { argv: [...interpreter, text] }
}

async function buildGo(url: string, folder: string): Promise<GuestProgram> {
  writeFileSync(join(folder, "get.go"), GO)
  const argv = ["/usr/local/go/bin/go", "build", "-o", join(folder, "get-go"), join(folder, "get.go")]
  // An earlier build of its library is used again: a build from nothing takes a minute.
  const GOCACHE = join(Bun.env["HOME"] ?? folder, ".cache/go-build")
  await build("get-go", argv, folder, { CGO_ENABLED: "0", GO111MODULE: "off", GOCACHE })
  return { argv: [`${GUEST.home}/get-go`, url], files: [join(folder, "get-go")] }
}

/** Once a folder. */
async function build(
  result: string,
  argv: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (existsSync(join(folder, result))) return
  const child = Bun.spawn([...argv], {
    cwd: folder,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const [exitCode, stderr] = await Promise.all([child.exited, child.stderr.text()])
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`)
}

const GO = `package main

import ("fmt"; "io"; "net/http"; "os")

func main() {
	answer, err := http.Get(os.Args[1])
	if err != nil { fmt.Println(err); os.Exit(1) }
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(string(body))
}
`

const JAVA = `import java.net.URI;
import java.net.http.*;

public class Get {
  public static void main(String[] args) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(args[0])).build();
    System.out.println(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
  }
}
`

const C = `#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words) {
  unsigned char packet[512] = {0x12, 0x34, 1, 0, 0, 1};
  size_t at = 12;
  for (char *label = strtok(strdup(words[1]), "."); label; label = strtok(NULL, ".")) {
    packet[at++] = strlen(label);
    memcpy(packet + at, label, strlen(label));
    at += strlen(label);
  }
  memcpy(packet + at, "\\0\\0\\1\\0\\1", 5);
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int names = socket(AF_INET, SOCK_DGRAM, 0);
  sendto(names, packet, at + 5, 0, (struct sockaddr *)&place, sizeof place);
  ssize_t size = recv(names, packet, sizeof packet, 0);
  if (size < 16 || packet[7] != 1) return puts("no such name"), 1;
  memcpy(&place.sin_addr, packet + size - 4, 4);
  place.sin_port = htons(80);
  int web = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(web, (struct sockaddr *)&place, sizeof place)) return perror("connect"), 1;
  dprintf(web, "GET /x HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n", words[1]);
  char answer[4096];
  for (ssize_t got; (got = read(web, answer, sizeof answer)) > 0;) write(1, answer, got);
  return 0;
}
`
