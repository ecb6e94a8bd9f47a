import { arrange } from './columns.ts'
import { type Layers, layersOf, type Vertex } from './layers.ts'
import type { Arrow, Box, Picture } from './picture.ts'

export interface Point {
  readonly x: number
  readonly y: number
}
export interface Rectangle extends Point {
  readonly width: number
  readonly height: number
}
export interface PlacedArrow {
  readonly arrow: Arrow
  /** Where it goes through, from end to end: up and down curves between each two. */
  readonly points: readonly Point[]
  /** The middle of its label; undefined where another arrow of the same stream has it. */
  readonly label: Point | undefined
}
export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: readonly { readonly box: Box; readonly place: Rectangle }[]
  readonly groups: readonly { readonly name: string; readonly place: Rectangle }[]
  readonly arrows: readonly PlacedArrow[]
}

const margin = 24
const layerGap = 62
const groupHead = 26
const groupFoot = 14

/** The size of a box, of which only estimates of its letters' widths are known. */
export const sizeOf = ({ kind, title, subtitle }: Box): { readonly width: number; readonly height: number } =>
  kind === 'node'
    ? {
        width: Math.max(110, title.length * 7.6 + 28, (subtitle?.length ?? 0) * 6.7 + 28),
        height: subtitle === undefined ? 36 : 48,
      }
    : { width: title.length * 6.9 + 30, height: 26 }

/** Gives every part of a picture its place: layers from top to bottom, long arrows led between the boxes. */
export function layoutOf(picture: Picture): Layout {
  const layers = layersOf(picture, sizeOf)
  const { centers, groups: sides } = arrange(layers)
  const tops = layerTops(layers)
  const place = (vertex: Vertex): Rectangle => ({
    x: centers[vertex.id]! - vertex.width / 2,
    y: tops[vertex.layer]!.top + (tops[vertex.layer]!.height - vertex.height) / 2,
    width: vertex.width,
    height: vertex.height,
  })
  const boxes = layers.vertices.flatMap((vertex) => (vertex.box === undefined ? [] : [{ box: vertex.box, place: place(vertex) }]))
  const groups = groupPlaces(layers, place, sides)
  const forward = forwardArrows(layers, place)
  const back = backArrows(picture, boxes, most([...boxes, ...groups].map(({ place }) => right(place))))
  return shifted({ width: 0, height: 0, boxes, groups, arrows: [...forward, ...back] })
}

/** Of 0 and numbers that may be too many for arguments. */
const least = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.min(a, b), 0)
const most = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, b), 0)

const right = ({ x, width }: Rectangle) => x + width
const bottom = ({ y, height }: Rectangle) => y + height

function layerTops({ rows, groups }: Layers): { readonly top: number; readonly height: number }[] {
  const tops: { top: number; height: number }[] = []
  let y = 0
  for (const [layer, row] of rows.entries()) {
    const opening = groups.filter(({ first }) => first === layer).length
    const closing = groups.filter(({ last }) => last === layer - 1).length
    if (layer > 0) y += layerGap + Math.min(opening, 3) * groupHead + Math.min(closing, 3) * groupFoot
    const height = Math.max(0, ...row.map((vertex) => vertex.height))
    tops.push({ top: y, height })
    y += height
  }
  return tops
}

function groupPlaces(
  { vertices, groups }: Layers,
  place: (vertex: Vertex) => Rectangle,
  sides: ReadonlyMap<string, { readonly left: number; readonly right: number }>,
): Layout['groups'] {
  return groups.map(({ name }) => {
    const members = vertices.filter((vertex) => vertex.box !== undefined && vertex.groups.includes(name))
    const deeper = (vertex: Vertex) => vertex.groups.length - vertex.groups.indexOf(name)
    const top = Math.min(...members.map((vertex) => place(vertex).y - groupHead * deeper(vertex)))
    const end = Math.max(...members.map((vertex) => bottom(place(vertex)) + groupFoot * deeper(vertex)))
    const { left, right: until } = sides.get(name)!
    return { name, place: { x: left, y: top, width: until - left, height: end - top } }
  })
}

