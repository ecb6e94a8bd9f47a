import type { Arrow, Box, Picture } from './picture.ts'

/** A box, or the room that a long arrow needs to pass a layer. */
export interface Vertex {
  readonly id: number
  readonly box: Box | undefined
  readonly layer: number
  readonly width: number
  readonly height: number
  readonly groups: readonly string[]
}
/** An arrow's way down: a vertex of each layer from its first to its last. */
export interface Chain {
  readonly arrow: Arrow
  readonly steps: readonly Vertex[]
}
export interface Group {
  readonly name: string
  /** Layers. */
  readonly first: number
  readonly last: number
}
export interface Layers {
  readonly vertices: readonly Vertex[]
  /** The vertices of each layer, from left to right. */
  readonly rows: readonly (readonly Vertex[])[]
  readonly chains: readonly Chain[]
  /** The outer before the inner ones. */
  readonly groups: readonly Group[]
}

/**
 * The first half of Sugiyama's way to draw a graph: every box gets a layer below those that feed it, arrows that pass
 * layers get vertices there, and each layer an order with few crossings in which the members of a group stay together.
 */
export function layersOf(picture: Picture, sizeOf: (box: Box) => { readonly width: number; readonly height: number }): Layers {
  const arrows = picture.arrows.filter(({ kind }) => kind !== 'back-edge')
  const layerOf = boxLayers(picture.boxes, arrows)
  const vertices: Vertex[] = []
  const add = (vertex: Omit<Vertex, 'id'>): Vertex => {
    const made = { ...vertex, id: vertices.length }
    vertices.push(made)
    return made
  }
  const byBox = new Map(
    picture.boxes.map((box) => [box.id, add({ box, layer: layerOf.get(box.id)!, groups: box.groups, ...sizeOf(box) })]),
  )
  const passing = new Map<string, Vertex>()
  const chains = arrows.map((arrow): Chain => {
    const from = byBox.get(arrow.from)!
    const to = byBox.get(arrow.to)!
    const groups = from.groups.filter((group) => to.groups.includes(group))
    const steps = [from]
    for (let layer = from.layer + 1; layer < to.layer; layer++) {
      const key = `${arrow.from} ${arrow.detail} ${groups.at(-1)} ${layer}`
      const vertex = passing.get(key) ?? add({ box: undefined, layer, width: 10, height: 36, groups })
      passing.set(key, vertex)
      steps.push(vertex)
    }
    return { arrow, steps: [...steps, to] }
  })
  const groups = groupsOf(vertices)
  return { vertices, rows: orderRows(vertices, chains), chains, groups }
}

/** Nodes below all that feeds them; what comes from outside just above its first reader. */
function boxLayers(boxes: readonly Box[], arrows: readonly Arrow[]): Map<string, number> {
  const layers = new Map<string, number>()
  const isEntry = ({ kind }: Box) => kind === 'input' || kind === 'side-input'
  const incoming = new Map<string, string[]>()
  const outgoing = new Map<string, string[]>()
  for (const { from, to } of arrows) {
    incoming.set(to, [...(incoming.get(to) ?? []), from])
    outgoing.set(from, [...(outgoing.get(from) ?? []), to])
  }
  for (const box of boxes.filter((each) => !isEntry(each)))
    layers.set(box.id, 1 + Math.max(0, ...(incoming.get(box.id) ?? []).map((id) => layers.get(id) ?? 0)))
  for (const box of boxes.filter(isEntry))
    layers.set(
      box.id,
      Math.min(...(outgoing.get(box.id) ?? []).map((id) => layers.get(id)!), Math.max(1, ...layers.values())) - 1,
    )
  const first = Math.min(...layers.values())
  return new Map([...layers].map(([id, layer]) => [id, layer - first]))
}

function groupsOf(vertices: readonly Vertex[]): Group[] {
  const groups = new Map<string, Group>()
  for (const { groups: names, layer } of vertices)
    for (const name of names) {
      const { first, last } = groups.get(name) ?? { first: layer, last: layer }
      groups.set(name, { name, first: Math.min(first, layer), last: Math.max(last, layer) })
    }
  return [...groups.values()].sort((a, b) => a.name.split('__').length - b.name.split('__').length)
}

const sweeps = 16

