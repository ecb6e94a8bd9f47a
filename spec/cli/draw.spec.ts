import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { drawMermaid, drawSvg } from '../../cli/draw/index.ts'
import { layoutOf, type Rectangle } from '../../cli/draw/layout.ts'
import { mermaidOf } from '../../cli/draw/mermaid.ts'
import type { Arrow, Box, Picture } from '../../cli/draw/picture.ts'
import { svgOf } from '../../cli/draw/svg.ts'
import { readGraph } from '../../engine/index.ts'
import { fixture, settings } from '../fixtures/graphs/load.ts'

const chat = await readGraph(fixture('chat.yaml'), settings)
const llm = await readGraph(fixture('llm.yaml'), settings)

test('Mermaid shows nodes in their subgraphs, streams by name, side packets dashed and back edges thick', () => {
  const text = drawMermaid(chat)
  assert.match(text, 'flowchart TD')
  assert.match(
    text,
    /subgraph group_generate\["generate"\]\n {4}subgraph group_generate__encode\["encode"\]\n {6}n0\["TokenizerCalculator"\]/,
  )
  assert.match(text, 'in0(["TEXTS:texts"])')
  assert.match(text, 'n0 -->|"tokens"| n1')
  assert.match(text, 'side0 -.-> n0')
  assert.match(text, 'n1 --> out0')
  assert.match(drawMermaid(llm), 'n0 ==>|"loopback"| n0')
  assert.match(drawMermaid(llm), 'n0["LLMExecutor<br/>HttpLLMCalculator"]')
})

test('SVG shows the same parts, for light and for dark pages', () => {
  const text = drawSvg(chat)
  for (const part of [
    'TokenizerCalculator',
    'DetokenizerCalculator',
    'TEXTS:texts',
    'DELTA:text',
    '>generate<',
    '>encode<',
    '>tokens<',
  ])
    assert.match(text, part)
  assert.match(text, 'prefers-color-scheme: dark')
  assert.is(text.match(/<path class="arrow side-packet"/g)?.length, 2)
  assert.is(drawSvg(llm).match(/<path class="arrow back-edge"/g)?.length, 1)
})

test('no text of a graph can end what it is written into', () => {
  const title = '"]; <script>alert(1)</script> & \' \u0000'
  const picture: Picture = {
    title,
    boxes: [
      { id: 'n0', kind: 'node', title, subtitle: title, groups: [] },
      { id: 'n1', kind: 'node', title, subtitle: undefined, groups: [] },
    ],
    arrows: [{ from: 'n0', to: 'n1', kind: 'stream', label: title, detail: title }],
  }
  const svg = svgOf(picture)
  assert.not.match(svg, '<script')
  assert.not.match(svg, '\u0000')
  assert.is(svg.match(/</g)?.length, svg.match(/>/g)?.length)
  const mermaid = mermaidOf(picture)
  assert.not.match(mermaid.replace(/^---[\s\S]*?---\n/, ''), '<script')
  assert.is(mermaid.split('\n').filter((line) => line.includes('n0[')).length, 1)
})

const names = ['', 'a', 'a__b', 'c']
const pictures: fc.Arbitrary<Picture> = fc
  .record({
    groups: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 14 }),
    links: fc.array(fc.tuple(fc.nat(13), fc.nat(13), fc.boolean()), { maxLength: 24 }),
  })
  .map(({ groups, links }) => {
    const boxes = groups.map((group, index): Box => {
      const parts = group === '' ? [] : group.split('__')
      return {
        id: `n${index}`,
        kind: 'node',
        title: `node ${index}`,
        subtitle: undefined,
        groups: parts.map((_, depth) => parts.slice(0, depth + 1).join('__')),
      }
    })
    const arrows = links.map(([a, b], index): Arrow => {
      const [from, to] = [a % boxes.length, b % boxes.length]
      return { from: `n${from}`, to: `n${to}`, kind: from < to ? 'stream' : 'back-edge', label: `s${index}`, detail: `s${index}` }
    })
    return { title: 'random', boxes, arrows }
  })

const overlap = (a: Rectangle, b: Rectangle) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
const contains = (a: Rectangle, b: Rectangle) =>
  a.x <= b.x && a.y <= b.y && a.x + a.width >= b.x + b.width && a.y + a.height >= b.y + b.height

test('boxes never overlap, groups are around their boxes, arrows begin and end at theirs, and all is on the paper', () => {
  fc.assert(
    fc.property(pictures, (picture) => {
      const { width, height, boxes, groups, arrows } = layoutOf(picture)
      for (const [index, { place }] of boxes.entries()) {
        assert.ok(boxes.slice(index + 1).every((other) => !overlap(place, other.place)))
        assert.ok(contains({ x: 0, y: 0, width, height }, place))
      }
      for (const { name, place } of groups)
        for (const { box, place: inner } of boxes.filter(({ box: { groups: around } }) => around.includes(name)))
          assert.ok(contains(place, inner), box.id)
      for (const { arrow, points } of arrows)
        for (const [id, point] of [
          [arrow.from, points[0]!],
          [arrow.to, points.at(-1)!],
        ] as const) {
          const { place } = boxes.find(({ box }) => box.id === id)!
          assert.ok(point.x > place.x && point.x < place.x + place.width)
          assert.ok(point.y === place.y || point.y === place.y + place.height)
        }
    }),
    { numRuns: 200 },
  )
})

test('an empty picture is an empty page', () => {
  const { boxes, width } = layoutOf({ title: '', boxes: [], arrows: [] })
  assert.equal(boxes, [])
  assert.ok(Number.isFinite(width))
})

test.run()
