import type { Calculator, Packet, Run, Timestamp } from '../../engine/index.ts'
import { AnyPacket, calculator, many, optional, STOP } from '../../engine/index.ts'

/** A promise that a spec settles when it likes. */
export interface Deferred<T = void> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(reason: unknown): void
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((res, rej) => {
    resolve = res
    reject = rej
  })
  return { promise, resolve, reject }
}

/** Settles when the event loop has turned often enough for a run that paused once to have gone on. */
export async function turn(): Promise<void> {
  for (let k = 0; k < 3; k++) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets the event loop turn until `condition` holds; a spec whose condition never holds does not end. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

/** Sends each packet on, from each input to the output of the same index. */
export const pass = calculator({ inputs: { '': many(AnyPacket) }, outputs: { '': many(AnyPacket) } }, ({ outputs }) => ({
  process(inputs) {
    inputs[''].forEach((input, index) => {
      if (!input.isEmpty) outputs['']![index]!.send(input.value)
    })
  },
}))

/** Sends on what `keep` says yes to. */
export const filter = (keep: (value: number) => boolean): Calculator =>
  calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    process(inputs) {
      if (keep(inputs[''].value as number)) outputs[''].send(inputs[''].value)
    },
  }))

/** The sum of A and B, when both are there. */
export const adder = calculator({ inputs: { A: AnyPacket, B: AnyPacket }, outputs: { SUM: AnyPacket } }, ({ outputs }) => ({
  process({ A, B }) {
    if (!A.isEmpty && !B.isEmpty) outputs.SUM.send((A.value as number) + (B.value as number))
  },
}))

/** A source of `values`, at `times` or 0, 1, 2, … */
export const source = (values: readonly unknown[], times?: readonly Timestamp[]): Calculator =>
  calculator({ outputs: { '': AnyPacket } }, ({ outputs }) => {
    let sent = 0
    return {
      process() {
        if (sent === values.length) return STOP
        outputs[''].send(values[sent], times?.[sent])
        sent += 1
        return undefined
      },
    }
  })

/** One firing, as `recorder` saw it: its time, and the values that were there, by port. */
export interface Seen {
  readonly at: Timestamp
  readonly got: Readonly<Record<string, unknown>>
}

/** Notes every firing in `log`. Inputs: `tags`, each optional. */
export const recorder = (log: Seen[], tags: readonly string[], contract: { processTimestampBounds?: boolean } = {}): Calculator =>
  calculator({ ...contract, inputs: Object.fromEntries(tags.map((tag) => [tag, optional(AnyPacket)])) }, () => ({
    process(inputs, at) {
      const there = tags.filter((tag) => inputs[tag] !== undefined && !inputs[tag].isEmpty)
      log.push({ at, got: Object.fromEntries(there.map((tag) => [tag, inputs[tag]!.value])) })
    },
  }))

/** The packets of an output, filled as they come. */
export function collect(run: Run, port: string): Packet[] {
  const packets: Packet[] = []
  run.observe(port, (packet) => packets.push(packet))
  return packets
}

export const values = (packets: readonly Packet[]): unknown[] => packets.map((packet) => packet.value)
export const times = (packets: readonly Packet[]): Timestamp[] => packets.map((packet) => packet.timestamp)
