import type { Context, Ports, SideOutput } from './calculator.ts'
import type { TagLayout } from './layout.ts'
import type { NodeRun } from './node.ts'
import type { NodeHost } from './node-host.ts'
import { NodeOutput } from './outputs.ts'

/** What a node's calculator is opened with. The signal is asked for only when the calculator asks: most never do. */
export function openContext(node: NodeRun, host: NodeHost): Context<Ports, Ports, Ports, unknown> {
  const { plan, outputs, sides, sideOutputs } = node.layout
  const context = {
    node: plan.name,
    outputs: byTag(
      outputs,
      node.outputs.map((stream) => new NodeOutput(stream, node, host.throttle)),
    ),
    sides: byTag(
      sides,
      plan.sides.map(({ name }) => host.sides.get(name)),
    ),
    sideOutputs: byTag(
      sideOutputs,
      plan.sideOutputs.map(({ name }): SideOutput<unknown> => ({ set: (value) => setSide(host, name, value) })),
    ),
    options: plan.options,
    get signal() {
      return host.signal
    },
  }
  // Which ports there are is known to the graph's checks, not to the compiler.
  return context as never
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
