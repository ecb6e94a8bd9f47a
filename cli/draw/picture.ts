import type { Plan } from '../../engine/index.ts'

/** What a graph's drawing shows, before anything has a place. */
export interface Picture {
  readonly title: string
  readonly boxes: readonly Box[]
  readonly arrows: readonly Arrow[]
}

/** A node, or a pill for what enters or leaves the graph. */
export interface Box {
  readonly id: string
  readonly kind: 'node' | 'input' | 'output' | 'side-input' | 'side-output'
  readonly title: string
  /** A node's calculator, where the title is not the calculator already. */
  readonly subtitle: string | undefined
  /** The subgraphs around it, the outermost first, each by its full name: `['generate', 'generate__encode']`. */
  readonly groups: readonly string[]
}

export interface Arrow {
  /** Boxes by id. */
  readonly from: string
  readonly to: string
  readonly kind: 'stream' | 'side' | 'back-edge'
  /** Empty where the pill at an end says it. */
  readonly label: string
  /** In words, for those who point at it. */
  readonly detail: string
}

/** The last part of an expanded name: `generate__tokens` → `tokens`. */
export const shortName = (name: string): string => name.slice(name.lastIndexOf('__') + 1).replace(/^_/, '')

/** The boxes and arrows of a graph. */
export function pictureOf(plan: Plan): Picture {
  const writers = new Map<number, string>()
  const sideWriters = new Map<string, string>()
  const pill = (kind: Box['kind'], id: string, tag: string, name: string): Box => ({
    id,
    kind,
    title: tag === '' ? name : `${tag}:${name}`,
    subtitle: undefined,
    groups: [],
  })
  const inputs = plan.inputs.map(({ tag, stream }) => pill('input', `in${stream}`, tag, plan.streams[stream]?.name ?? ''))
  const sideInputs = plan.sideInputs.map(({ tag, name }, index) => pill('side-input', `side${index}`, tag, name))
  for (const { stream } of plan.inputs) writers.set(stream, `in${stream}`)
  for (const [index, { name }] of plan.sideInputs.entries()) sideWriters.set(name, `side${index}`)
  const nodes = plan.nodes.map(({ id, name, calculatorName }): Box => {
    const parts = name.split('__')
    const own = parts.at(-1) ?? name
    return {
      id: `n${id}`,
      kind: 'node',
      title: own,
      subtitle: own.replace(/_\d+$/, '') === calculatorName ? undefined : calculatorName,
      groups: parts.slice(0, -1).map((_, depth) => parts.slice(0, depth + 1).join('__')),
    }
  })
  for (const node of plan.nodes) {
    for (const { stream } of node.outputs) writers.set(stream, `n${node.id}`)
    for (const { name } of node.sideOutputs) sideWriters.set(name, `n${node.id}`)
  }
  const outputs = plan.outputs.map(({ tag, stream }, index) =>
    pill('output', `out${index}`, tag, plan.streams[stream]?.name ?? ''),
  )
  const sideOutputs = plan.sideOutputs.map(({ tag, name }, index) => pill('side-output', `sideout${index}`, tag, name))

  const streamArrow = (stream: number, to: string, kind: Arrow['kind'], isPill: boolean): Arrow[] => {
    const from = writers.get(stream)
    const { name = '', type } = plan.streams[stream] ?? {}
    if (from === undefined) return []
    return [
      {
        from,
        to,
        kind,
        label: isPill || from.startsWith('in') ? '' : shortName(name),
        detail: `${name}: ${type?.name ?? 'any'}`,
      },
    ]
  }
  const sideArrow = (name: string, to: string, isPill: boolean): Arrow[] => {
    const from = sideWriters.get(name)
    return from === undefined
      ? []
      : [
          {
            from,
            to,
            kind: 'side',
            label: isPill || from.startsWith('side') ? '' : shortName(name),
            detail: `${name} (side packet)`,
          },
        ]
  }
  const arrows = [
    ...plan.nodes.flatMap((node) => [
      ...node.inputs.flatMap(({ stream, backEdge }) =>
        streamArrow(stream, `n${node.id}`, backEdge ? 'back-edge' : 'stream', false),
      ),
      ...node.sides.flatMap(({ name }) => sideArrow(name, `n${node.id}`, false)),
    ]),
    ...plan.outputs.flatMap(({ stream }, index) => streamArrow(stream, `out${index}`, 'stream', true)),
    ...plan.sideOutputs.flatMap(({ name }, index) => sideArrow(name, `sideout${index}`, true)),
  ]
  return { title: plan.name, boxes: [...inputs, ...sideInputs, ...nodes, ...outputs, ...sideOutputs], arrows }
}
