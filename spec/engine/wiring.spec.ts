import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadGraph, packetType, readYaml } from '../../engine/index.ts'
import { around, brief, faultsOf, load, settings, tokenizer } from '../fixtures/graphs/load.ts'

test('an unknown calculator says nothing more: its streams count as written and its ports as right', async () => {
  const text = around('  - calculator: Nobody', '    input_stream: { WHAT: texts }', '    output_stream: { EVER: tokens }')
  assert.equal(await faultsOf(text), ['unknown_calculator 5:17'])
})

/** Each fault of wiring alone in a file, and where it is reported. */
const wrong: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  'an unknown port': [
    around(...tokenizer.slice(0, 2), '    input_stream: { TEXTS: texts, SPEED: texts }', ...tokenizer.slice(3)),
    ['unknown_port 7:35'],
  ],
  'a misspelled port, once': [
    around(...tokenizer.slice(0, 2), '    input_stream: { TEXT: texts }', ...tokenizer.slice(3)),
    ['unknown_port 7:21'],
  ],
  'a missing port': [around(...tokenizer.slice(0, 2), ...tokenizer.slice(3)), ['missing_port 5:17']],
  'a missing side packet': [around(tokenizer[0]!, ...tokenizer.slice(2)), ['missing_port 5:17']],
  'several streams at a port for one': [
    around(...tokenizer.slice(0, 2), '    input_stream: { TEXTS: [texts, texts] }', ...tokenizer.slice(3)),
    ['unknown_port 7:36'],
  ],
  'the same port twice': [
    around(...tokenizer.slice(0, 2), '    input_stream: ["TEXTS:texts", "TEXTS:texts"]', ...tokenizer.slice(3)),
    ['duplicate_port 7:35'],
  ],
  'a gap in the indexes': [
    'input_stream: a\nnode: { calculator: SyncedCalculator, input_stream: ["B:a", "A:1:a"] }',
    ['invalid_name 2:61'],
  ],
  'a stream that nothing writes': [
    around(...tokenizer.slice(0, 2), '    input_stream: { TEXTS: text }', ...tokenizer.slice(3)),
    ['unwritten_stream 7:28'],
  ],
  'an output that nothing writes': [
    `${around(...tokenizer)}\n`.replace('{ TOKENS: tokens }', '{ TOKENS: token }'),
    ['unwritten_stream 3:26'],
  ],
  'a stream written twice': [around(...tokenizer, ...tokenizer), ['rewritten_stream 12:30']],
  'a stream that is an input already': [
    around(...tokenizer.slice(0, 3), '    output_stream: { TOKENS: texts }').replace('TOKENS: tokens', 'TOKENS: texts'),
    ['rewritten_stream 8:30'],
  ],
  'a side packet that nothing provides': [
    around(tokenizer[0]!, '    input_side_packet: { TOKENIZER: tokeniser }', ...tokenizer.slice(2)),
    ['missing_side_packet 6:37'],
  ],
  'a side packet made twice': [
    around(...tokenizer, '  - calculator: MakeTokenizerCalculator', '    output_side_packet: { TOKENIZER: tokenizer }'),
    ['duplicate_side_packet 10:38'],
  ],
  'an output listed twice': [
    around(...tokenizer).replace('{ TOKENS: tokens }', '{ A: tokens, B: tokens }'),
    ['duplicate_name 3:32'],
  ],
  'a stream of another type': [
    `${around(...tokenizer)}\n  - calculator: DetokenizerCalculator\n    input_side_packet: { TOKENIZER: tokenizer }\n    input_stream: { TOKENS: texts }\n    output_stream: { DELTA: delta }`,
    ['type_mismatch 11:29'],
  ],
  'a side packet of another type': [
    'node:\n  - { calculator: MakeTokenizerCalculator, output_side_packet: { TOKENIZER: t } }\n  - { calculator: HttpLLMCalculator, input_side_packet: { LLM_NODE_RESOURCES: t }, input_stream: { LOOPBACK: l, HTTP_REQUEST_PAYLOAD: p }, output_stream: { LOOPBACK: l, HTTP_RESPONSE_PAYLOAD: o }, input_stream_info: { tag_index: LOOPBACK, back_edge: true }, options: { models_path: x } }\ninput_stream: { P: p }',
    ['type_mismatch 3:79'],
  ],
  'two nodes of one name': [
    'input_stream: [a, b]\nnode:\n  - { name: x, calculator: MergeCalculator, input_stream: a, output_stream: c }\n  - { name: x, calculator: MergeCalculator, input_stream: b, output_stream: d }',
    ['duplicate_name 4:13'],
  ],
  'a bad stream name and a bad tag': [
    'input_stream: { Payload: a, X: theStream }\nnode: { calculator: MergeCalculator, input_stream: a, output_stream: b }',
    ['invalid_name 1:17', 'invalid_name 1:32'],
  ],
  'a wrong option, and an unknown one': [
    around(...tokenizer, '    options:', '      max_length: many', '      truncation: lft', '      max_lenght: 3'),
    ['invalid_type 10:19', 'invalid_value 11:19', 'unknown_key 12:7'],
  ],
  'an unknown option deep inside': [
    'input_stream: { A: a, B: b }\ninput_side_packet: { T: t }\nnode:\n  calculator: DetokenizerCalculator\n  input_stream: { TOKENS: a }\n  input_side_packet: { TOKENIZER: t }\n  output_stream: { DELTA: d }\n  options: { stop: { word: [x] } }',
    ['unknown_key 8:22'],
  ],
  'a missing option': ['node: { calculator: CountCalculator, output_stream: { COUNT: c } }', ['missing_key 1:21']],
  'options where there are none': [
    'node: { calculator: MakeTokenizerCalculator, output_side_packet: { TOKENIZER: t }, options: { a: 1 } }',
    ['unknown_key 1:95'],
  ],
  'options given twice': [
    'node: { calculator: CountCalculator, output_stream: { COUNT: c }, options: { to: 1 }, node_options: { to: 1 } }',
    ['duplicate_key 1:87'],
  ],
  'an unknown handler': [
    around(...tokenizer, '    input_stream_handler: { input_stream_handler: ImediateInputStreamHandler }'),
    ['unknown_name 9:51'],
  ],
  "MediaPipe's handlers that are not here": [
    around(...tokenizer, '    input_stream_handler: MuxInputStreamHandler'),
    ['unknown_name 9:27'],
  ],
  'a sync set of no input': [
    around(
      ...tokenizer,
      '    input_stream_handler: { input_stream_handler: SyncSetInputStreamHandler, options: { sync_set: [{ tag_index: [TEXT] }] } }',
    ),
    ['unknown_port 9:114'],
  ],
  'a sync set that cannot be read': [
    around(
      ...tokenizer,
      '    input_stream_handler: { input_stream_handler: SyncSetInputStreamHandler, options: { sync_set: [{ tag_index: ["a:b:c", 7, "TEXTS", "TEXTS:0"] }, 3] } }',
    ),
    ['invalid_name 9:114', 'invalid_name 9:123', 'duplicate_name 9:135', 'invalid_type 9:149'],
  ],
  'sync sets for a whole graph': [
    `input_stream_handler: SyncSetInputStreamHandler\n${around(...tokenizer)}`,
    ['invalid_value 1:23'],
  ],
  'an option of a handler that has none': [
    around(
      ...tokenizer,
      '    input_stream_handler: { input_stream_handler: ImmediateInputStreamHandler, options: { batch_size: 2 } }',
    ),
    ['unknown_key 9:91'],
  ],
  'a back edge of no input': [
    around(...tokenizer, '    input_stream_info: [{ tag_index: LOOP, back_edge: true }]'),
    ['unknown_port 9:38'],
  ],
  'numbers out of range': [
    `max_queue_size: 0\n${around(...tokenizer, '    max_in_flight: 1.5', '    source_layer: -1')}`,
    ['invalid_value 1:17', 'invalid_type 10:20', 'invalid_value 11:19'],
  ],
  'a node without a calculator': ['node:\n  - { name: x }\n  - 7', ['missing_key 2:5', 'invalid_type 3:5']],
  'ports that are no ports': [
    'input_stream: 7\nnode: { calculator: MakeTokenizerCalculator, output_side_packet: { TOKENIZER: t } }',
    ['invalid_type 1:15'],
  ],
  'a packet generator': [
    'packet_generator: []\nnode: { calculator: MakeTokenizerCalculator, output_side_packet: { TOKENIZER: t } }',
    ['unknown_key 1:1'],
  ],
}
for (const [what, [text, expected]] of Object.entries(wrong)) {
  test(`reports ${what}`, async () => assert.equal(await faultsOf(text), expected))
}

