import type { Reports } from './faults.ts'
import { type GraphFile, type NodeFile, type PortField, portFields } from './graph-file.ts'
import type { Handler } from './handler.ts'
import { didYouMean } from './nearest.ts'
import { graphOptions, type Options } from './node-options.ts'
import { faultAt, inside, type Place } from './place.ts'
import { portLabel, portPart } from './port-names.ts'

/** A port that a file connects to a subgraph's input which the subgraph's user leaves out. */
export interface Unconnected {
  readonly field: PortField
  readonly tag: string
  readonly index: number
  /** The node that uses the subgraph, and the subgraph's port that it leaves out. */
  readonly user: { readonly place: Place; readonly type: string; readonly label: string; readonly within: string }
}

/** What the names in a graph stand for in the whole: nothing but themselves at the top. */
export interface Scope {
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

/** A name of a graph's file as the name in the whole; of what its user leaves out, that user. */
export const outerName = (field: PortField, name: string, scope: Scope) =>
  (field.endsWith('stream') ? scope.streams : scope.sides).get(name) ?? scope.prefix + name

/** How a subgraph's names, options and back edges follow from the node that uses it. */
export function innerScope(file: GraphFile, node: NodeFile, name: string, options: Options, outer: Scope, reports: Reports) {
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
