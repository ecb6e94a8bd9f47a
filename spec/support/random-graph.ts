import fc from 'fast-check'
import type { Calculator, Packet, Timestamp } from '../../engine/index.ts'
import { AnyPacket, calculator, Graph, latest, optional } from '../../engine/index.ts'
import { type NodeSketch, plan } from './plan.ts'

/** What a node of a random graph does. All of them fire under the default policy. */
interface Kind {
  readonly timestampOffset: number | 'own'
  /** The values to send for the values that are there; undefined: nothing there. */
  send(values: readonly (number | undefined)[], timestamp: Timestamp): readonly number[]
}

const present = (values: readonly (number | undefined)[]): number[] => values.filter((value) => value !== undefined)
const sum = (values: readonly (number | undefined)[]): number =>
  present(values).reduce((total, value) => (total + value) % 1009, 0)

const kinds: readonly Kind[] = [
  { timestampOffset: 0, send: (values) => [sum(values) + 1] },
  { timestampOffset: 0, send: (values, timestamp) => ((sum(values) + timestamp) % 3 === 0 ? [] : [sum(values)]) },
  { timestampOffset: 0, send: (values) => (present(values).length < values.length ? [] : [sum(values)]) },
  { timestampOffset: 5, send: (values) => [sum(values)] },
  { timestampOffset: -2, send: (values, timestamp) => (timestamp % 2 === 0 ? [sum(values)] : []) },
  { timestampOffset: 'own', send: (values) => [sum(values), sum(values) + 1].slice(sum(values) % 3) },
]

export interface RandomNode {
  readonly kind: number
  /** Streams it reads, modulo those there are. The second one may be read as the latest. */
  readonly reads: readonly number[]
  readonly readsLatest: boolean
  readonly maxInFlight: number
  /** Of firing k: how many turns of the microtask queue it takes; 0: it is synchronous. */
  readonly delays: readonly number[]
}

export interface RandomGraph {
  readonly inputs: number
  readonly maxQueueSize: number
  readonly nodes: readonly RandomNode[]
}

const randomNode = fc.record({
  kind: fc.nat(kinds.length - 1),
  reads: fc.array(fc.nat(100), { minLength: 1, maxLength: 3 }),
  readsLatest: fc.boolean(),
  maxInFlight: fc.constantFrom(1, 1, 2, 4),
  delays: fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }),
})

/** Graphs without loops: fan-out, joins, filters, offsets, own times, latest ports, parallel and asynchronous firings. */
export const randomGraph: fc.Arbitrary<RandomGraph> = fc.record({
  inputs: fc.integer({ min: 1, max: 3 }),
  maxQueueSize: fc.constantFrom(-1, 1, 2, 100),
  nodes: fc.array(randomNode, { minLength: 1, maxLength: 7 }),
})

/** Something that may go wrong in a node, or be noted. */
export type Watch = (event: 'open' | 'process' | 'close', node: string) => void

/** Stream k of the graph is called `s<k>`; the inputs come first, then one for each node. */
export function buildGraph(sketch: RandomGraph, watch: Watch = () => {}): Graph {
  const inputs = Array.from({ length: sketch.inputs }, (_, k) => `s${k}`)
  const outputs = sketch.nodes.map((_, k) => `s${sketch.inputs + k}`)
  const nodes = sketch.nodes.map((node, k): NodeSketch => {
    const reads = streamsRead(sketch, k)
    return {
      calculator: build(node, reads.length, watch),
      in: reads.map((stream, port) => `${portTag(node, port)}:s${stream}`),
      out: [`OUT:s${sketch.inputs + k}`],
      maxInFlight: node.maxInFlight,
    }
  })
  return new Graph(plan({ in: inputs, out: outputs, maxQueueSize: sketch.maxQueueSize, nodes }))
}

/** Distinct streams, all written before node `k`. */
const streamsRead = ({ inputs, nodes }: RandomGraph, k: number): number[] => [
  ...new Set(nodes[k]!.reads.map((read) => read % (inputs + k))),
]

const isLatest = (node: RandomNode, port: number): boolean => node.readsLatest && port === 1
const portTag = (node: RandomNode, port: number): string => (isLatest(node, port) ? 'LATEST' : `IN${port}`)

function build(node: RandomNode, ports: number, watch: Watch): Calculator {
  const { timestampOffset, send } = kinds[node.kind]!
  const tags = Array.from({ length: ports }, (_, port) => portTag(node, port))
  const inputs = Object.fromEntries(tags.map((tag) => [tag, tag === 'LATEST' ? latest(AnyPacket) : optional(AnyPacket)]))
  return calculator({ inputs, outputs: { OUT: AnyPacket }, timestampOffset }, ({ outputs, node: name }) => {
    watch('open', name)
    let firings = 0
    return {
      process(given, timestamp) {
        watch('process', name)
        const read = given as Readonly<Record<string, { isEmpty: boolean; value: unknown }>>
        const values = tags.map((tag) => (read[tag]!.isEmpty ? undefined : (read[tag]!.value as number)))
        const finish = () => {
          for (const value of send(values, timestamp)) outputs.OUT.send(value)
        }
        const delay = node.delays[firings++ % node.delays.length]!
        return delay === 0 ? finish() : after(delay).then(finish)
      },
      close: () => watch('close', name),
    }
  })
}

async function after(turns: number): Promise<void> {
  if (turns === 6) await new Promise((resolve) => setImmediate(resolve))
  else for (let k = 0; k < turns; k++) await Promise.resolve()
}

/** What the graph must give, worked out stream by stream: every packet of each stream. */
export function expected(sketch: RandomGraph, given: readonly (readonly Packet<number>[])[]): Packet<number>[][] {
  const streams = given.map((packets) => [...packets])
  sketch.nodes.forEach((node, k) => {
    const reads = streamsRead(sketch, k)
    const firing = reads
      .filter((_, port) => !isLatest(node, port))
      .flatMap((stream) => streams[stream]!.map(({ timestamp }) => timestamp))
    const { timestampOffset, send } = kinds[node.kind]!
    const written: Packet<number>[] = []
    for (const time of [...new Set(firing)].sort((a, b) => a - b)) {
      const values = reads.map((stream, port) =>
        isLatest(node, port)
          ? streams[stream]!.findLast(({ timestamp }) => timestamp <= time)?.value
          : streams[stream]!.find(({ timestamp }) => timestamp === time)?.value,
      )
      for (const value of send(values, time)) {
        written.push({ value, timestamp: timestampOffset === 'own' ? written.length : time + timestampOffset })
      }
    }
    streams.push(written)
  })
  return streams
}
