import type { Fault } from './errors.ts'
import type { PortField, PortLists } from './graph-file.ts'
import { AnyPacket, type PacketType } from './packet.ts'
import { faultAt, placeName } from './place.ts'
import { type PortName, portLabel, writtenName } from './port-names.ts'
import { portShape } from './port-shape.ts'
import type { FlatNode } from './subgraph.ts'
import { declaredPorts, portOfNode } from './wiring.ts'

/** What a stream or side packet carries, as far as its writer, or else its readers, tell. */
export interface CarriedTypes {
  readonly streams: ReadonlyMap<string, PacketType>
  readonly sides: ReadonlyMap<string, PacketType>
}

/**
 * Finds what each stream and side packet carries, and reports every reader that takes something else. A writer's
 * declared type is known at once; `sameAs` outputs follow their inputs; what comes from outside is what `given` says by
 * tag, else what its readers take, also readers behind `sameAs` outputs. Types that stay unknown are AnyPacket.
 */
export function checkTypes(
  nodes: readonly FlatNode[],
  graph: PortLists,
  given: Readonly<Record<string, PacketType>>,
  fault: (fault: Fault) => void,
): CarriedTypes {
  return {
    streams: checkField(nodes, graph.input_stream, given, 'input_stream', 'output_stream', fault),
    sides: checkField(nodes, graph.input_side_packet, {}, 'input_side_packet', 'output_side_packet', fault),
  }
}

/** Who said what a stream carries. */
interface Said {
  readonly type: PacketType
  /** Undefined: the graph's caller. */
  readonly by: string | undefined
}
interface Link {
  readonly input: string
  readonly output: string
}

function checkField(
  nodes: readonly FlatNode[],
  outside: readonly PortName[],
  given: Readonly<Record<string, PacketType>>,
  reads: PortField,
  writes: PortField,
  fault: (fault: Fault) => void,
): ReadonlyMap<string, PacketType> {
  const said = new Map<string, Said>()
  const links: Link[] = []
  const written = new Set(outside.map(({ name }) => name))
  for (const { tag, name } of outside) if (Object.hasOwn(given, tag)) said.set(name, { type: given[tag]!, by: undefined })
  for (const node of nodes)
    for (const port of node.ports[writes]) {
      if (written.has(port.name)) continue // a second writer is a fault of its own
      written.add(port.name)
      const type = node.calculator === undefined ? undefined : declaredType(node, writes, port)
      if (type?.sameAs !== undefined) links.push(...linksOf(node, reads, writes, port, type.sameAs))
      else said.set(port.name, { type: type ?? AnyPacket, by: portOfNode(node, writes, port) })
    }
  follow(links, said, 'forward')
  const readers = nodes.flatMap((node) =>
    node.ports[reads].flatMap((port) => {
      const type = node.calculator === undefined ? undefined : declaredType(node, reads, port)
      return type === undefined || isAny(type) || port.faulty ? [] : [{ node, port, type }]
    }),
  )
  for (const { node, port, type } of readers)
    if (!said.has(port.name)) said.set(port.name, { type, by: portOfNode(node, reads, port) })
  follow(links, said, 'backward')
  follow(links, said, 'forward')
  const fromOutside = new Map(outside.map((port) => [port.name, port]))
  for (const { node, port, type } of readers) {
    const carried = said.get(port.name)
    if (carried === undefined || isAny(carried.type) || carried.type.name === type.name) continue
    const entry = fromOutside.get(port.name)
    const origin = carried.by === undefined ? '' : ` ${entry === undefined ? 'from' : 'for'} ${carried.by}`
    const source = `${entry === undefined ? '' : ` into the graph (${placeName(entry.place)})`}${origin}`
    const message = `${node.calculatorName}'s ${portLabel(port)} takes ${type.name}, but ${writtenName(port)} carries ${carried.type.name}${source}${node.within}`
    fault(faultAt(port.place, 'type_mismatch', message))
  }
  return new Map([...said].map(([name, { type }]) => [name, type]))
}

const isAny = (type: PacketType) => type.name === AnyPacket.name

function declaredType(node: FlatNode, field: PortField, { tag }: PortName): PacketType | undefined {
  const declared = declaredPorts(node.calculator!, field)
  return Object.hasOwn(declared, tag) ? portShape(declared[tag]!).type : undefined
}

/** The inputs that a `sameAs` output follows: of a repeated one the same index, or all of them when the output is not repeated. */
function linksOf(node: FlatNode, reads: PortField, writes: PortField, output: PortName, tag: string): Link[] {
  const isRepeated = (field: PortField, name: string) => {
    const declared = declaredPorts(node.calculator!, field)
    return Object.hasOwn(declared, name) && portShape(declared[name]!).many
  }
  const byIndex = isRepeated(reads, tag) && isRepeated(writes, output.tag)
  return node.ports[reads]
    .filter((input) => input.tag === tag && (!byIndex || input.index === output.index))
    .map((input) => ({ input: input.name, output: output.name }))
}

/** Carries what is known along `sameAs`, until nothing new is learnt. An output that follows inputs of several types is of none. */
function follow(links: readonly Link[], said: Map<string, Said>, direction: 'forward' | 'backward'): void {
  let learnt = true
  while (learnt) {
    learnt = false
    for (const { input, output } of links) {
      const [from, to] = direction === 'forward' ? [input, output] : [output, input]
      const known = said.get(from)
      const before = said.get(to)
      if (
        known === undefined ||
        (before !== undefined && (direction === 'backward' || isAny(before.type) || before.type.name === known.type.name))
      )
        continue
      said.set(to, before === undefined ? known : { type: AnyPacket, by: undefined })
      learnt = true
    }
  }
}
