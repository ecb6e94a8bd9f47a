import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { directoryLibrary } from '../../engine/library.ts'
import { loadGraph, readGraph } from '../../engine/load.ts'
import { readYaml } from '../../engine/yaml.ts'
import { registry } from '../fixtures/graphs/calculators.ts'
import { brief, faultsOf, fixture, load, settings } from '../fixtures/graphs/load.ts'

/** Loads `main` with a library of these files. */
async function loadWith(files: Readonly<Record<string, string>>, main: string) {
  const directory = mkdtempSync(path.join(tmpdir(), 'graphs-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text)
  const library = await directoryLibrary([directory])
  rmSync(directory, { recursive: true })
  const { document } = readYaml(main, 'main.yaml')
  const loaded = await loadGraph({ document: document!, path: [] }, { registry, library })
  const faults = loaded.faults.map((fault) => ({ ...fault, file: path.basename(fault.file) }))
  return { ...loaded, faults, places: faults.map(({ code, file, line, column }) => `${code} ${file}:${line}:${column}`) }
}

test('a subgraph of a subgraph is expanded in place, its names under those of the nodes that use it', async () => {
  const plan = await readGraph(fixture('chat.yaml'), settings)
  assert.equal(
    plan.nodes.map(({ name }) => name),
    ['generate__encode__TokenizerCalculator', 'generate__DetokenizerCalculator'],
  )
  assert.equal(
    plan.streams.map(({ name }) => name),
    ['texts', 'sampling', 'generate__tokens', 'text'],
  )
  assert.equal(
    plan.nodes.flatMap(({ sides }) => sides.map(({ name }) => name)),
    ['tokenizer', 'tokenizer'],
  )
  assert.match(plan.nodes[0]!.where.file, 'encode-text.yaml')
})

test("options reach inner nodes through option_value; a graph's own are the defaults", async () => {
  const lengthOf = async (options: string) => {
    const { plan } = await load(
      `input_stream: { TEXTS: t }\ninput_side_packet: { TOKENIZER: k }\nnode: { calculator: GenerateText, input_stream: { TEXTS: t }, input_side_packet: { TOKENIZER: k }, output_stream: { DELTA: d }${options} }`,
    )
    return plan!.nodes[0]!.options
  }
  assert.equal(await lengthOf(', options: { max_length: 3 }'), { max_length: 3 })
  assert.equal(await lengthOf(''), { max_length: 256 })
})

test('a wrong option is reported where it was written, whatever it passed through', async () => {
  const node = 'input_stream: { TEXTS: t }, input_side_packet: { TOKENIZER: k }, output_stream: { DELTA: d }'
  const text = (options: string) =>
    `input_stream: { T: t }\ninput_side_packet: { K: k }\nnode:\n  - { calculator: GenerateText, ${node} }\n  - calculator: GenerateText\n    ${node.replace('{ DELTA: d }', '{ DELTA: e }').replaceAll('}, ', '}\n    ')}\n    options: ${options}`
  assert.equal(await faultsOf(text('{ max_length: long }')), ['invalid_type 9:28'])
  assert.equal(await faultsOf(text('{ max_lenght: 3 }')), ['unknown_key 9:16'])
})

test("an optional input that is left out is taken from inner nodes; a required one is the user's fault", async () => {
  const { plan } = await load(
    'input_stream: { TEXTS: t }\ninput_side_packet: { K: k }\nnode: { calculator: GenerateText, input_stream: { TEXTS: t }, input_side_packet: { TOKENIZER: k }, output_stream: { DELTA: d } }',
  )
  assert.equal(
    plan!.nodes[1]!.inputs.map(({ tag }) => tag),
    ['TOKENS'],
  )
  const { faults } = await load(
    'input_side_packet: { K: k }\nnode:\n  calculator: GenerateText\n  input_side_packet: { TOKENIZER: k }\n  output_stream: { DELTA: d }',
  )
  assert.equal(brief(faults), ['missing_port 3:15'])
  assert.match(faults[0]!.message, 'GenerateText needs its input TEXTS')
})

test("a port that the subgraph has not is the user's fault", async () => {
  const text =
    'input_stream: { T: t }\ninput_side_packet: { K: k }\nnode:\n  calculator: GenerateText\n  input_stream: { TEXTS: t, SAMPLNG: t }\n  input_side_packet: { TOKENIZER: k }\n  output_stream: { DELTA: d }'
  assert.equal(await faultsOf(text), ['unknown_port 5:29'])
})

test("faults inside name the subgraph's file and its user, once however often it is used", async () => {
  const inner =
    'type: Inner\ninput_stream: a\noutput_stream: c\nnode:\n  - { calculator: Nobody, input_stream: a, output_stream: b }\n  - { calculator: MergeCalculator, input_stream: bb, output_stream: c }\n'
  const main =
    'input_stream: a\nnode:\n  - { calculator: Inner, input_stream: a, output_stream: b }\n  - { calculator: Inner, input_stream: a, output_stream: c }\n'
  const { places, faults } = await loadWith({ 'inner.yaml': inner }, main)
  assert.equal(places, ['unknown_calculator inner.yaml:5:19', 'unwritten_stream inner.yaml:6:50'])
  assert.match(faults[0]!.message, 'used by Inner_1 at main.yaml:3')
})

test('a subgraph that contains itself is refused with the chain', async () => {
  const use = (type: string, inner: string) =>
    `type: ${type}\ninput_stream: a\noutput_stream: b\nnode: { calculator: ${inner}, input_stream: a, output_stream: b }\n`
  const { places, faults } = await loadWith(
    { 'a.yaml': use('A', 'B'), 'b.yaml': use('B', 'C'), 'c.yaml': use('C', 'A') },
    'input_stream: a\nnode: { calculator: A, input_stream: a, output_stream: b }',
  )
  assert.equal(places, ['recursive_subgraph c.yaml:4:21'])
  assert.match(faults[0]!.message, 'A → B → C → A')
})

test('subgraphs that multiply are refused before they fill the memory', async () => {
  const twice = (depth: number) =>
    `type: T${depth}\ninput_stream: a\nnode:\n  - { calculator: T${depth + 1}, input_stream: a }\n  - { calculator: T${depth + 1}, input_stream: a }\n`
  const files = Object.fromEntries(Array.from({ length: 30 }, (_, depth) => [`t${depth}.yaml`, twice(depth)]))
  files['t30.yaml'] = 'type: T30\ninput_stream: a\nnode: { calculator: MergeCalculator, input_stream: a, output_stream: b }\n'
  const main = 'input_stream: a\nnode: { calculator: T0, input_stream: a }'
  assert.equal((await loadWith(files, main)).places, ['too_large t29.yaml:4:19'])
  files['t30.yaml'] = 'type: T30\ninput_stream: a\nnode: []\n'
  assert.ok((await loadWith(files, main)).places.includes('missing_key t30.yaml:3:1'), 'also when there is nothing in them')
})

test("a back edge may be marked at a subgraph's port", async () => {
  const inner =
    'type: Inner\ninput_stream: { X: x, LOOP: loop }\noutput_stream: { Y: y }\nnode: { calculator: MergeCalculator, input_stream: [x, loop], output_stream: y }\n'
  const main = (mark: string) =>
    `input_stream: a\nnode: { calculator: Inner, input_stream: { X: a, LOOP: y }, output_stream: { Y: y }${mark} }\n`
  assert.equal((await loadWith({ 'inner.yaml': inner }, main(''))).places, ['cycle inner.yaml:4:56'])
  const { plan } = await loadWith({ 'inner.yaml': inner }, main(', input_stream_info: { tag_index: LOOP, back_edge: true }'))
  assert.equal(
    plan!.nodes[0]!.inputs.map(({ backEdge }) => backEdge),
    [false, true],
  )
})

test('what goes straight through a subgraph is refused, and broken files of the library are reported when they are used', async () => {
  const through =
    'type: Through\ninput_stream: a\noutput_stream: a\nnode: { calculator: MergeCalculator, input_stream: a, output_stream: b }\n'
  const main = 'input_stream: a\nnode: { calculator: Through, input_stream: a, output_stream: b }'
  assert.equal((await loadWith({ 'through.yaml': through }, main)).places, ['invalid_value through.yaml:3:16'])
  const broken = `${through.replace('output_stream: a', 'output_stream: b')}node: []\n`
  assert.equal((await loadWith({ 'through.yaml': broken }, main)).places, ['duplicate_key through.yaml:5:1'])
  assert.equal(
    (
      await loadWith(
        { 'through.yaml': broken },
        'node: { calculator: MakeTokenizerCalculator, output_side_packet: { TOKENIZER: t } }',
      )
    ).places,
    [],
  )
  assert.equal((await loadWith({ 'a.yaml': through, 'b.yaml': through }, main)).places, [
    'invalid_value a.yaml:3:16',
    'duplicate_name b.yaml:1:7',
  ])
})

test("fields that are a single node's have no effect on a subgraph, and say so", async () => {
  const { warnings } = await load(
    'input_stream: { T: t }\ninput_side_packet: { K: k }\nnode:\n  calculator: GenerateText\n  input_stream: { TEXTS: t }\n  input_side_packet: { TOKENIZER: k }\n  output_stream: { DELTA: d }\n  max_in_flight: 3',
  )
  assert.equal(brief(warnings), ['ignored_key 8:3'])
})

test('a stream inside a subgraph is called as its file calls it', async () => {
  const inner =
    'type: Inner\ninput_stream: { TEXTS: words }\ninput_side_packet: { TOKENIZER: t }\noutput_stream: { OUT: again }\nnode:\n' +
    '  - { calculator: TokenizerCalculator, input_stream: { TEXTS: words }, input_side_packet: { TOKENIZER: t }, output_stream: { TOKENS: ids } }\n' +
    '  - { calculator: TokenizerCalculator, input_stream: { TEXTS: ids }, input_side_packet: { TOKENIZER: t }, output_stream: { TOKENS: again } }\n'
  const main =
    'input_stream: a\ninput_side_packet: { TOKENIZER: t }\noutput_stream: b\nnode:\n' +
    '  - { calculator: Inner, input_stream: { TEXTS: a }, input_side_packet: { TOKENIZER: t }, output_stream: { OUT: b } }\n'
  const { places, faults } = await loadWith({ 'inner.yaml': inner }, main)
  assert.equal(places, ['type_mismatch inner.yaml:7:63'])
  assert.match(faults[0]!.message, 'takes Texts, but ids carries Tokens')
  assert.match(faults[0]!.message, '(in Inner, used by Inner at main.yaml:5)')
})

test.run()
