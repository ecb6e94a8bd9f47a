import type { Fault } from './errors.ts'
import type { GraphFile, NodeFile } from './graph-file.ts'
import { didYouMean } from './nearest.ts'
import { faultAt, inside, placeName } from './place.ts'
import type { PortName } from './port-names.ts'

/**
 * What can be said of one file by itself: every stream that is read is written once, by a node or from outside; so is
 * every side packet; nothing goes in or out twice; no two nodes have the same name.
 */
export function checkNames(file: GraphFile, fault: (fault: Fault) => void): void {
  const { ports, nodes } = file
  const streams = collectWriters([ports.input_stream, ...nodes.map((node) => node.ports.output_stream)], (port, first) =>
    fault(faultAt(port.place, 'rewritten_stream', `stream ${port.name} is written twice: first at ${placeName(first.place)}`)),
  )
  for (const port of [...nodes.flatMap((node) => node.ports.input_stream), ...ports.output_stream])
    if (!port.faulty && !streams.has(port.name))
      fault(faultAt(port.place, 'unwritten_stream', `nothing writes stream ${port.name}${didYouMean(port.name, streams.keys())}`))

  const sides = collectWriters([ports.input_side_packet, ...nodes.map((node) => node.ports.output_side_packet)], (port, first) =>
    fault(
      faultAt(port.place, 'duplicate_side_packet', `side packet ${port.name} is made twice: first at ${placeName(first.place)}`),
    ),
  )
  for (const port of [...nodes.flatMap((node) => node.ports.input_side_packet), ...ports.output_side_packet])
    if (!port.faulty && !sides.has(port.name)) {
      const hint = didYouMean(port.name, sides.keys()) || "; declare it in the graph's `input_side_packet`"
      fault(faultAt(port.place, 'missing_side_packet', `nothing provides side packet ${port.name}${hint}`))
    }
  for (const outputs of [ports.output_stream, ports.output_side_packet])
    collectWriters([outputs], (port) =>
      fault(faultAt(port.place, 'duplicate_name', `${port.name} is an output of the graph twice`)),
    )
  checkNodeNames(nodes, fault)
}

/** Streams by name; `again` is called for each that was there before. */
function collectWriters(
  lists: readonly (readonly PortName[])[],
  again: (port: PortName, first: PortName) => void,
): Map<string, PortName> {
  const writers = new Map<string, PortName>()
  for (const port of lists.flat()) {
    const first = writers.get(port.name)
    if (first === undefined) writers.set(port.name, port)
    else if (!port.faulty && !first.faulty) again(port, first)
  }
  return writers
}

function checkNodeNames(nodes: readonly NodeFile[], fault: (fault: Fault) => void): void {
  const named = new Map<string, NodeFile>()
  for (const node of nodes) {
    if (node.name === undefined) continue
    const first = named.get(node.name)
    const place = inside(node.place, 'name')
    if (first === undefined) named.set(node.name, node)
    else
      fault(
        faultAt(
          place,
          'duplicate_name',
          `two nodes are named ${node.name}: the first at ${placeName(inside(first.place, 'name'))}`,
        ),
      )
  }
}

/** Each node's name: its own, else its calculator's, numbered from 1 where a graph has several such (MediaPipe's canonical names). */
export function nodeNames(nodes: readonly NodeFile[]): string[] {
  const taken = new Set(nodes.map((node) => node.name))
  const counts = new Map<string, number>()
  for (const { name, calculator = 'node' } of nodes)
    if (name === undefined) counts.set(calculator, (counts.get(calculator) ?? 0) + 1)
  const numbers = new Map<string, number>()
  return nodes.map(({ name, calculator = 'node' }) => {
    if (name !== undefined) return name
    let free = calculator
    while (taken.has(free) || (free === calculator && counts.get(calculator)! > 1)) {
      const number = (numbers.get(calculator) ?? 0) + 1
      numbers.set(calculator, number)
      free = `${calculator}_${number}`
    }
    taken.add(free)
    return free
  })
}
