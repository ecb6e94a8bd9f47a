import type { Fault } from './errors.ts'
import type { Reports } from './faults.ts'
import type { PortLists } from './graph-file.ts'
import { faultAt } from './place.ts'
import { type PortName, portLabel, writtenName } from './port-names.ts'
import type { FlatNode } from './subgraph.ts'
import { backEdgeMark, isBackEdge } from './wiring.ts'

interface Edge {
  readonly from: number
  readonly to: number
  readonly port: PortName
  /** Marked, so it does not order its nodes. */
  readonly isBack: boolean
}

/**
 * The nodes in topological order (of nodes that could come next, the first in the file), marked back edges aside.
 * Reports every cycle that no mark breaks, as a chain, and warns of marks that break none.
 */
export function orderNodes(nodes: readonly FlatNode[], graph: PortLists, reports: Reports): FlatNode[] {
  const edges = edgesOf(nodes, graph)
  const ordering = edges.filter((edge) => !edge.isBack)
  for (const cycle of cyclesOf(nodes.length, ordering)) reports.fault(cycleFault(cycle, nodes))
  checkMarks(nodes, edges, reports)
  return topologicalOrder(nodes.length, ordering).map((node) => nodes[node]!)
}

/** Of several writers of a stream, which is a fault of its own, the first counts: the graph, then the first node. */
function edgesOf(nodes: readonly FlatNode[], graph: PortLists): Edge[] {
  const writers = new Map(graph.input_stream.map(({ name }): [string, number | undefined] => [name, undefined]))
  const sideWriters = new Map(graph.input_side_packet.map(({ name }): [string, number | undefined] => [name, undefined]))
  for (const [id, { ports }] of nodes.entries()) {
    for (const { name } of ports.output_stream) if (!writers.has(name)) writers.set(name, id)
    for (const { name } of ports.output_side_packet) if (!sideWriters.has(name)) sideWriters.set(name, id)
  }
  return nodes.flatMap((node, to) => [
    ...node.ports.input_stream.flatMap((port) => {
      const from = writers.get(port.name)
      return from === undefined || port.faulty ? [] : [{ from, to, port, isBack: isBackEdge(node, port) }]
    }),
    ...node.ports.input_side_packet.flatMap((port) => {
      const from = sideWriters.get(port.name)
      return from === undefined || port.faulty ? [] : [{ from, to, port, isBack: false }]
    }),
  ])
}

function edgesFrom(count: number, edges: readonly Edge[]): Edge[][] {
  const next: Edge[][] = Array.from({ length: count }, () => [])
  for (const edge of edges) next[edge.from]!.push(edge)
  return next
}

/** Node indexes in order (Kahn's way); nodes on or behind a cycle are missing. */
function topologicalOrder(count: number, edges: readonly Edge[]): number[] {
  const waiting = new Array<number>(count).fill(0)
  for (const { to } of edges) waiting[to]!++
  const next = edgesFrom(count, edges)
  const order: number[] = []
  const ready = [...waiting.keys()].filter((node) => waiting[node] === 0)
  while (ready.length > 0) {
    const node = ready.shift()!
    order.push(node)
    for (const { to } of next[node]!) if (--waiting[to]! === 0) ready.splice(insertionPoint(ready, to), 0, to)
  }
  return order
}

function insertionPoint(sorted: readonly number[], value: number): number {
  const index = sorted.findIndex((other) => other > value)
  return index < 0 ? sorted.length : index
}

/** A cycle for every edge that leads back to a node on the way to it, walking from the first node of the file; that edge is last. */
function cyclesOf(count: number, edges: readonly Edge[]): Edge[][] {
  const next = edgesFrom(count, edges)
  const state: ('unseen' | 'on the way' | 'done')[] = new Array(count).fill('unseen')
  const way: Edge[] = []
  const cycles: Edge[][] = []
  const walk = (node: number) => {
    state[node] = 'on the way'
    for (const edge of next[node]!) {
      way.push(edge)
      if (state[edge.to] === 'on the way') cycles.push(way.slice(way.findIndex(({ from }) => from === edge.to)))
      else if (state[edge.to] === 'unseen') walk(edge.to)
      way.pop()
    }
    state[node] = 'done'
  }
  for (let node = 0; node < count; node++) if (state[node] === 'unseen') walk(node)
  return cycles
}

function cycleFault(cycle: readonly Edge[], nodes: readonly FlatNode[]): Fault {
  const closing = cycle.at(-1)!
  const node = nodes[closing.to]!
  const chain = cycle.map(({ from, port }) => `${nodes[from]!.name} -(${writtenName(port)})→ `).join('') + node.name
  const isSide = cycle.some(({ to, port }) => nodes[to]!.ports.input_side_packet.includes(port))
  const mark = `{ tag_index: "${closing.port.tag}:${closing.port.index}", back_edge: true }`
  const remedy = isSide
    ? 'a side packet cannot come back to its maker'
    : `if it is meant to go round, give ${node.name} input_stream_info: [${mark}]`
  return faultAt(closing.port.place, 'cycle', `the graph goes round: ${chain}; ${remedy}${node.within}`)
}

/** Warns of marked back edges from which no way leads back. */
function checkMarks(nodes: readonly FlatNode[], edges: readonly Edge[], reports: Reports): void {
  const next = edgesFrom(nodes.length, edges)
  for (const node of nodes)
    for (const port of node.ports.input_stream) {
      const mark = backEdgeMark(node, port)
      if (mark === undefined) continue
      const edge = edges.find((candidate) => candidate.port === port)
      if (edge !== undefined && isReachable(next, edge.to, edge.from)) continue
      const message = `${portLabel(port)} of ${node.name} closes no cycle, so it need not be a back edge${node.within}`
      reports.warning(faultAt(mark.place, 'unneeded_back_edge', message))
    }
}

function isReachable(next: readonly (readonly Edge[])[], from: number, to: number): boolean {
  const seen = new Set([from])
  for (const node of seen) for (const edge of next[node]!) seen.add(edge.to)
  return seen.has(to)
}
