// The clients of the compatibility table, each a shell script for its bottle. `$HOST` is the host
// it is to reach, once a listed one and once another. A client that was answered prints ANSWER.

import { GUEST } from "@bot-bottle/bottle"
import { BOX, type Client, install, NODE, NPM, node, PYTHON, python } from "./client.ts"
import { PACKAGE } from "./far-host.ts"
import { SDK_CLIENTS } from "./sdk-clients.ts"
import { MAVEN_PLUGIN } from "./toolbox.ts"

/** Cargo asks its compiler what it is before it fetches anything; a bottle of these tests has none. */
const FETCHING_RUSTC = `#!/bin/sh
case "$*" in
*-vV*) printf '%s\\n' 'rustc 1.80.0 (0 2024-01-01)' 'binary: rustc' 'commit-hash: 0' 'commit-date: 2024-01-01' 'host: x86_64-unknown-linux-gnu' 'release: 1.80.0' 'LLVM version: 18.0' ;;
*) printf '%s\\n' ___ lib___.rlib lib___.so lib___.so lib___.a lib___.so /usr off packed unpacked ___ 'target_arch="x86_64"' 'target_os="linux"' unix ;;
esac`

const MAVEN_GET = `org.apache.maven.plugins:maven-dependency-plugin:${MAVEN_PLUGIN}:get`

