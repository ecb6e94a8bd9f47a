import { layoutOf, type PlacedArrow, type Point, type Rectangle } from './layout.ts'
import { type Box, type Picture, shortName } from './picture.ts'

const style = `
  :root { --paper: #ffffff; --ink: #1f2933; --faint: #5b6875; --line: #52606d; --node: #f5f7fa; --edge: #9aa5b1; --group: #eef4fb; --rim: #a9c3e0; --pill: #e6f4ea; --side: #8a5a00; --back: #b0362d }
  @media (prefers-color-scheme: dark) {
    :root { --paper: #14181d; --ink: #e4e9ee; --faint: #9eabb8; --line: #9eabb8; --node: #232a32; --edge: #4d5a67; --group: #1a222c; --rim: #3f5770; --pill: #1d3527; --side: #dca54c; --back: #f0877e }
  }
  .paper { fill: var(--paper) }
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); text-anchor: middle; dominant-baseline: central }
  .node rect { fill: var(--node); stroke: var(--edge) }
  .node .title { font-weight: 600 }
  .calculator { font: 11px ui-monospace, "SF Mono", Menlo, Consolas, monospace; fill: var(--faint) }
  .pill rect { fill: var(--pill); stroke: var(--edge) }
  .pill text { font-size: 12px }
  .side rect { fill: none; stroke: var(--side); stroke-dasharray: 4 3 }
  .side text { fill: var(--side) }
  .group { fill: var(--group); stroke: var(--rim) }
  .group-title { text-anchor: start; font-size: 12px; font-weight: 600; fill: var(--faint); paint-order: stroke; stroke: var(--group); stroke-width: 4px }
  .arrow { fill: none; stroke: var(--line); stroke-width: 1.3 }
  .arrow.side-packet { stroke: var(--side); stroke-dasharray: 4 3 }
  .arrow.back-edge { stroke: var(--back) }
  .label { font-size: 11px; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round }
  .label.back-edge { fill: var(--back) }
  .head { fill: var(--line) } .head.side-packet { fill: var(--side) } .head.back-edge { fill: var(--back) }
`

/** A picture as an SVG file: nodes as boxes, streams as arrows, side packets dashed, subgraphs around their nodes. */
export function svgOf(picture: Picture): string {
  const { width, height, boxes, groups, arrows } = layoutOf(picture)
  const size = `${round(width)} ${round(height)}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" width="${round(width)}" height="${round(height)}" role="img">`,
    `<title>${escapeXml(picture.title)}</title>`,
    `<style>${style}</style>`,
    `<defs>${['stream', 'side-packet', 'back-edge'].map(head).join('')}</defs>`,
    '<rect class="paper" width="100%" height="100%"/>',
    ...groups.map(({ place }) => groupSvg(place)),
    ...arrows.map(arrowSvg),
    ...groups.map(({ name, place }) => groupTitle(name, place)),
    ...boxes.map(({ box, place }) => boxSvg(box, place)),
    ...arrows.flatMap(labelSvg),
    '</svg>',
    '',
  ].join('\n')
}

const head = (name: string) =>
  `<marker id="${name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="head ${name}" d="M0 0.8 8 4 0 7.2z"/></marker>`

const groupSvg = ({ x, y, width, height }: Rectangle) =>
  `<rect class="group" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="8"/>`

const groupTitle = (name: string, { x, y }: Rectangle) =>
  `<text class="group-title" x="${round(x + 10)}" y="${round(y + 13)}">${escapeXml(shortName(name))}</text>`

function boxSvg({ kind, title, subtitle }: Box, { x, y, width, height }: Rectangle): string {
  const isNode = kind === 'node'
  const name = isNode ? 'node' : kind.startsWith('side') ? 'pill side' : 'pill'
  const [cx, cy] = [round(x + width / 2), y + height / 2]
  const titleY = subtitle === undefined ? cy : cy - 9
  return [
    `<g class="${name}"><rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${isNode ? 6 : round(height / 2)}"/>`,
    `<text class="title" x="${cx}" y="${round(titleY)}">${escapeXml(title)}</text>`,
    subtitle === undefined ? '' : `<text class="calculator" x="${cx}" y="${round(cy + 10)}">${escapeXml(subtitle)}</text>`,
    '</g>',
  ].join('')
}

const classOf = ({ arrow: { kind } }: PlacedArrow) => (kind === 'side' ? 'side-packet' : kind)

function arrowSvg(placed: PlacedArrow): string {
  const { arrow, points } = placed
  const path = arrow.kind === 'back-edge' ? roundedPath(points) : downwardPath(points)
  const name = classOf(placed)
  return `<path class="arrow ${name}" marker-end="url(#${name})" d="${path}"><title>${escapeXml(arrow.detail)}</title></path>`
}

function labelSvg(placed: PlacedArrow): string[] {
  const { arrow, label } = placed
  if (label === undefined || arrow.label === '') return []
  return [`<text class="label ${classOf(placed)}" x="${round(label.x)}" y="${round(label.y)}">${escapeXml(arrow.label)}</text>`]
}

/** Leaves and enters every point vertically. */
function downwardPath([start, ...rest]: readonly Point[]): string {
  let from = start!
  let path = `M${at(from)}`
  for (const to of rest) {
    const middle = (from.y + to.y) / 2
    path += from.x === to.x ? `L${at(to)}` : `C${at({ x: from.x, y: middle })} ${at({ x: to.x, y: middle })} ${at(to)}`
    from = to
  }
  return path
}

/** Straight lines with rounded corners. */
function roundedPath(points: readonly Point[]): string {
  const corner = 10
  const towards = (from: Point, to: Point) => {
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
    const part = Math.min(corner, length / 2) / length
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
  }
  const corners = points
    .slice(1, -1)
    .map((point, index) => `L${at(towards(point, points[index]!))}Q${at(point)} ${at(towards(point, points[index + 2]!))}`)
  return `M${at(points[0]!)}${corners.join('')}L${at(points.at(-1)!)}`
}

const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`
const round = (value: number) => Math.round(value * 10) / 10

const escapeXml = (text: string) =>
  text.replaceAll(/[&<>"'\u0000-\u001f]/g, (character) => `&#${character < ' ' ? 0xfffd : character.codePointAt(0)};`)