/** Barycentres, down and up by turns; the order with the fewest crossings stays. */
function orderRows(vertices: readonly Vertex[], chains: readonly Chain[]): Vertex[][] {
  const count = 1 + Math.max(0, ...vertices.map(({ layer }) => layer))
  let rows = Array.from({ length: count }, (_, layer) => vertices.filter((vertex) => vertex.layer === layer))
  const links = [
    ...new Map(
      chains.flatMap(({ steps }) =>
        steps.slice(1).map((to, index) => [`${steps[index]!.id} ${to.id}`, [steps[index]!, to] as const]),
      ),
    ).values(),
  ]
  const byLayer = rows.map((_, layer) => links.filter(([from]) => from.layer === layer))
  const above = neighbours(links.map(([from, to]) => [to, from]))
  const below = neighbours(links)
  let best = rows
  let fewest = Number.POSITIVE_INFINITY
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    rows = sweepRows(rows, sweep % 2 === 0 ? above : below, sweep % 2 === 0)
    const crossings = countCrossings(rows, byLayer)
    if (crossings >= fewest) continue
    fewest = crossings
    best = rows
  }
  return best
}

function neighbours(links: readonly (readonly [Vertex, Vertex])[]): Map<Vertex, Vertex[]> {
  const found = new Map<Vertex, Vertex[]>()
  for (const [from, to] of links) found.set(from, [...(found.get(from) ?? []), to])
  return found
}

function positions(rows: readonly (readonly Vertex[])[]): Map<Vertex, number> {
  return new Map(rows.flatMap((row) => row.map((vertex, index) => [vertex, (index + 0.5) / row.length] as const)))
}

function sweepRows(
  rows: readonly (readonly Vertex[])[],
  beside: ReadonlyMap<Vertex, readonly Vertex[]>,
  downwards: boolean,
): Vertex[][] {
  const at = positions(rows)
  const means = groupMeans(at)
  const made = rows.map((row) => [...row])
  const order = downwards ? [...rows.keys()] : [...rows.keys()].reverse()
  for (const layer of order) {
    const wish = new Map(
      made[layer]!.map((vertex) => [vertex, mean((beside.get(vertex) ?? []).map((other) => at.get(other)!)) ?? at.get(vertex)!]),
    )
    made[layer] = together(made[layer]!, 0, (vertex) => wish.get(vertex)!, means)
    for (const [index, vertex] of made[layer].entries()) at.set(vertex, (index + 0.5) / made[layer].length)
  }
  return made
}

const mean = (numbers: readonly number[]) =>
  numbers.length === 0 ? undefined : numbers.reduce((sum, each) => sum + each, 0) / numbers.length

/** Where a group is on the whole: the same in every layer, so that two groups are never on different sides of each other. */
function groupMeans(at: ReadonlyMap<Vertex, number>): Map<string, number> {
  const members = new Map<string, number[]>()
  for (const [{ groups }, position] of at)
    for (const group of groups) members.set(group, [...(members.get(group) ?? []), position])
  return new Map([...members].map(([group, all]) => [group, mean(all)!]))
}

function together(
  row: readonly Vertex[],
  depth: number,
  wish: (vertex: Vertex) => number,
  means: ReadonlyMap<string, number>,
): Vertex[] {
  const items = new Map<string, { readonly name: string; readonly key: number; readonly members: Vertex[] }>()
  for (const vertex of row) {
    const group = vertex.groups[depth]
    const name = group ?? `#${vertex.id}`
    const item = items.get(name) ?? {
      name: group ?? '',
      key: group === undefined ? wish(vertex) : means.get(group)!,
      members: [],
    }
    item.members.push(vertex)
    items.set(name, item)
  }
  return [...items.values()]
    .sort((a, b) => a.key - b.key || a.name.localeCompare(b.name))
    .flatMap(({ members }) => (members[0]!.groups[depth] === undefined ? members : together(members, depth + 1, wish, means)))
}

function countCrossings(
  rows: readonly (readonly Vertex[])[],
  byLayer: readonly (readonly (readonly [Vertex, Vertex])[])[],
): number {
  const at = positions(rows)
  let crossings = 0
  for (const links of byLayer) {
    const here = links.map(([from, to]) => [at.get(from)!, at.get(to)!] as const)
    for (const [index, [from, to]] of here.entries())
      for (const [otherFrom, otherTo] of here.slice(index + 1)) if ((from - otherFrom) * (to - otherTo) < 0) crossings++
  }
  return crossings
}