export const CLIENTS: readonly Client[] = [
  { name: "curl", does: "GET", needs: ["/usr/bin/curl"], script: "curl -sS https://$HOST/x" },
  { name: "wget", does: "GET", needs: ["/usr/bin/wget"], script: "wget -nv -t 1 -O - https://$HOST/x" },
  {
    name: "git",
    does: "clone over https",
    needs: ["/usr/bin/git"],
    script: "git clone -q https://$HOST/git/words.git w && cat w/words",
  },
  {
    name: "Git LFS",
    does: "fetch a large file",
    needs: ["/usr/bin/git", "/usr/bin/git-lfs"],
    // Its own requests: the clone is of the listed host each time.
    script: `git clone -q https://$LISTED/git/words.git w && cd w && git lfs install --local --skip-repo >&2
git config lfs.url https://$HOST/git/words.git/info/lfs && git config lfs.transfer.maxretries 1
git lfs pull && cat large`,
  },
  {
    name: "apt",
    does: "its downloader",
    needs: ["/usr/lib/apt/apt-helper"],
    script: "/usr/lib/apt/apt-helper -o Acquire::Retries=0 download-file https://$HOST/x here && cat here",
  },
  {
    name: "pip",
    does: "install a wheel",
    part: "python",
    needs: [PYTHON],
    script: `python3 -m pip install -q --retries 0 --target t --index-url https://$HOST/simple ${PACKAGE} && cat t/${PACKAGE}.py`,
  },
  {
    name: "uv",
    does: "install a wheel",
    part: "python",
    needs: [PYTHON],
    script: `UV_HTTP_RETRIES=0 ${BOX}/python/bin/uv pip install -q --python ${PYTHON} --target t --index-url https://$HOST/simple ${PACKAGE} && cat t/${PACKAGE}.py`,
  },
  {
    name: "npm",
    does: "install a package",
    needs: [NODE, "/usr/bin/npm"],
    script: install("npm install --no-audit --no-fund --fetch-retries=0"),
  },
  {
    name: "pnpm",
    does: "install a package",
    part: "npm",
    needs: [NODE],
    script: install(`node ${NPM}/pnpm/bin/pnpm.cjs add --fetch-retries=0`),
  },
  {
    name: "Yarn 1",
    does: "install a package",
    part: "npm",
    needs: [NODE],
    script: install(`node ${NPM}/yarn/bin/yarn.js add --network-timeout 10000`),
  },
  {
    name: "Bun",
    does: "install a package",
    script: install(`${GUEST.runtime}/bun add`),
  },
  {
    name: "cargo",
    does: "fetch a crate from a sparse registry",
    part: "cargo",
    script: `mkdir -p c/src && cd c && touch src/lib.rs
printf '[package]\\nname = "c"\\nversion = "0.1.0"\\nedition = "2021"\\n[dependencies]\\n${PACKAGE} = { version = "1", registry = "far" }\\n' > Cargo.toml
export CARGO_REGISTRIES_FAR_INDEX=sparse+https://$HOST/cargo/ CARGO_NET_RETRY=0 RUSTC=$HOME/rustc
cat > $RUSTC <<'END'
${FETCHING_RUSTC}
END
chmod +x $RUSTC
${BOX}/cargo/cargo -q fetch && cat $HOME/.cargo/registry/src/*/${PACKAGE}-1.0.0/src/lib.rs`,
  },
  {
    name: "go",
    does: "fetch a module from a module proxy",
    needs: ["/usr/local/go/bin/go"],
    script: `mkdir -p g && cd g && printf 'module g\\n\\ngo 1.20\\n' > go.mod
export GOPROXY=https://$HOST/go GONOSUMDB='*' GONOSUMCHECK=1 GOSUMDB=off GOFLAGS=-mod=mod
/usr/local/go/bin/go mod download example.com/${PACKAGE}@v1.0.0 && cat $HOME/go/pkg/mod/example.com/${PACKAGE}@v1.0.0/words.go`,
  },
  { name: "Go net/http", does: "GET, a static program", part: "go", script: `${BOX}/go/get https://$HOST/x` },
  { name: "Rust reqwest", does: "GET, rustls", part: "cargo", script: `${BOX}/cargo/get https://$HOST/x` },
  {
    name: "Java HttpClient",
    does: "GET",
    part: "java",
    needs: ["/usr/bin/java"],
    script: `java -cp ${BOX}/java Get https://$HOST/x`,
  },
  {
    name: "requests",
    does: "GET",
    part: "python",
    needs: [PYTHON],
    script: python(`import requests; print(requests.get(f"https://{HOST}/x", timeout=10).text)`),
  },
  {
    name: "httpx",
    does: "GET",
    part: "python",
    needs: [PYTHON],
    script: python(`import httpx; print(httpx.get(f"https://{HOST}/x").text)`),
  },
  {
    name: "aiohttp",
    does: "GET, without trust_env",
    part: "python",
    needs: [PYTHON],
    script: python(`import aiohttp, asyncio
async def main():
    async with aiohttp.ClientSession() as session:
        async with session.get(f"https://{HOST}/x") as answer: print(await answer.text())
asyncio.run(main())`),
  },
  {
    name: "boto3",
    does: "S3: put in chunks with a checksum, get with its length",
    part: "python",
    needs: [PYTHON],
    script: python(`import boto3, botocore.config
s3 = boto3.client("s3", endpoint_url=f"https://{HOST}", region_name="x", aws_access_key_id="a", aws_secret_access_key="b",
  config=botocore.config.Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))
s3.put_object(Bucket="bucket", Key="//key", Body=" ".join(["hello", "from", "far", "away"]).encode())
got = s3.get_object(Bucket="bucket", Key="//key")
assert got["ContentLength"] == 19, got["ContentLength"]
print(got["Body"].read().decode())`),
  },
  {
    name: "elasticsearch",
    does: "GET with a body",
    isStrict: true,
    part: "python",
    needs: [PYTHON],
    script: python(`from elasticsearch import Elasticsearch
far = Elasticsearch(f"https://{HOST}", max_retries=0)
headers = {"accept": "application/json", "content-type": "application/json"}
print(far.perform_request("GET", "/search/_search", headers=headers, body={"query": " ".join(["hello", "from", "far", "away"])}).body)`),
  },
  {
    name: "hvac",
    does: "Vault's LIST method",
    isStrict: true,
    part: "python",
    needs: [PYTHON],
    script: python(`import hvac
print(hvac.Client(url=f"https://{HOST}", token="t").secrets.kv.v1.list_secrets(path="p"))`),
  },
  { name: "Node fetch", does: "GET", needs: [NODE], script: node(`console.log(await (await fetch(url)).text())`) },
  {
    name: "undici",
    does: "GET",
    part: "npm",
    needs: [NODE],
    script: node(
      `import { request } from "${NPM}/undici/index.js"; console.log(await (await request(url)).body.text())`,
    ),
  },
  {
    name: "axios",
    does: "GET",
    part: "npm",
    needs: [NODE],
    script: node(`import axios from "${NPM}/axios/index.js"
await axios.get(url).then((a) => console.log(a.data), (e) => console.log(String(e), JSON.stringify(e.response?.data)))`),
  },
  {
    name: "got",
    does: "GET",
    part: "npm",
    needs: [NODE],
    script: node(`import got from "${NPM}/got/dist/source/index.js"
await got(url, { retry: { limit: 0 } }).then((a) => console.log(a.body), (e) => console.log(String(e), e.response?.body))`),
  },
  {
    name: "Deno",
    does: "GET",
    part: "npm",
    script: `${NPM}/@deno/*/deno eval 'console.log(await (await fetch("https://" + Deno.env.get("HOST") + "/x")).text())'`,
  },
  {
    name: "Bun fetch",
    does: "GET",
    script: `${GUEST.runtime}/bun -e 'console.log(await (await fetch("https://" + process.env.HOST + "/x")).text())'`,
  },
  {
    name: "Playwright",
    does: "download a browser",
    part: "npm",
    needs: [NODE],
    script: `PLAYWRIGHT_DOWNLOAD_HOST=https://$HOST PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT=10000 PLAYWRIGHT_SKIP_VALIDATE_HOST_REQUIREMENTS=1 node ${NPM}/playwright-core/cli.js install --no-shell chromium && find $HOME/.cache/ms-playwright -name chrome && echo hello from far away`,
  },
  ...SDK_CLIENTS,
  {
    name: "Maven",
    does: "fetch an artifact",
    part: "maven",
    needs: ["/usr/bin/mvn"],
    script: `cp -r ${BOX}/maven/repository r && cat > settings.xml <<END
<settings><mirrors><mirror><id>far</id><mirrorOf>*</mirrorOf><url>https://$HOST/maven</url></mirror></mirrors></settings>
END
mvn -B -q -llr -s settings.xml -Dmaven.repo.local=$PWD/r ${MAVEN_GET} -Dartifact=example:${PACKAGE}:1.0.0:pom -Dtransitive=false
cat r/example/${PACKAGE}/1.0.0/*.pom`,
  },
  {
    name: "Gradle",
    does: "fetch an artifact",
    needs: ["/usr/bin/gradle"],
    script: `cat > build.gradle <<END
repositories { maven { url "https://$HOST/maven" } }
configurations { words }
dependencies { words "example:${PACKAGE}:1.0.0@pom" }
task show { doLast { configurations.words.files.each { println it.text } } }
END
GRADLE_USER_HOME=$PWD/g gradle -q --no-daemon show`,
  },
]
