import type { Context, Ports, SideOutput } from './calculator.ts'
import type { TagLayout } from './layout.ts'
import type { NodeRun } from './node.ts'
import type { NodeHost } from './node-host.ts'
import { NodeOutput } from './outputs.ts'

/** What a node's calculator is opened with. */
export function openContext(node: NodeRun, host: NodeHost): Context<Ports, Ports, Ports, unknown> {
  // Which ports there are is known to the graph's checks, not to the compiler.
  return new NodeContext(node, host) as never
}

/**
 * A class, for its getter: an object literal with one gets a hidden class of its own in V8's old space, which would keep
 * every run alive through the young collections.
 */
class NodeContext {
  readonly node: string
  readonly options: unknown
  readonly outputs: Readonly<Record<string, NodeOutput | NodeOutput[]>>
  readonly sides: Readonly<Record<string, unknown>>
  readonly sideOutputs: Readonly<Record<string, SideOutput<unknown> | SideOutput<unknown>[]>>
  private readonly host: NodeHost

  constructor(node: NodeRun, host: NodeHost) {
    const { layout } = node
    const { plan } = layout
    this.host = host
    this.node = plan.name
    this.options = plan.options
    this.outputs = byTag(
      layout.outputs,
      node.outputs.map((stream) => new NodeOutput(stream, node, host.throttle)),
    )
    this.sides = byTag(
      layout.sides,
      plan.sides.map(({ name }) => host.sides.get(name)),
    )
    this.sideOutputs = byTag(
      layout.sideOutputs,
      plan.sideOutputs.map(({ name }) => ({ set: (value: unknown) => setSide(host, name, value) })),
    )
  }

  /** Asked for only when the calculator asks: most never do. */
  get signal(): AbortSignal {
    return this.host.signal
  }
}

function byTag<T>(layouts: readonly TagLayout[], values: readonly T[]): Record<string, T | T[]> {
  const result: Record<string, T | T[]> = {}
  for (const { tag, many, at } of layouts) result[tag] = many ? at.map((index) => values[index]!) : values[at[0]!]!
  return result
}

function setSide(host: NodeHost, name: string, value: unknown): void {
  if (host.isOver) return
  host.sides.set(name, value)
  host.sideSet(name)
}
