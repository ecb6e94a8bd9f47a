import { EngineError } from './errors.ts'
import type { Layout } from './layout.ts'

/** The side packets of a run: one value a name, set once. */
export class SidePackets {
  private readonly values = new Map<string, unknown>()
  private readonly layout: Layout

  /** `given`: by the port's name. Those that the graph does not ask for are ignored, so that callers may offer all they have. */
  constructor(layout: Layout, graph: string, given: Readonly<Record<string, unknown>>) {
    this.layout = layout
    for (const { port, name, optional } of layout.sideInputs) {
      const value = given[port]
      if (value !== undefined) this.values.set(name, value)
      else if (!optional) {
        throw new EngineError('bad_configuration', `Graph ${graph} needs the side packet ${port}, and none was given.`)
      }
    }
  }

  has(name: string): boolean {
    return this.values.has(name)
  }

  get(name: string): unknown {
    return this.values.get(name)
  }

  set(name: string, value: unknown): void {
    if (this.values.has(name)) throw new EngineError('internal', `Output side packet "${name}" was already set.`)
    this.values.set(name, value)
  }

  /** A node closed without setting it: readers that can do without it need not wait any longer. */
  giveUp(name: string): void {
    if (!this.values.has(name)) this.values.set(name, undefined)
  }

  /** By the port's name; undefined as long as it is not set. */
  output(port: string): unknown {
    const name = this.layout.sideOutputs.get(port)
    if (name === undefined) throw new EngineError('internal', `The graph has no output side packet ${port}.`)
    return this.values.get(name)
  }
}