test('an unmarked cycle is printed as a chain, and a mark breaks it', async () => {
  const graph = (mark: string) =>
    `input_stream: a\nnode:\n  - { name: join, calculator: MergeCalculator, input_stream: [a, c], output_stream: b${mark} }\n  - { name: pass, calculator: PassThroughCalculator, input_stream: b, output_stream: c }`
  const { faults } = await load(graph(''))
  assert.equal(brief(faults), ['cycle 3:66'])
  assert.match(faults[0]!.message, 'join -(b)→ pass -(c)→ join')
  const { plan, warnings } = await load(graph(', input_stream_info: { tag_index: ":1", back_edge: true }'))
  assert.equal(warnings, [])
  assert.equal(
    plan!.nodes.map(({ name }) => name),
    ['join', 'pass'],
  )
})

test('a node that feeds itself must mark it too; a side packet cannot go round at all', async () => {
  assert.equal(await faultsOf('input_stream: a\nnode: { calculator: MergeCalculator, input_stream: [a, b], output_stream: b }'), [
    'cycle 2:56',
  ])
})

test('a back edge that closes no cycle is a warning', async () => {
  const { plan, warnings } = await load(around(...tokenizer, '    input_stream_info: [{ tag_index: TEXTS, back_edge: true }]'))
  assert.ok(plan)
  assert.equal(brief(warnings), ['unneeded_back_edge 9:38'])
})

