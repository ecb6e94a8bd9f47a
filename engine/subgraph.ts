import type { Calculator, Registry } from './calculator.ts'
import {
  type GraphFile,
  type NodeFile,
  type PortField,
  type PortLists,
  portFields,
  type Reports,
  readGraphFile,
} from './graph-file.ts'
import { checkNames, nodeNames } from './graph-names.ts'
import type { Handler } from './handler.ts'
import type { GraphLibrary } from './library.ts'
import { didYouMean } from './nearest.ts'
import { graphOptions, nodeOptions, type Options } from './node-options.ts'
import { faultAt, inside, type Place, placeName } from './place.ts'
import { type PortName, portLabel, portPart, type TagIndex } from './port-names.ts'

/** A node of the expanded graph: its streams have the names of the whole graph. */
export interface FlatNode {
  readonly name: string
  /** The calculator's name. */
  readonly place: Place
  readonly calculatorName: string
  /** Undefined when nobody knows it; that has been reported, and its ports are not checked. */
  readonly calculator: Calculator | undefined
  readonly ports: PortLists
  /** Ports that the file connects to a subgraph's input which the subgraph's user leaves out. */
  readonly unconnected: readonly Unconnected[]
  readonly backEdges: readonly TagIndex[]
  /** Streams whose way into the subgraph is marked as a back edge by its user. */
  readonly backStreams: ReadonlySet<string>
  readonly handler: Handler | undefined
  /** The graph's handler, for nodes that neither file nor contract gives one. */
  readonly graphHandler: Handler | undefined
  readonly maxInFlight: number
  readonly sourceLayer: number
  readonly options: Options
  /** ` (in GenerateText, used by generate at graphs/chat.yaml:12)`; empty outside subgraphs. */
  readonly within: string
}

export interface Unconnected {
  readonly field: PortField
  readonly tag: string
  readonly index: number
  /** The node that uses the subgraph, and the subgraph's port that it leaves out. */
  readonly user: { readonly place: Place; readonly type: string; readonly label: string; readonly within: string }
}

/** A graph that is full of copies of copies of subgraphs is refused at this size. */
const mostNodes = 2000

interface Scope {
  readonly prefix: string
  /** Names that are the user's: of streams and side packets that come in or go out. An absent user's name: unconnected. */
  readonly streams: ReadonlyMap<string, string | Unconnected['user']>
  readonly sides: ReadonlyMap<string, string | Unconnected['user']>
  readonly backStreams: ReadonlySet<string>
  readonly options: Options
  readonly graphHandler: Handler | undefined
  readonly chain: readonly string[]
  readonly within: string
}

/** Puts a subgraph's nodes in place of each node that names it, at every depth. */
export async function expand(
  file: GraphFile,
  registry: Registry,
  library: GraphLibrary | undefined,
  reports: Reports,
): Promise<FlatNode[]> {
  const flat: FlatNode[] = []
  let isFull = false
  const files = new Map<string, Promise<GraphFile | undefined>>()
  const subgraph = (type: string) => {
    if (!files.has(type)) files.set(type, readSubgraph(type, library, reports))
    return files.get(type)!
  }
  const names = [...Object.keys(registry), ...(library?.names() ?? [])]

  async function expandGraph(graph: GraphFile, scope: Scope): Promise<void> {
    const called = nodeNames(graph.nodes)
    for (const [index, node] of graph.nodes.entries()) {
      const place = inside(node.place, 'calculator')
      const type = node.calculator ?? ''
      const name = scope.prefix + called[index]!
      const options = nodeOptions(node.options, node.optionValues, scope.options, place)
      if (flat.length >= mostNodes) {
        if (!isFull) reports.fault(faultAt(place, 'too_large', `the graph has more than ${mostNodes} nodes`))
        isFull = true
        return
      }
      const own = Object.hasOwn(registry, type) ? registry[type] : undefined
      const isSubgraph = own === undefined && library?.names().includes(type) === true
      if (own === undefined && !isSubgraph && node.calculator !== undefined)
        reports.fault(faultAt(place, 'unknown_calculator', `unknown calculator ${type}${didYouMean(type, names)}${scope.within}`))
      const chain = [...scope.chain, type]
      if (isSubgraph && scope.chain.includes(type)) {
        reports.fault(
          faultAt(place, 'recursive_subgraph', `${type} contains itself: ${chain.slice(chain.indexOf(type)).join(' → ')}`),
        )
      } else if (isSubgraph) {
        const inner = await subgraph(type)
        if (inner !== undefined) {
          const within = ` (in ${type}, used by ${name} at ${placeName(place)})`
          await expandGraph(inner, { ...innerScope(inner, node, name, options, scope, reports), chain, within })
          continue
        }
      }
      flat.push(flatNode(node, place, name, type, own, options, scope))
    }
  }
  const chain = file.type === undefined ? [] : [file.type]
  const options = graphOptions(file.options, undefined, file.place)
  const none = { prefix: '', streams: new Map(), sides: new Map(), backStreams: new Set<string>() }
  checkNames(file, reports.fault)
  await expandGraph(file, { ...none, options, graphHandler: file.handler, chain, within: '' })
  return flat
}

