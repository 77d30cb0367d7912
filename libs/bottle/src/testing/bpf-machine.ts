// Runs a classic BPF program as the kernel would, for the few instructions ours use.

export interface SeccompCall {
  readonly number: number
  readonly architecture: number
  readonly args: readonly number[]
}

export function runBpf(program: Uint8Array, call: SeccompCall): number {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength)
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, call.number, true)
  data.setUint32(4, call.architecture, true)
  call.args.forEach((value, index) => {
    data.setUint32(16 + 8 * index, value, true)
  })
  let accumulator = 0
  for (let at = 0; at * 8 < program.byteLength; at += 1) {
    const [operation, ifTrue, ifFalse, constant] = [
      code.getUint16(at * 8, true),
      code.getUint8(at * 8 + 2),
      code.getUint8(at * 8 + 3),
      code.getUint32(at * 8 + 4, true),
    ]
    switch (operation) {
      case 0x20:
        accumulator = data.getUint32(constant, true)
        break
      case 0x06:
        return constant
      case 0x05:
        at += constant
        break
      case 0x15:
        at += accumulator === constant ? ifTrue : ifFalse
        break
      case 0x25:
        at += accumulator > constant ? ifTrue : ifFalse
        break
      case 0x45:
        at += (accumulator & constant) !== 0 ? ifTrue : ifFalse
        break
      default:
        throw new Error(`Instruction 0x${operation.toString(16)} at ${at} is not one of ours`)
    }
  }
  throw new Error("The program ran off its end")
}
