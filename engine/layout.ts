import type { Port } from './calculator.ts'
import type { GraphPort, NodePlan, Plan, StreamPlan } from './plan.ts'

/** Where a tag's packets are found: indices into the node's inputs, outputs or side packets. */
export interface TagLayout {
  readonly tag: string
  /** A repeated port, handed over as an array. */
  readonly many: boolean
  readonly at: readonly number[]
}

/** A node, with all that can be known about it before a run. */
export interface NodeLayout {
  readonly plan: NodePlan
  readonly isSource: boolean
  readonly inputs: readonly TagLayout[]
  readonly outputs: readonly TagLayout[]
  readonly sides: readonly TagLayout[]
  readonly sideOutputs: readonly TagLayout[]
  /** Groups of inputs that fire the node; each is synchronised in itself. Indices into `plan.inputs`. */
  readonly sets: readonly (readonly number[])[]
  /** The set of each input; -1 for `latest` ones, which fire nothing. */
  readonly setOf: readonly number[]
  /** Under `immediate`, sets that are ready at the same time fire together. */
  readonly setsFireTogether: boolean
  /** `latest` inputs that a firing waits for: all but back edges, which would wait for themselves. */
  readonly awaited: readonly number[]
  readonly hasBackEdge: boolean
  /** Undefined: outputs count their own time. */
  readonly offset: number | undefined
  readonly processTimestampBounds: boolean
  /** Side packets that other nodes produce and this one's open waits for. */
  readonly sidesToWaitFor: readonly string[]
  /** Of all its side packets, those it can do without. */
  readonly optionalSides: ReadonlySet<string>
}

/** A plan's tables, computed once so that starting a run is cheap. */
export interface Layout {
  readonly nodes: readonly NodeLayout[]
  /** The node that writes a stream, by stream; undefined for inputs of the graph. */
  readonly producers: readonly (NodeLayout | undefined)[]
  /** For each stream: itself and every stream whose packets can lead to packets in it, back edges aside. */
  readonly upstream: readonly (readonly number[])[]
  /** Stream ids by the port's name. */
  readonly inputs: ReadonlyMap<string, number>
  readonly outputs: ReadonlyMap<string, number>
  readonly sideInputs: readonly { readonly port: string; readonly name: string; readonly optional: boolean }[]
  /** Side packet names by the port's name. */
  readonly sideOutputs: ReadonlyMap<string, string>
  /** The nodes without inputs, by layer. */
  readonly sourceLayers: readonly (readonly number[])[]
}

export function layoutOf(plan: Plan): Layout {
  const produced = new Set(plan.nodes.flatMap((node) => node.sideOutputs.map((side) => side.name)))
  const nodes = plan.nodes.map((node) => nodeLayout(node, produced))
  const producers = plan.streams.map((stream) =>
    nodes.find((node) => node.plan.outputs.some((output) => output.stream === stream.id)),
  )
  return {
    nodes,
    producers,
    upstream: plan.streams.map((stream) => upstreamOf(stream.id, producers)),
    inputs: new Map(plan.inputs.map((port) => [graphPortName(port, plan.streams), port.stream])),
    outputs: new Map(plan.outputs.map((port) => [graphPortName(port, plan.streams), port.stream])),
    sideInputs: plan.sideInputs.map((side) => ({
      port: portName(side.tag, side.index, side.name),
      name: side.name,
      optional: side.optional,
    })),
    sideOutputs: new Map(plan.sideOutputs.map((side) => [portName(side.tag, side.index, side.name), side.name])),
    sourceLayers: sourceLayers(nodes),
  }
}

/** How callers name a port of a graph: `BODY`, `BODY:1` for index 1, and by its stream's name when it has no tag. */
function portName(tag: string, index: number, name: string): string {
  if (tag === '') return name
  return index === 0 ? tag : `${tag}:${index}`
}

const graphPortName = (port: GraphPort, streams: readonly StreamPlan[]): string =>
  portName(port.tag, port.index, streams[port.stream]!.name)