async function readSubgraph(type: string, library: GraphLibrary | undefined, reports: Reports): Promise<GraphFile | undefined> {
  const found = await library?.find(type)
  found?.faults.forEach(reports.fault)
  if (found?.document === undefined) return undefined
  const file = readGraphFile({ document: found.document, path: [] }, reports)
  if (file === undefined) return undefined
  checkNames(file, reports.fault)
  for (const [inputs, outputs] of [
    [file.ports.input_stream, file.ports.output_stream],
    [file.ports.input_side_packet, file.ports.output_side_packet],
  ] as const)
    for (const port of outputs)
      if (inputs.some((input) => input.name === port.name))
        reports.fault(
          faultAt(
            port.place,
            'invalid_value',
            `${port.name} goes straight through the subgraph; put a PassThroughCalculator between`,
          ),
        )
  return file
}

function flatNode(
  node: NodeFile,
  place: Place,
  name: string,
  type: string,
  calculator: Calculator | undefined,
  options: Options,
  scope: Scope,
): FlatNode {
  const unconnected: Unconnected[] = []
  const rename = (field: PortField) =>
    node.ports[field].flatMap((port): PortName[] => {
      const outer = outerName(field, port.name, scope)
      if (typeof outer === 'string') return [{ ...port, name: outer }]
      unconnected.push({ field, tag: port.tag, index: port.index, user: outer })
      return []
    })
  return {
    name,
    place,
    calculatorName: type,
    calculator,
    ports: portLists(rename),
    unconnected,
    backEdges: node.backEdges,
    backStreams: scope.backStreams,
    handler: node.handler,
    graphHandler: scope.graphHandler,
    maxInFlight: node.maxInFlight,
    sourceLayer: node.sourceLayer,
    options,
    within: scope.within,
  }
}

const portLists = (list: (field: PortField) => readonly PortName[]): PortLists => ({
  input_stream: list('input_stream'),
  output_stream: list('output_stream'),
  input_side_packet: list('input_side_packet'),
  output_side_packet: list('output_side_packet'),
})

const outerName = (field: PortField, name: string, scope: Scope) =>
  (field.endsWith('stream') ? scope.streams : scope.sides).get(name) ?? scope.prefix + name

/** How a subgraph's names, options and back edges follow from the node that uses it. */
function innerScope(file: GraphFile, node: NodeFile, name: string, options: Options, outer: Scope, reports: Reports) {
  const place = inside(node.place, 'calculator')
  const type = node.calculator!
  const maps = { stream: new Map<string, string | Unconnected['user']>(), side: new Map<string, string | Unconnected['user']>() }
  const backStreams = new Set<string>()
  for (const field of portFields) {
    const map = field.endsWith('stream') ? maps.stream : maps.side
    const given = node.ports[field]
    for (const port of file.ports[field]) {
      const user = given.find((candidate) => candidate.tag === port.tag && candidate.index === port.index)
      if (user !== undefined) map.set(port.name, outerName(field, user.name, outer))
      else if (field.startsWith('input')) map.set(port.name, { place, type, label: portLabel(port), within: outer.within })
    }
    for (const port of given) {
      if (port.faulty || file.ports[field].some((candidate) => candidate.tag === port.tag && candidate.index === port.index))
        continue
      const known = file.ports[field].map(portLabel)
      const hint = didYouMean(portLabel(port), known) || (known.length === 0 ? ': it has none' : `: it has ${known.join(', ')}`)
      reports.fault(
        faultAt(
          port.place,
          'unknown_port',
          `${type} has no ${portWords[field]} ${portLabel(port)}${hint}${outer.within}`,
          portPart(port),
        ),
      )
    }
  }
  for (const edge of node.backEdges) {
    const port = file.ports.input_stream.find((candidate) => candidate.tag === edge.tag && candidate.index === edge.index)
    const stream = port === undefined ? undefined : maps.stream.get(port.name)
    if (typeof stream === 'string') backStreams.add(stream)
    else
      reports.fault(faultAt(edge.place, 'unknown_port', `no input stream of this node is at ${portLabel(edge)}${outer.within}`))
  }
  for (const field of ['max_in_flight', 'source_layer', 'input_stream_handler'])
    if (node.place.document.get([...node.place.path, field]) !== undefined)
      reports.warning(
        faultAt(
          inside(node.place, field),
          'ignored_key',
          `\`${field}\` has no effect on a subgraph: give it to the nodes in it`,
          'key',
        ),
      )
  checkOptionNames(file, node, type, reports)
  return {
    prefix: `${name}__`,
    streams: maps.stream,
    sides: maps.side,
    backStreams,
    options: graphOptions(file.options, options, place),
    graphHandler: file.handler ?? outer.graphHandler,
  }
}

/** A subgraph's options are those that it gives a default, and those that its nodes take by `option_value`. */
function checkOptionNames(file: GraphFile, node: NodeFile, type: string, reports: Reports): void {
  const taken = file.nodes.flatMap((inner) => inner.optionValues.map((value) => value.from[0]))
  if (taken.includes(undefined)) return // a node takes them all, and knows them
  const known = [...new Set([...Object.keys(file.options?.value ?? {}), ...taken.filter((name) => name !== undefined)])]
  const given = [
    ...Object.keys(node.options?.value ?? {}).map((key) => ({ key, place: inside(node.options!.place, key) })),
    ...node.optionValues.flatMap(({ to: [key], place }) => (key === undefined ? [] : [{ key, place }])),
  ]
  for (const { key, place } of given)
    if (!known.includes(key)) {
      const hint = didYouMean(key, known) || (known.length === 0 ? ': it has none' : `: it has ${known.join(', ')}`)
      reports.fault(faultAt(place, 'unknown_key', `${type} has no option \`${key}\`${hint}`, 'key'))
    }
}

export const portWords: Readonly<Record<PortField, string>> = {
  input_stream: 'input',
  output_stream: 'output',
  input_side_packet: 'input side packet',
  output_side_packet: 'output side packet',
}
