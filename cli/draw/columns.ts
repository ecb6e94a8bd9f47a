import type { Layers, Vertex } from './layers.ts'
import { shortName } from './picture.ts'

const gap = 28
const padding = 16
/** Enough for graphs that people read; larger ones get fewer, so that no graph takes long. */
const mostSweeps = 100
const mostMoves = 200_000

/** `to` is at least `distance` to the right of `from`. Both are numbers of variables. */
interface Apart {
  readonly from: number
  readonly to: number
  readonly distance: number
}

/**
 * Where everything stands from left to right: the centre of each vertex, and both sides of each group. All that must
 * keep apart is written as one kind of inequality; the leftmost solution is then improved by moving each vertex towards
 * the mean of those it is linked to, as far as the inequalities let it.
 */
export function arrange(layers: Layers): {
  readonly centers: readonly number[]
  readonly groups: ReadonlyMap<string, { readonly left: number; readonly right: number }>
} {
  const { vertices, groups } = layers
  const left = new Map(groups.map(({ name }, index) => [name, vertices.length + 2 * index]))
  const right = new Map(groups.map(({ name }, index) => [name, vertices.length + 2 * index + 1]))
  const apart = [...membership(layers, left, right), ...neighbours(layers, left, right)]
  const x = leftmost(vertices.length + 2 * groups.length, apart)
  balance(layers, x, apart)
  straighten(layers, x, apart)
  return {
    centers: x.slice(0, vertices.length),
    groups: new Map(groups.map(({ name }) => [name, { left: x[left.get(name)!]!, right: x[right.get(name)!]! }])),
  }
}

type Sides = ReadonlyMap<string, number>

/** A group is around its members, the inner groups, and its title. */
function membership({ vertices, groups }: Layers, left: Sides, right: Sides): Apart[] {
  const around = (outer: string, innerLeft: number, innerRight: number, half: number): Apart[] => [
    { from: left.get(outer)!, to: innerLeft, distance: padding + half },
    { from: innerRight, to: right.get(outer)!, distance: padding + half },
  ]
  const nested = new Map(
    vertices.flatMap(({ groups: names }) => names.slice(1).map((name, index) => [name, names[index]!] as const)),
  )
  return [
    ...vertices.flatMap((vertex) => {
      const inner = vertex.groups.at(-1)
      return inner === undefined ? [] : around(inner, vertex.id, vertex.id, vertex.width / 2)
    }),
    ...[...nested].flatMap(([inner, outer]) => around(outer, left.get(inner)!, right.get(inner)!, 0)),
    ...groups.map(({ name }) => ({
      from: left.get(name)!,
      to: right.get(name)!,
      distance: shortName(name).length * 7 + 2 * padding,
    })),
  ]
}

/** Neighbours in a layer keep apart, and so do the groups that only one of them is in. */
function neighbours({ rows }: Layers, left: Sides, right: Sides): Apart[] {
  return rows.flatMap((row) =>
    row.slice(1).map((vertex, index) => {
      const before = row[index]!
      const leaving = before.groups.find((name) => !vertex.groups.includes(name))
      const entering = vertex.groups.find((name) => !before.groups.includes(name))
      const halves = (leaving === undefined ? before.width / 2 : 0) + (entering === undefined ? vertex.width / 2 : 0)
      return {
        from: leaving === undefined ? before.id : right.get(leaving)!,
        to: entering === undefined ? vertex.id : left.get(entering)!,
        distance: gap + halves,
      }
    }),
  )
}

/** Bellman's and Ford's longest paths. The inequalities of groups have no circles, as groups have one order everywhere. */
function leftmost(count: number, apart: readonly Apart[]): number[] {
  const x = new Array<number>(count).fill(0)
  let moved = true
  for (let round = 0; moved && round <= count; round++) {
    moved = false
    for (const { from, to, distance } of apart)
      if (x[to]! < x[from]! + distance - 1e-9) {
        x[to] = x[from]! + distance
        moved = true
      }
  }
  return x
}

/** How far a variable may be moved while all others stay. */
function freedom(x: readonly number[], apart: readonly Apart[]) {
  const before: Apart[][] = x.map(() => [])
  const after: Apart[][] = x.map(() => [])
  for (const each of apart) {
    before[each.to]!.push(each)
    after[each.from]!.push(each)
  }
  return {
    lowest: (variable: number) => Math.max(...before[variable]!.map(({ from, distance }) => x[from]! + distance)),
    highest: (variable: number) => Math.min(...after[variable]!.map(({ to, distance }) => x[to]! - distance)),
  }
}

function balance({ vertices, chains, groups }: Layers, x: number[], apart: readonly Apart[]): void {
  const { lowest, highest } = freedom(x, apart)
  const linked: { readonly other: number; readonly weight: number }[][] = x.map(() => [])
  for (const { steps } of chains)
    for (const [index, to] of steps.slice(1).entries()) {
      const from = steps[index]!
      const weight = weightOf(from, to)
      linked[from.id]!.push({ other: to.id, weight })
      linked[to.id]!.push({ other: from.id, weight })
    }
  const sides = groups.map((_, index) => vertices.length + 2 * index)
  const sweeps = Math.min(mostSweeps, Math.ceil(mostMoves / (vertices.length + 1)))
  for (let sweep = 0; sweep < sweeps; sweep++) {
    // groups open as wide as their neighbours let them, their members move, and they close again
    for (const left of sides) {
      x[left] = Math.max(lowest(left), x[left]! - 400)
      x[left + 1] = Math.min(highest(left + 1), x[left + 1]! + 400)
    }
    const order = sweep % 2 === 0 ? vertices : [...vertices].reverse()
    for (const { id } of order) {
      const links = linked[id]!
      const total = links.reduce((sum, { weight }) => sum + weight, 0)
      if (total === 0) continue
      const wish = links.reduce((sum, { other, weight }) => sum + weight * x[other]!, 0) / total
      x[id] = Math.max(lowest(id), Math.min(highest(id), wish))
    }
    for (const left of [...sides].reverse()) {
      x[left] = highest(left)
      x[left + 1] = lowest(left + 1)
    }
  }
}

/** Puts as many of a long arrow's vertices as can be on one vertical line. */
function straighten({ chains }: Layers, x: number[], apart: readonly Apart[]): void {
  const { lowest, highest } = freedom(x, apart)
  for (const { steps } of chains) {
    let run: number[] = []
    let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    const settle = () => {
      const middle = run.reduce((sum, id) => sum + x[id]!, 0) / run.length
      for (const id of run) x[id] = Math.max(low, Math.min(high, middle))
      run = []
    }
    for (const { id } of steps.slice(1, -1)) {
      if (Math.max(low, lowest(id)) > Math.min(high, highest(id))) {
        settle()
        ;[low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
      }
      low = Math.max(low, lowest(id))
      high = Math.min(high, highest(id))
      run.push(id)
    }
    settle()
  }
}

/** Long arrows are to be straight. */
const weightOf = (from: Vertex, to: Vertex) =>
  from.box === undefined && to.box === undefined ? 8 : from.box === undefined || to.box === undefined ? 2 : 1