test('types go through sameAs in both directions, by index, and get lost where they differ', async () => {
  const { plan } = await load(
    'input_stream: [a, b]\ninput_side_packet: { T: t }\nnode:\n' +
      '  - { calculator: PassThroughCalculator, input_stream: [a, b], output_stream: [c, d] }\n' +
      '  - { calculator: MergeCalculator, input_stream: [a, b], output_stream: e }\n' +
      '  - { calculator: TokenizerCalculator, input_stream: { TEXTS: c }, input_side_packet: { TOKENIZER: t }, output_stream: { TOKENS: f } }\n' +
      '  - { calculator: DetokenizerCalculator, input_stream: { TOKENS: d }, input_side_packet: { TOKENIZER: t }, output_stream: { DELTA: g } }\n',
  )
  const types = Object.fromEntries(plan!.streams.map(({ name, type }) => [name, type.name]))
  assert.equal(types, { a: 'Texts', b: 'Tokens', c: 'Texts', d: 'Tokens', e: 'any', f: 'Tokens', g: 'Delta' })
})

test('a mismatch behind a pass-through names both ends', async () => {
  const { faults } = await load(
    `${around(...tokenizer)}\n  - { calculator: PassThroughCalculator, input_stream: tokens, output_stream: same }\n` +
      '  - { calculator: TokenizerCalculator, input_stream: { TEXTS: same }, input_side_packet: { TOKENIZER: tokenizer }, output_stream: { TOKENS: more } }',
  )
  assert.equal(brief(faults), ['type_mismatch 10:63'])
  for (const part of ['takes Texts', 'carries Tokens', "TokenizerCalculator's output TOKENS (test.yaml:8)"])
    assert.match(faults[0]!.message, part)
})

test('what callers put in is known, where they say it', async () => {
  const { document } = readYaml(around(...tokenizer), 'test.yaml')
  const { faults, ports } = await loadGraph(
    { document: document!, path: [] },
    { ...settings, inputs: { TEXTS: packetType('Payload') } },
  )
  assert.equal(brief(faults), ['type_mismatch 7:28'])
  assert.match(faults[0]!.message, 'takes Texts, but texts carries Payload into the graph (test.yaml:1)')
  assert.equal([ports?.inputs.map(({ tag }) => tag), ports?.outputs.map(({ tag }) => tag)], [['TEXTS'], ['TOKENS']])
})

test("each of MediaPipe's other handlers is refused with what does its work here", async () => {
  for (const name of ['Mux', 'FixedSize', 'EarlyClose', 'Barrier', 'TimestampAlign']) {
    const { faults } = await load(around(...tokenizer, `    input_stream_handler: ${name}InputStreamHandler`))
    assert.equal(brief(faults), ['unknown_name 9:27'], name)
    assert.match(faults[0]!.message, /is not supported: .{10}/)
  }
})

test.run()