function nodeLayout(plan: NodePlan, produced: ReadonlySet<string>): NodeLayout {
  const { contract } = plan.calculator
  const sets = syncSets(plan)
  const setOf = plan.inputs.map((_, input) => sets.findIndex((set) => set.includes(input)))
  const offset = contract.timestampOffset ?? 0
  const isOptionalTag = (tag: string) => 'optional' in (contract.sides?.[tag] ?? {})
  return {
    plan,
    isSource: plan.inputs.length === 0,
    inputs: tagLayouts(plan.inputs, contract.inputs ?? {}),
    outputs: tagLayouts(plan.outputs, contract.outputs ?? {}),
    sides: tagLayouts(plan.sides, contract.sides ?? {}),
    sideOutputs: tagLayouts(plan.sideOutputs, contract.sideOutputs ?? {}),
    sets,
    setOf,
    setsFireTogether: plan.policy.kind === 'immediate',
    awaited: plan.inputs.flatMap((input, at) => (setOf[at] === -1 && !input.backEdge ? [at] : [])),
    hasBackEdge: plan.inputs.some((input) => input.backEdge),
    offset: offset === 'own' || plan.inputs.length === 0 ? undefined : offset,
    processTimestampBounds: contract.processTimestampBounds ?? false,
    sidesToWaitFor: [...new Set(plan.sides.map((side) => side.name).filter((name) => produced.has(name)))],
    optionalSides: new Set(plan.sides.filter((side) => isOptionalTag(side.tag)).map((side) => side.name)),
  }
}

/** The contract's tags, each with its places in the plan. An optional port that is not connected has no entry. */
function tagLayouts(ports: readonly { tag: string; index: number }[], declared: Readonly<Record<string, Port>>): TagLayout[] {
  return Object.entries(declared).flatMap(([tag, port]) => {
    const inner = 'optional' in port ? port.optional : port
    const many = 'many' in inner
    const at = ports.flatMap((candidate, index) => (candidate.tag === tag ? [index] : []))
    at.sort((a, b) => ports[a]!.index - ports[b]!.index)
    return at.length > 0 || many ? [{ tag, many, at }] : []
  })
}

/** A node with nothing but `latest` inputs is fired by these. */
function syncSets(plan: NodePlan): number[][] {
  const all = plan.inputs.map((_, index) => index)
  const firing = all.filter((index) => !plan.inputs[index]!.latest)
  const triggers = firing.length > 0 ? firing : all
  if (triggers.length === 0) return []
  const { policy } = plan
  if (policy.kind === 'immediate') return triggers.map((index) => [index])
  if (policy.kind === 'default') return [triggers]
  const named = (index: number) => plan.inputs[index]!.index
  const isIn = (set: readonly string[], index: number) =>
    set.some((port) => {
      const [tag = '', at = '0'] = port.split(':')
      return plan.inputs[index]!.tag === tag && named(index) === Number(at)
    })
  const groups = policy.sets.map((set) => triggers.filter((index) => isIn(set, index)))
  const rest = triggers.filter((index) => !policy.sets.some((set) => isIn(set, index)))
  return [...groups, rest].filter((set) => set.length > 0)
}

function upstreamOf(stream: number, producers: readonly (NodeLayout | undefined)[]): number[] {
  const found = new Set<number>()
  const visit = (id: number): void => {
    if (found.has(id)) return
    found.add(id)
    for (const input of producers[id]?.plan.inputs ?? []) if (!input.backEdge) visit(input.stream)
  }
  visit(stream)
  return [...found]
}

function sourceLayers(nodes: readonly NodeLayout[]): number[][] {
  const sources = nodes.filter((node) => node.isSource)
  const layers = [...new Set(sources.map((node) => node.plan.sourceLayer))].sort((a, b) => a - b)
  return layers.map((layer) => sources.filter((node) => node.plan.sourceLayer === layer).map((node) => node.plan.id))
}
