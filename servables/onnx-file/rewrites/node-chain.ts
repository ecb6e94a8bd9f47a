import { dataTypes } from '../data-types.ts'
import { type Graph, node } from '../graph.ts'
import type { FloatType } from '../matrices.ts'
import type { NodeProto } from '../model-proto.ts'

/** New nodes, in the order in which they run. */
export class NodeChain {
  readonly nodes: NodeProto[] = []
  readonly #graph: Graph
  readonly #name: string

  /** Values are named after this one. */
  constructor(graph: Graph, name: string) {
    this.#graph = graph
    this.#name = name
  }

  /** Adds a node with one result; the name of that. */
  add(opType: string, input: readonly string[], attributes: Readonly<Record<string, number | readonly number[]>> = {}): string {
    const result = this.#graph.fresh(`${this.#name}/int8/${opType}`)
    const domain = opType === 'MatMulIntegerToFloat' ? 'com.microsoft' : ''
    this.nodes.push(node(opType, input, result, attributes, domain))
    return result
  }

  /** A value of another floating-point type. */
  cast(value: string, from: FloatType, to: FloatType): string {
    return from === to ? value : this.add('Cast', [value], { to: dataTypes[to].code })
  }

  /** The nodes, the last of which now makes this value. */
  ending(value: string): readonly NodeProto[] {
    const last = this.nodes.at(-1)!
    last.output = [value]
    return this.nodes
  }
}
