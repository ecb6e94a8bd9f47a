import type { Calculator, Registry } from './calculator.ts'
import type { Reports } from './faults.ts'
import { type GraphFile, type NodeFile, type PortField, type PortLists, readGraphFile } from './graph-file.ts'
import { checkNames, nodeNames } from './graph-names.ts'
import type { Handler } from './handler.ts'
import type { GraphLibrary } from './library.ts'
import { didYouMean } from './nearest.ts'
import { graphOptions, nodeOptions, type Options } from './node-options.ts'
import { faultAt, inside, type Place, placeName } from './place.ts'
import type { PortName, TagIndex } from './port-names.ts'
import { innerScope, outerName, type Scope, type Unconnected } from './subgraph-scope.ts'

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

/** A graph that is full of copies of copies of subgraphs is refused at this size. */
const mostNodes = 2000

/** Puts a subgraph's nodes in place of each node that names it, at every depth. */
export async function expand(
  file: GraphFile,
  registry: Registry,
  library: GraphLibrary | undefined,
  reports: Reports,
): Promise<FlatNode[]> {
  const flat: FlatNode[] = []
  let visited = 0 // subgraphs too: copies of copies of nothing would take as long
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
      if (++visited > mostNodes) {
        if (visited === mostNodes + 1) reports.fault(faultAt(place, 'too_large', `the graph has more than ${mostNodes} nodes`))
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
      if (typeof outer === 'string') return [{ ...port, name: outer, ...(outer !== port.name && { written: port.name }) }]
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
