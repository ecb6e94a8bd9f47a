import type { Calculator, InputPolicy, Plan, Port } from '../../engine/index.ts'
import { AnyPacket } from '../../engine/index.ts'

/** A node of a plan written by hand. Ports are written as MediaPipe does, `TAG:stream`, `TAG:1:stream` or `stream`. */
export interface NodeSketch {
  readonly calculator: Calculator
  readonly name?: string
  readonly in?: readonly string[]
  readonly out?: readonly string[]
  readonly sides?: readonly string[]
  readonly sideOutputs?: readonly string[]
  /** Input streams that are back edges. */
  readonly back?: readonly string[]
  readonly options?: unknown
  readonly policy?: InputPolicy
  readonly maxInFlight?: number
  readonly sourceLayer?: number
}

export interface PlanSketch {
  readonly in?: readonly string[]
  readonly out?: readonly string[]
  readonly sides?: readonly string[]
  readonly sideOutputs?: readonly string[]
  readonly maxQueueSize?: number
  readonly reportDeadlock?: boolean
  /** In topological order. */
  readonly nodes: readonly NodeSketch[]
}

interface PortSketch {
  readonly tag: string
  readonly index: number
  readonly name: string
}

/** Wires a plan without a graph file; node k of it is said to stand in line k + 1 of `graph.yaml`. Checks nothing. */
export function plan(sketch: PlanSketch): Plan {
  const inputs = ports(sketch.in)
  const written = [...inputs, ...sketch.nodes.flatMap((node) => ports(node.out))]
  const streams = written.map(({ name }, id) => ({ id, name, type: AnyPacket }))
  const stream = (name: string): number => {
    const found = streams.findIndex((candidate) => candidate.name === name)
    if (found === -1) throw new Error(`nothing writes stream ${name}`)
    return found
  }
  const onStream = ({ tag, index, name }: PortSketch) => ({ tag, index, stream: stream(name) })
  const sides = ports(sketch.sides)
  return {
    name: 'sketch',
    file: 'graph.yaml',
    streams,
    inputs: inputs.map(onStream),
    outputs: ports(sketch.out).map(onStream),
    sideInputs: sides.map((side) => ({ ...side, type: AnyPacket, optional: isOptionalEverywhere(sketch, side.name) })),
    sideOutputs: ports(sketch.sideOutputs).map((side) => ({ ...side, type: AnyPacket, optional: false })),
    maxQueueSize: sketch.maxQueueSize ?? 100,
    reportDeadlock: sketch.reportDeadlock ?? false,
    nodes: sketch.nodes.map((node, id) => ({
      id,
      name: node.name ?? `node${id}`,
      calculatorName: 'SketchCalculator',
      calculator: node.calculator,
      where: { file: 'graph.yaml', line: id + 1, column: 5 },
      options: node.options,
      inputs: ports(node.in).map((port) => ({
        ...onStream(port),
        backEdge: node.back?.includes(port.name) ?? false,
        latest: isLatest(node.calculator.contract.inputs?.[port.tag]),
      })),
      outputs: ports(node.out).map(onStream),
      sides: ports(node.sides),
      sideOutputs: ports(node.sideOutputs),
      policy: node.policy ?? node.calculator.contract.policy ?? { kind: 'default' },
      maxInFlight: node.maxInFlight ?? 1,
      sourceLayer: node.sourceLayer ?? 0,
    })),
  }
}

function ports(texts: readonly string[] = []): PortSketch[] {
  const next = new Map<string, number>()
  return texts.map((text) => {
    const parts = text.split(':')
    const name = parts.at(-1)!
    const tag = parts.length > 1 ? parts[0]! : ''
    const index = parts.length === 3 ? Number(parts[1]) : (next.get(tag) ?? 0)
    next.set(tag, index + 1)
    return { tag, index, name }
  })
}

const isLatest = (port: Port | undefined): boolean =>
  port !== undefined && 'latest' in ('optional' in port ? port.optional : port)

function isOptionalEverywhere(sketch: PlanSketch, name: string): boolean {
  return sketch.nodes.every((node) =>
    ports(node.sides).every((side) => side.name !== name || 'optional' in (node.calculator.contract.sides?.[side.tag] ?? {})),
  )
}
