import path from 'node:path'
import type { Registry } from './calculator.ts'
import type { EngineError, Fault } from './errors.ts'
import { faultsError, type Reports, sortFaults } from './faults.ts'
import { type GraphFile, readGraphFile } from './graph-file.ts'
import type { GraphLibrary } from './library.ts'
import { orderNodes } from './node-order.ts'
import { AnyPacket, type PacketType } from './packet.ts'
import { type CarriedTypes, checkTypes } from './packet-types.ts'
import type { Place } from './place.ts'
import type { GraphSidePort, NodePlan, Plan, StreamPlan } from './plan.ts'
import type { PortName } from './port-names.ts'
import { portShape } from './port-shape.ts'
import { expand, type FlatNode } from './subgraph.ts'
import { checkNode, declaredPorts, inputPolicy, isBackEdge } from './wiring.ts'
import { readYamlFile } from './yaml-file.ts'

/** A graph to load: a file, or the part of a file that has been read. */
export type GraphSource = string | (Place & { readonly name?: string })

export interface LoadSettings {
  readonly registry: Registry
  /** Where nodes that no calculator answers to are looked for. Default: there are no subgraphs. */
  readonly library?: GraphLibrary
  /** What callers put into the graph's inputs, by tag. Default: whatever its nodes take. */
  readonly inputs?: Readonly<Record<string, PacketType>>
}

export interface LoadedGraph {
  /** There when there are no faults. */
  readonly plan?: Plan
  /** Of its inputs and outputs, those that the file names right. There when it is a graph at all. */
  readonly ports?: { readonly inputs: readonly PortName[]; readonly outputs: readonly PortName[] }
  readonly faults: readonly Fault[]
  readonly warnings: readonly Fault[]
}

/**
 * Reads a graph, expands its subgraphs, and checks its wiring, its packets' types and its options. Everything wrong is
 * reported at once, in the order of the files; nothing in a file makes it throw.
 */
export async function loadGraph(source: GraphSource, settings: LoadSettings): Promise<LoadedGraph> {
  const faults: Fault[] = []
  const warnings: Fault[] = []
  const reports: Reports = { fault: (fault) => faults.push(fault), warning: (fault) => warnings.push(fault) }
  const place = await placeOf(source, reports)
  const file = place === undefined ? undefined : readGraphFile(place, reports)
  const plan = file === undefined ? undefined : await planOf(file, graphName(source, file), settings, reports)
  const found = { ...(file && { ports: portsOf(file) }), faults: sortFaults(faults), warnings: sortFaults(warnings) }
  return plan === undefined || faults.length > 0 ? found : { plan, ...found }
}

const portsOf = ({ ports: { input_stream, output_stream } }: GraphFile) => ({
  inputs: input_stream.filter(({ faulty }) => !faulty),
  outputs: output_stream.filter(({ faulty }) => !faulty),
})

/** As `loadGraph`, but a graph with faults is an error, `bad_graph`, whose message names them all. */
export async function readGraph(source: GraphSource, settings: LoadSettings): Promise<Plan> {
  const { plan, faults } = await loadGraph(source, settings)
  if (plan === undefined) throw graphError(source, faults)
  return plan
}

/** The error of a graph that cannot be used. */
export function graphError(source: GraphSource, faults: readonly Fault[]): EngineError {
  const name = typeof source === 'string' ? source : (source.name ?? source.document.file)
  return faultsError('bad_graph', `graph ${name} cannot be used`, faults)
}

async function placeOf(source: GraphSource, reports: Reports): Promise<Place | undefined> {
  if (typeof source !== 'string') return source
  const { document, faults } = await readYamlFile(source)
  faults.forEach(reports.fault)
  return document === undefined ? undefined : { document, path: [] }
}

function graphName(source: GraphSource, file: GraphFile): string {
  if (file.type !== undefined) return file.type
  if (typeof source !== 'string' && source.name !== undefined) return source.name
  return path.basename(file.place.document.file).replace(/\.(yaml|yml|json)$/, '')
}

async function planOf(
  file: GraphFile,
  name: string,
  { registry, library, inputs = {} }: LoadSettings,
  reports: Reports,
): Promise<Plan> {
  const flat = await expand(file, registry, library, reports)
  const options = new Map(flat.map((node) => [node, checkNode(node, reports)]))
  const types = checkTypes(flat, file.ports, inputs, reports.fault)
  const nodes = orderNodes(flat, file.ports, reports)
  const streams = numberStreams(file, nodes, types)
  const ids = new Map(streams.map((stream) => [stream.name, stream.id]))
  const port = ({ tag, index, name }: PortName) => ({ tag, index, stream: ids.get(name) ?? -1 })
  const sidePort = ({ tag, index, name }: PortName): GraphSidePort => ({
    tag,
    index,
    name,
    type: types.sides.get(name) ?? AnyPacket,
    optional: isOptionalSide(name, nodes),
  })
  return {
    name,
    file: file.place.document.file,
    nodes: nodes.flatMap((node, id) => nodePlan(node, id, options.get(node), port) ?? []),
    streams,
    inputs: file.ports.input_stream.map(port),
    outputs: file.ports.output_stream.map(port),
    sideInputs: file.ports.input_side_packet.map(sidePort),
    sideOutputs: file.ports.output_side_packet.map(sidePort),
    maxQueueSize: file.maxQueueSize,
    reportDeadlock: file.reportDeadlock,
  }
}

/** The graph's inputs first, then what nodes write, in their order. */
function numberStreams(file: GraphFile, nodes: readonly FlatNode[], types: CarriedTypes): StreamPlan[] {
  const written = [...file.ports.input_stream, ...nodes.flatMap((node) => node.ports.output_stream)]
  return written.map(({ name }, id) => ({ id, name, type: types.streams.get(name) ?? AnyPacket }))
}

function isOptionalSide(name: string, nodes: readonly FlatNode[]): boolean {
  return nodes.every(({ calculator, ports }) =>
    ports.input_side_packet.every((port) => {
      if (port.name !== name || calculator === undefined) return true
      const declared = declaredPorts(calculator, 'input_side_packet')[port.tag]
      return declared === undefined || portShape(declared).optional
    }),
  )
}

function nodePlan(
  node: FlatNode,
  id: number,
  options: unknown,
  port: (port: PortName) => { tag: string; index: number; stream: number },
): NodePlan | undefined {
  const { calculator, ports } = node
  if (calculator === undefined) return undefined
  const side = ({ tag, index, name }: PortName) => ({ tag, index, name })
  return {
    id,
    name: node.name,
    calculatorName: node.calculatorName,
    calculator,
    where: node.place.document.position(node.place.path),
    options,
    inputs: ports.input_stream.map((input) => ({
      ...port(input),
      backEdge: isBackEdge(node, input),
      latest: isLatest(node, input),
    })),
    outputs: ports.output_stream.map(port),
    sides: ports.input_side_packet.map(side),
    sideOutputs: ports.output_side_packet.map(side),
    policy: inputPolicy(node),
    maxInFlight: node.maxInFlight,
    sourceLayer: node.sourceLayer,
  }
}

function isLatest({ calculator }: FlatNode, { tag }: PortName): boolean {
  const declared = calculator === undefined ? {} : declaredPorts(calculator, 'input_stream')
  return Object.hasOwn(declared, tag) && portShape(declared[tag]!).latest
}
