import type { Calculator, InputPolicy, Packet, Ports, Trace } from '../../engine/index.ts'
import { Graph } from '../../engine/index.ts'
import { plan } from './plan.ts'

export interface CalculatorSettings {
  /**
   * Packets of each port: values, which come at 0, 1, 2, …, or `{ value, timestamp }`. Ports are named `TAG`, `TAG:1`, and ``
   * for the untagged one. Ports not named get no packets; optional ones are then not connected.
   */
  readonly inputs?: Readonly<Record<string, readonly unknown[]>>
  readonly sides?: Readonly<Record<string, unknown>>
  /** Parsed by the contract's schema; default `{}`. */
  readonly options?: unknown
  readonly policy?: InputPolicy
  readonly maxInFlight?: number
  /** Input ports that are back edges. */
  readonly back?: readonly string[]
  /** How many ports a repeated output has; default 1 each. */
  readonly outputs?: Readonly<Record<string, number>>
  readonly signal?: AbortSignal
  readonly trace?: Trace
}

/**
 * Runs one calculator on packets and returns what it sends, by port: `TAG`, `TAG:1`, ``. Packets of all inputs are pushed in
 * order of time, then the inputs are closed. Rejects when the run fails. `T` names the values by port:
 * `runCalculator<{ DELTA: TextDeltaValue }>(…)`.
 */
export async function runCalculator<T extends Readonly<Record<string, unknown>>>(
  calculator: Calculator,
  settings: CalculatorSettings = {},
): Promise<{ [K in keyof T]: Packet<T[K]>[] }> {
  const graph = calculatorGraph(calculator, settings)
  const { sides = {}, signal, trace } = settings
  const run = graph.start({ sides, ...(signal && { signal }), ...(trace && { trace }) })
  const outputs: Record<string, Packet[]> = {}
  for (const { tag, index } of graph.plan.outputs) {
    const packets: Packet[] = []
    outputs[keyOf(tag, index)] = packets
    run.observe(portName('out', tag, index), (packet) => packets.push(packet))
  }
  for (const { tag, index, packet } of inTimeOrder(settings.inputs ?? {})) {
    run.push(portName('in', tag, index), packet.value, packet.timestamp)
  }
  run.close()
  await run.done
  return outputs as { [K in keyof T]: Packet<T[K]>[] }
}

/**
 * The graph of that one node, for specs that drive its run themselves. Its ports have the names of the calculator's, and `in`
 * and `out` (`in1`, …) for the untagged ones; queues have no limit.
 */
export function calculatorGraph(calculator: Calculator, settings: CalculatorSettings = {}): Graph {
  const { inputs = {}, sides = {}, outputs = {}, policy, maxInFlight, back } = settings
  const { contract } = calculator
  const into = connected(contract.inputs, (tag) => indices(tag, inputs)).map(sketchOf('in'))
  const from = connected(contract.outputs, (tag) => range(outputs[tag] ?? 1)).map(sketchOf('out'))
  const beside = connected(contract.sides, (tag) => indices(tag, sides)).map(sketchOf('side'))
  const given = connected(contract.sideOutputs, () => [0]).map(sketchOf('made'))
  const node = {
    calculator,
    name: 'node',
    in: into,
    out: from,
    sides: beside,
    sideOutputs: given,
    back: (back ?? []).map((port) => sketchOf('in')(parse(port)).split(':').at(-1)!),
    options: contract.options?.parse(settings.options ?? {}),
    ...(policy && { policy }),
    ...(maxInFlight && { maxInFlight }),
  }
  return new Graph(plan({ in: into, out: from, sides: beside, sideOutputs: given, maxQueueSize: -1, nodes: [node] }))
}

interface PortKey {
  readonly tag: string
  readonly index: number
}

const keyOf = (tag: string, index: number): string => (index === 0 ? tag : `${tag}:${index}`)
const streamName = (kind: string, { tag, index }: PortKey): string => `${kind}${tag === '' ? '' : `_${tag}_`}${index || ''}`
const portName = (kind: string, tag: string, index: number): string =>
  tag === '' ? streamName(kind, { tag, index }) : keyOf(tag, index)
const sketchOf = (kind: string) => (port: PortKey) => `${port.tag}:${port.index}:${streamName(kind, port)}`
const range = (length: number): number[] => Array.from({ length }, (_, index) => index)

function parse(key: string): PortKey {
  const [tag = '', index = '0'] = key.split(':')
  return { tag, index: Number(index) }
}

/** The indices of `tag` among the keys of what was given. */
const indices = (tag: string, given: Readonly<Record<string, unknown>>): number[] =>
  Object.keys(given)
    .map(parse)
    .filter((key) => key.tag === tag)
    .map((key) => key.index)

/** The ports of a contract that the spec uses; one that is not optional is always connected. */
function connected(ports: Ports = {}, used: (tag: string) => number[]): PortKey[] {
  return Object.entries(ports).flatMap(([tag, port]) => {
    const at = used(tag)
    return (at.length > 0 || 'optional' in port ? at : [0]).map((index) => ({ tag, index }))
  })
}

function inTimeOrder(inputs: Readonly<Record<string, readonly unknown[]>>): (PortKey & { packet: Packet })[] {
  const all = Object.entries(inputs).flatMap(([key, items]) =>
    items.map((item, index) => ({ ...parse(key), packet: isPacket(item) ? item : { value: item, timestamp: index } })),
  )
  return all.sort((a, b) => a.packet.timestamp - b.packet.timestamp)
}

const isPacket = (item: unknown): item is Packet =>
  typeof item === 'object' && item !== null && 'value' in item && 'timestamp' in item && Object.keys(item).length === 2
