// One client of the compatibility table, and what the scripts of several share.

import { GUEST } from "@bot-bottle/bottle"
import { PACKAGE } from "./far-host.ts"
import type { Part } from "./toolbox.ts"

export interface Client {
  readonly name: string
  /** The clients that are tried. */
  readonly does: string
  /** Of the toolbox; absent for a program of the system. */
  readonly part?: Part
  /** Programs of the host that a bottle shows. */
  readonly needs?: readonly string[]
  readonly script: string
  /** Against a far side that drops nothing of a request. */
  readonly isStrict?: boolean
  /** Of one that is known not to work: why, for the table. */
  readonly fails?: string
}

export const BOX = GUEST.toolchain
export const NODE = "/usr/bin/node"
export const PYTHON = "/usr/bin/python3"
export const NPM = `${BOX}/npm/node_modules`

export function install(command: string): string {
  return `mkdir -p n && cd n && echo '{"name":"n","version":"1.0.0"}' > package.json
export npm_config_registry=https://$HOST/npm/ COREPACK_ENABLE_STRICT=0 CI=1
${command} ${PACKAGE} && cat node_modules/${PACKAGE}/index.js`
}

export function python(program: string): string {
  return `cat > p.py <<'END'
import os
HOST = os.environ["HOST"]
${program}
END
python3 p.py`
}

export function node(program: string): string {
  return `cat > p.mjs <<'END'
const url = "https://" + process.env.HOST + "/x"
${program}
END
node p.mjs`
}