/** Arrows downwards: out of the lower side of a box, through the gaps that its chain holds open, into the upper side of another. */
function forwardArrows({ chains }: Layers, place: (vertex: Vertex) => Rectangle): PlacedArrow[] {
  const middle = (vertex: Vertex) => place(vertex).x + vertex.width / 2
  const ports = new Map<string, number>()
  const spread = (key: string, ends: readonly { readonly at: string; readonly box: Vertex; readonly towards: number }[]) => {
    const byBox = new Map<Vertex, Map<string, number>>()
    for (const { at, box, towards } of ends) byBox.set(box, (byBox.get(box) ?? new Map()).set(at, towards))
    for (const [box, entries] of byBox) {
      const sorted = [...entries].sort((a, b) => a[1] - b[1])
      const { x, width } = place(box)
      for (const [index, [at]] of sorted.entries()) ports.set(`${key} ${at}`, x + (width * (index + 1)) / (sorted.length + 1))
    }
  }
  spread(
    'out',
    chains.map(({ arrow, steps }) => ({ at: streamOf(arrow), box: steps[0]!, towards: middle(steps[1]!) })),
  )
  spread(
    'in',
    chains.map(({ arrow, steps }) => ({
      at: `${streamOf(arrow)} ${arrow.to}`,
      box: steps.at(-1)!,
      towards: middle(steps.at(-2)!),
    })),
  )
  const labelled = new Map<string, Point>()
  return chains.map(({ arrow, steps }) => {
    const start = { x: ports.get(`out ${streamOf(arrow)}`)!, y: bottom(place(steps[0]!)) }
    const end = { x: ports.get(`in ${streamOf(arrow)} ${arrow.to}`)!, y: place(steps.at(-1)!).y }
    const through = steps.slice(1, -1).flatMap((vertex) => {
      const { y } = place(vertex)
      return [
        { x: middle(vertex), y },
        { x: middle(vertex), y: y + vertex.height },
      ]
    })
    const label =
      arrow.label === '' || labelled.has(streamOf(arrow)) ? undefined : labelPlace(start, arrow.label, [...labelled.values()])
    if (label !== undefined) labelled.set(streamOf(arrow), label)
    return { arrow, points: [start, ...through, end], label }
  })
}

const streamOf = ({ from, detail }: Arrow) => `${from} ${detail}`

/** Just below where the stream leaves its box; lower where another label is in the way. */
function labelPlace(start: Point, text: string, others: readonly Point[]): Point {
  const rows = [16, 31, 46]
  const isFree = (row: number) =>
    others.every((other) => Math.abs(other.y - start.y - row) > 12 || Math.abs(other.x - start.x) > text.length * 3.2 + 36)
  return { x: start.x, y: start.y + (rows.find(isFree) ?? 16) }
}

/**
 * Arrows upwards leave below, go round the right side of everything in the gaps between layers, and enter above; one
 * that leads a box to itself goes round that box alone.
 */
function backArrows({ arrows }: Picture, boxes: Layout['boxes'], edge: number): PlacedArrow[] {
  const places = new Map(boxes.map(({ box, place }) => [box.id, place]))
  return arrows
    .filter(({ kind }) => kind === 'back-edge')
    .map((arrow, index) => {
      const from = places.get(arrow.from)!
      const to = places.get(arrow.to)!
      const x = from === to ? right(from) + 16 : edge + 30 + index * 24
      const out = { x: right(from) - 14, y: bottom(from) }
      const into = { x: right(to) - 14, y: to.y }
      const [below, above] = [out.y + 14 + (index % 3) * 5, into.y - 14 - (index % 3) * 5]
      const points = [out, { x: out.x, y: below }, { x, y: below }, { x, y: above }, { x: into.x, y: above }, into]
      return { arrow, points, label: { x: from === to ? x + arrow.label.length * 3.2 + 6 : x, y: (below + above) / 2 } }
    })
}

/** Moved so that everything is within the margins. */
function shifted(layout: Layout): Layout {
  const rectangles = [...layout.boxes, ...layout.groups].map(({ place }) => place)
  const labels = layout.arrows.flatMap(({ arrow, label }) =>
    label === undefined ? [] : [{ x: label.x, half: arrow.label.length * 3.2 + 4 }],
  )
  const points = layout.arrows.flatMap((arrow) => arrow.points)
  const left = least([...rectangles.map(({ x }) => x), ...labels.map(({ x, half }) => x - half)])
  const top = least(rectangles.map(({ y }) => y))
  const until = most([...rectangles.map(right), ...points.map(({ x }) => x), ...labels.map(({ x, half }) => x + half)])
  const move = <P extends Point>(point: P): P => ({ ...point, x: point.x - left + margin, y: point.y - top + margin })
  return {
    width: until - left + 2 * margin,
    height: most(rectangles.map(bottom)) - top + 2 * margin,
    boxes: layout.boxes.map(({ box, place }) => ({ box, place: move(place) })),
    groups: layout.groups.map(({ name, place }) => ({ name, place: move(place) })),
    arrows: layout.arrows.map(({ arrow, points: way, label }) => ({ arrow, points: way.map(move), label: label && move(label) })),
  }
}
