// A tiny assembler for classic BPF, as seccomp takes it: labels in, kernel bytes out.
//
// Pure. Knows instructions, not policy.

/** The fields that a filter may read: offsets into the kernel's `struct seccomp_data`, little-endian. */
export const SECCOMP_DATA = {
  number: 0,
  architecture: 4,
  /** Low half of argument `index`; the kernel widens every argument to 64 bits. */
  argument: (index: number) => 16 + 8 * index,
} as const

export type BpfLine =
  | { readonly op: "label"; readonly name: string }
  | { readonly op: "load"; readonly offset: number }
  | { readonly op: "return"; readonly value: number }
  /** Goes to `to` when the test holds, else to the next line. Unsigned. */
  | {
      readonly op: "jump-if"
      readonly test: "equal" | "greater" | "any-bit"
      readonly value: number
      readonly to: string
    }
  | { readonly op: "jump"; readonly to: string }

const LOAD_WORD_ABSOLUTE = 0x20
const RETURN_CONSTANT = 0x06
const JUMP = 0x05
const JUMP_TESTS = { equal: 0x15, greater: 0x25, "any-bit": 0x45 } as const
/** Conditional jumps reach this far; `jump` reaches anywhere. */
const MAX_CONDITIONAL_JUMP = 255

/** Throws RangeError on an unknown label, a jump backwards or one too far. */
export function assembleBpf(lines: readonly BpfLine[]): Uint8Array<ArrayBuffer> {
  const labels = new Map<string, number>()
  let address = 0
  for (const line of lines) {
    if (line.op === "label") labels.set(line.name, address)
    else address += 1
  }
  const distance = (name: string, from: number): number => {
    const target = labels.get(name)
    if (target === undefined) throw new RangeError(`Unknown label ${name}`)
    if (target <= from) throw new RangeError(`Label ${name} is behind its jump`)
    return target - from - 1
  }

  const program = new DataView(new ArrayBuffer(address * 8))
  address = 0
  for (const line of lines) {
    if (line.op === "label") continue
    writeInstruction(program, address, line, distance)
    address += 1
  }
  return new Uint8Array(program.buffer)
}

function writeInstruction(
  program: DataView,
  address: number,
  line: Exclude<BpfLine, { op: "label" }>,
  distance: (name: string, from: number) => number,
): void {
  const put = (code: number, ifTrue: number, constant: number) => {
    program.setUint16(address * 8, code, true)
    program.setUint8(address * 8 + 2, ifTrue)
    program.setUint32(address * 8 + 4, constant, true)
  }
  switch (line.op) {
    case "load":
      put(LOAD_WORD_ABSOLUTE, 0, line.offset)
      break
    case "return":
      put(RETURN_CONSTANT, 0, line.value)
      break
    case "jump":
      put(JUMP, 0, distance(line.to, address))
      break
    case "jump-if": {
      const far = distance(line.to, address)
      if (far > MAX_CONDITIONAL_JUMP) throw new RangeError(`Label ${line.to} is ${far} instructions away`)
      put(JUMP_TESTS[line.test], far, line.value)
      break
    }
  }
}
