// Small projects of many kinds, built and tested in bottles from copies of their folders. They use what
// the host has installed and no package registry: the part of docs/workshop.md that needs none.

import { expect, test } from "bun:test"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost, programBottle } from "../e2e/cli/cli-host.ts"

interface Project {
  readonly name: string
  /** Of the host. */
  readonly needs: readonly string[]
  readonly files: Readonly<Record<string, string>>
  readonly script: string
  readonly prints: string
}

const PROJECTS: readonly Project[] = [
  {
    name: "CMake, C++ with AddressSanitizer and UBSan, ctest",
    needs: ["/usr/bin/cmake", "/usr/bin/g++"],
    files: {
      "CMakeLists.txt": `cmake_minimum_required(VERSION 3.16)
project(x CXX)
enable_testing()
add_executable(t t.cc)
target_compile_options(t PRIVATE -fsanitize=address,undefined)
target_link_options(t PRIVATE -fsanitize=address,undefined)
add_test(NAME good COMMAND t)
add_test(NAME bad COMMAND t x)
set_tests_properties(bad PROPERTIES WILL_FAIL TRUE)
`,
      "t.cc": "#include <vector>\nint main(int c, char **) { std::vector<int> v(3); v.data()[c > 1 ? 3 : 0] = 1; }\n",
    },
    script:
      "cmake -S . -B build >log && cmake --build build >>log && ctest --test-dir build 2>&1 | grep -o '100% tests passed'",
    prints: "100% tests passed\n",
  },
  {
    name: "Python: a virtual environment, a package of the project's own, unittest",
    needs: ["/usr/bin/python3"],
    files: {
      "words/__init__.py": "def double(text): return text * 2\n",
      "test_words.py":
        "import unittest, words\nclass T(unittest.TestCase):\n  def test_double(self): self.assertEqual(words.double('a'), 'aa')\n",
    },
    script:
      "python3 -m venv --without-pip .venv && .venv/bin/python -m unittest -q 2>&1 | tail -n 1; .venv/bin/python -c 'import sys; print(sys.prefix)'",
    prints: "OK\n/home/node/workspace/.venv\n",
  },
  {
    name: "Node: a server on the loopback and node:test",
    needs: ["/usr/bin/node"],
    files: {
      "app.test.mjs": `import test from "node:test"; import assert from "node:assert"; import { createServer } from "node:http"
test("answers", async () => {
  const server = createServer((_, answer) => answer.end("here")).listen(0)
  assert.equal(await (await fetch("http://127.0.0.1:" + server.address().port)).text(), "here"); server.close()
})
`,
    },
    script: "node --test --test-reporter=tap app.test.mjs | grep '^# pass'",
    prints: "# pass 1\n",
  },
  {
    // Its own tests would first build much of the standard library.
    name: "Go: built and run",
    needs: ["/usr/local/go/bin/go"],
    files: {
      "go.mod": "module words\n\ngo 1.20\n",
      "main.go": 'package main\n\nfunc main() {\n\tprintln("built")\n}\n',
    },
    script: "CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -o words . && ./words 2>&1",
    prints: "built\n",
  },
  {
    name: "Java: compiled, put in an archive, run",
    needs: ["/usr/bin/javac", "/usr/bin/jar"],
    files: {
      "Words.java": 'class Words { public static void main(String[] a) { System.out.println("aa".repeat(2)); } }\n',
    },
    script: "javac Words.java && jar cfe words.jar Words Words.class && java -jar words.jar 2>&1",
    prints: "aaaa\n",
  },
  {
    name: "Ruby: rake and minitest",
    needs: ["/usr/bin/ruby", "/usr/bin/rake"],
    files: {
      Rakefile: 'require "rake/testtask"\nRake::TestTask.new { |t| t.pattern = "*_test.rb" }\ntask default: :test\n',
      "a_test.rb":
        'require "minitest/autorun"\nclass T < Minitest::Test\n  def test_a; assert_equal 3, 1 + 2; end\nend\n',
    },
    script: "rake 2>&1 | grep -o '1 runs, 1 assertions, 0 failures, 0 errors'",
    prints: "1 runs, 1 assertions, 0 failures, 0 errors\n",
  },
  {
    name: "Perl: prove",
    needs: ["/usr/bin/prove"],
    files: { "t/a.t": 'use Test::More tests => 1; ok(1 + 2 == 3, "adds");\n' },
    script: "prove -Q 2>&1 | head -n 1",
    prints: "All tests successful.\n",
  },
  {
    name: "Git: a submodule, a recursive clone, a work tree, fsck",
    needs: ["/usr/bin/git"],
    files: { a: "a\n" },
    script: `export GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=e GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=e
git config --global protocol.file.allow always && git init -q /tmp/up && (cd /tmp/up && echo deep >f && git add f && git commit -qm up)
git init -q . && git submodule --quiet add /tmp/up sub && git add -A && git commit -qm all
git clone -q --recurse-submodules . /tmp/clone && cat /tmp/clone/sub/f
git worktree add -q /tmp/tree && ls /tmp/tree && git gc -q && git fsck --strict`,
    prints: "deep\na\nsub\n",
  },
]

for (const { name, needs, files, script, prints } of PROJECTS) {
  const missing = needs.filter((path) => !existsSync(path))
  if (missing.length > 0) process.stderr.write(`projects: NOT TRIED: ${name}: ${missing.join(", ")} is not installed\n`)
  test.skipIf(missing.length > 0)(
    name,
    async () => {
      await using host = await openCliHost()
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(host.cwd, path)), { recursive: true })
        writeFileSync(join(host.cwd, path), text)
      }
      await host.write("bottles/dev.md", programBottle(["/bin/bash", "-c", script], "limits: { memory: 4g }\n"))
      await host.write("agents/impl.md", agentIn("dev"))
      const start = [...CLI, "start", "impl", "--headless", "--prompt", "x", "--cwd"]
      const env = { ...host.env, PATH: `${Bun.env["PATH"] ?? ""}:/usr/local/go/bin` }
      const { exitCode, stdout, stderr } = await runProgram(start, { cwd: host.cwd, env, deadlineMs: 110_000 })
      expect({ exitCode, stdout, stderr: exitCode === 0 && stdout === prints ? "" : stderr }).toEqual({
        exitCode: 0,
        stdout: prints,
        stderr: "",
      })
    },
    120_000,
  )
}
