import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { Body, Llm, Payload, Tokenizer } from '../../../calculators/index.ts'
import { type Kinds, readConfiguration, readSelection, type Selection } from '../../../cli/configuration/index.ts'
import { AnyPacket, calculator, type Fault, optional, type Registry, sameAs } from '../../../engine/index.ts'
import type { ServableKind } from '../../../servables/index.ts'
import { folder, root } from '../support.ts'

const kindOf = (name: string, offers: Record<string, string>, mark: string): ServableKind => ({
  name,
  offers,
  options: z.strictObject({ max_num_seqs: z.int().min(1).default(16), name: z.string().optional() }),
  endpoints: { 'chat/completions': 'chat/completions' },
  looksFor: `a path with ${mark}`,
  detect: async (path) => path.includes(mark),
  load: () => Promise.reject(new Error('a configuration is read without loading')),
})
const kinds: Kinds = {
  text_generation: kindOf(
    'text_generation',
    { LLM: 'Llm', TOKENIZER: 'Tokenizer', CHAT_TEMPLATE: 'ChatTemplate', ANSWER_FORMAT: 'AnswerFormat' },
    'llm',
  ),
  embeddings: kindOf('embeddings', { ENCODER: 'Encoder', TOKENIZER: 'Tokenizer' }, 'encoder'),
}

const nothing = () => ({ process() {} })
const registry: Registry = {
  AnswerCalculator: calculator({ inputs: { PAYLOAD: Payload }, outputs: { BODY: Body } }, nothing),
  AskCalculator: calculator(
    { inputs: { PAYLOAD: Payload }, outputs: { BODY: Body }, sides: { LLM: Llm, TOKENIZER: optional(Tokenizer) } },
    nothing,
  ),
  PassCalculator: calculator({ inputs: { '': AnyPacket }, outputs: { '': sameAs('') } }, nothing),
  BareCalculator: calculator({ inputs: { PAYLOAD: Tokenizer }, outputs: { BODY: Tokenizer } }, nothing),
}
const graph = (name: string, sides = '') =>
  `{ input_stream: { PAYLOAD: in }, output_stream: { BODY: out }, ${sides ? `input_side_packet: ${sides}, ` : ''}node: [{ calculator: ${name}, input_stream: { PAYLOAD: in }, output_stream: { BODY: out }, ${sides ? `input_side_packet: ${sides}` : ''} }] }`

/** Reads the configuration in these files; faults and warnings as `file:line:column code`, files from their folder. */
async function read(
  files: Readonly<Record<string, string>>,
  selection: (path: string) => Selection = (path) => ({ config: join(path, 'config.yaml') }),
) {
  const { path, remove } = folder(files)
  try {
    const isModel = async (directory: string) => /llm|encoder|graph/.test(directory)
    const { configuration, faults, warnings } = await readConfiguration(await readSelection(selection(path), isModel), {
      kinds,
      registry,
    })
    const shown = ({ file, line, column, code }: Fault) => `${file.replace(`${path}/`, '')}:${line}:${column} ${code}`
    return {
      path,
      configuration,
      faults: faults.map(shown),
      warnings: warnings.map(shown),
      messages: [...faults, ...warnings].map(({ message }) => message),
    }
  } finally {
    remove()
  }
}

const listed = (...names: string[]) => `model_config_list: [${names.map((name) => `{ config: { name: ${name} } }`).join(', ')}]\n`

test("reads OVMS's configuration, both lists, YAML or JSON", async () => {
  const { path, configuration, faults } = await read({
    'config.yaml': JSON.stringify({
      model_config_list: [{ config: { name: 'a', base_path: './models/x' } }],
      mediapipe_config_list: [{ name: 'b', base_path: 'models/y', graph_path: 'other.yaml' }, { name: 'org/c' }],
      default_model: 'b',
    }),
    'models/x/graph.yaml': `endpoint: { echo: ${graph('AnswerCalculator')} }`,
    'models/y/other.yaml': `endpoint: { mine/own: ${graph('AnswerCalculator')} }`,
    'org/c/graph.yaml': `endpoint: { echo: ../../echo.yaml }`,
    'echo.yaml': graph('AnswerCalculator'),
  })
  assert.equal(faults, [])
  assert.is(configuration?.defaultModel, 'b')
  assert.equal(
    configuration?.models.map(({ name, path: directory, endpoints }) => [name, directory, [...endpoints.keys()]]),
    [
      ['a', join(path, 'models/x'), ['echo']],
      ['b', join(path, 'models/y'), ['mine/own']],
      ['org/c', join(path, 'org/c'), ['echo']],
    ],
  )
  assert.is(configuration?.models[2]?.endpoints.get('echo')?.name, 'echo')
})

test('names every fault of a configuration at once, with its place and the nearest right key', async () => {
  const { faults, messages } = await read({
    'config.yaml': `model_config_list:
  - config: { name: a, base_pth: x }
  - config: { base_path: y }
  - { name: b }
default_model: 3
calculator_moduls: [x.ts]
`,
  })
  assert.equal(faults, [
    'config.yaml:2:24 unknown_key',
    'config.yaml:3:5 missing_key',
    'config.yaml:4:5 missing_key',
    'config.yaml:4:7 unknown_key',
    'config.yaml:5:16 invalid_type',
    'config.yaml:6:1 unknown_key',
  ])
  assert.ok(messages.some((message) => message.includes('did you mean base_path?')))
  assert.ok(messages.some((message) => message.includes('did you mean calculator_modules?')))
})

test('names what is twice and what is not there', async () => {
  const { faults, messages } = await read({
    'config.yaml': `${listed('demo', 'demo')}default_model: dem\n`,
    'demo/graph.yaml': 'endpoint: {}',
  })
  assert.equal(faults, ['config.yaml:1:67 duplicate_name', 'config.yaml:2:16 unknown_name'])
  assert.ok(messages.some((message) => message.includes('did you mean demo?')))
})

test('reads fields that have no meaning here, and says so', async () => {
  const { configuration, warnings } = await read({
    'config.yaml': `model_config_list:
  - config: { name: a, nireq: 4, target_device: CPU, plugin_config: { NUM_STREAMS: 1 } }
custom_loader_config_list: []
`,
    'a/graph.yaml': 'endpoint: {}',
  })
  assert.is(configuration?.models.length, 1)
  assert.equal(warnings, [
    'config.yaml:2:24 ignored_key',
    'config.yaml:2:34 ignored_key',
    'config.yaml:2:54 ignored_key',
    'config.yaml:3:1 ignored_key',
  ])
})

test('says which metrics are told, and finds the names that no metric has', async () => {
  const reading = (metrics: string) =>
    read({ 'config.yaml': `${listed('a')}monitoring: { metrics: ${metrics} }\n`, 'a/graph.yaml': 'endpoint: {}' })
  assert.equal((await reading('{ enable: false }')).configuration?.metrics, { enable: false })
  const names = ['vllm:num_requests_running', 'ovms_current_graphs']
  const { configuration } = await reading(`{ metrics_list: ${JSON.stringify(names)} }`)
  assert.equal(configuration?.metrics, { enable: true, metrics_list: names })
  const wrong = await reading('{ metrics_list: [http_requests_total, ovms_curent_graphs] }')
  assert.equal(wrong.faults, ['config.yaml:2:62 unknown_name'])
  assert.ok(wrong.messages.some((message) => message.includes('did you mean ovms_current_graphs?')))
})

test('a file that is not there, or is no YAML, is a fault', async () => {
  assert.equal((await read({})).faults, ['config.yaml:0:0 unreadable'])
  assert.equal((await read({ 'config.yaml': 'a: [1' })).faults, ['config.yaml:1:6 syntax'])
  assert.equal((await read({ 'config.yaml': 'mediapipe_config_list: [{ name: a, graph_path: g.yaml }]' })).faults, [
    'a/g.yaml:0:0 unreadable',
  ])
})

test('what a model loads is described in its graph.yaml', async () => {
  const { path, configuration, faults } = await read({
    'config.yaml': listed('a', 'b'),
    'a/graph.yaml': `servable:
  llm: { kind: text_generation, path: weights, options: { max_num_seqs: 4 } }
  base: { model: b }
side_packet: { TOKENIZER: llm, ENCODER_TOKENIZER: base.TOKENIZER }
endpoint: { ask: ${graph('AskCalculator', '{ LLM: llm, TOKENIZER: tokenizer }')} }
`,
    'b/graph.yaml': 'servable: { encoder: { kind: embeddings } }\nendpoint: {}\n',
  })
  assert.equal(faults, [])
  const [a, b] = configuration?.models ?? []
  assert.equal(a?.servables, {
    llm: { kind: 'text_generation', path: join(path, 'a/weights'), options: { max_num_seqs: 4 } },
    base: { model: 'b' },
  })
  assert.equal(a?.sidePackets, {
    TOKENIZER: { servable: 'llm', tag: 'TOKENIZER' },
    ENCODER_TOKENIZER: { servable: 'base', tag: 'TOKENIZER' },
  })
  assert.equal(b?.servables, { encoder: { kind: 'embeddings', path: join(path, 'b'), options: { max_num_seqs: 16 } } })
})

test('servables may name the host that they share; how they do it wrong is a fault at its place', async () => {
  const { configuration, faults } = await read({
    'config.yaml': listed('a', 'b'),
    'a/graph.yaml': 'servable: { llm: { kind: text_generation, host: small } }\nendpoint: {}\n',
    'b/graph.yaml': 'servable: { encoder: { kind: embeddings, host: small }, other: { kind: embeddings } }\nendpoint: {}\n',
  })
  assert.equal(faults, [])
  assert.equal(
    configuration?.models.flatMap(({ servables }) => Object.values(servables).map((source) => 'host' in source && source.host)),
    ['small', 'small', false],
  )
  const wrong = await read({
    'config.yaml': listed('a', 'b'),
    'a/graph.yaml': `servable:
  llm: { kind: text_generation, host: 7 }
  encoder: { kind: embeddings, host: "my host" }
  third: { kind: embeddings, hots: small }
endpoint: {}
`,
    'b/graph.yaml': 'servable: { other: { model: a, host: small } }\nendpoint: {}\n',
  })
  assert.equal(wrong.faults, [
    'a/graph.yaml:2:39 invalid_type',
    'a/graph.yaml:3:38 invalid_value',
    'a/graph.yaml:4:30 unknown_key',
    'b/graph.yaml:1:32 unknown_key',
  ])
  assert.ok(wrong.messages.some((message) => message.includes('did you mean host?')))
  assert.ok(wrong.messages.some((message) => message.includes('a host is named by a word')))
})

test('names every fault of every model at once', async () => {
  const { faults, messages } = await read({
    'config.yaml': listed('a', 'b', 'c'),
    'a/graph.yaml': `servable:
  llm: { kind: text_generatoin }
  none: { kind: 7 }
`,
    'b/graph.yaml': `servable:
  llm: { kind: text_generation, options: { max_num_seq: 4 } }
  other: { model: a }
endpoint:
  mine: { input_stream: { PAYLOAD: in }, output_stream: { BODY: in }, node: { calculator: AnserCalculator } }
  models/x: y
`,
    'c/graph.yaml': `side_packet: { TOKENIZER: lm.TOKENIZER, LLM: llm.LLM }
servable: { llm: { kind: text_generatoin }, shared: { model: b } }
endpoint: { mine: { node: { calculator: AnserCalculator } } }
endpont: {}
`,
  })
  assert.equal(faults, [
    'a/graph.yaml:2:16 unknown_name',
    'a/graph.yaml:3:17 unknown_name',
    'b/graph.yaml:2:44 unknown_key',
    'b/graph.yaml:5:91 unknown_calculator',
    'b/graph.yaml:6:3 invalid_name',
    'b/graph.yaml:6:13 unknown_name',
    'c/graph.yaml:1:27 unknown_name',
    'c/graph.yaml:2:26 unknown_name',
    'c/graph.yaml:3:19 missing_port',
    'c/graph.yaml:3:19 missing_port',
    'c/graph.yaml:3:41 unknown_calculator',
    'c/graph.yaml:4:1 unknown_key',
  ])
  assert.ok(messages.some((message) => message.includes('did you mean text_generation?')))
  assert.ok(messages.some((message) => message.includes('did you mean max_num_seqs?')))
  assert.ok(messages.some((message) => message.includes('did you mean endpoint?')))
})

test('routes and servables that cannot be are faults at their place', async () => {
  const { faults } = await read({
    'config.yaml': listed('a', 'b'),
    'a/graph.yaml': `servable: { llm: { kind: text_generation } }
side_packet: { TOKENIZER: lm.TOKENIZER }
endpoint: { models/x: ./x.yaml }
`,
    'a/x.yaml': graph('AnswerCalculator'),
    'b/graph.yaml': `node: []\n`,
  })
  assert.equal(faults, ['a/graph.yaml:2:27 unknown_name', 'a/graph.yaml:3:13 invalid_name', 'b/graph.yaml:1:1 invalid_type'])
})

test("a graph's side packets must be what the model offers, and no two servables may offer the same unasked", async () => {
  const { faults, messages } = await read({
    'config.yaml': listed('a', 'b', 'c'),
    'a/graph.yaml': `servable: { encoder: { kind: embeddings } }
endpoint:
  ask: ${graph('AskCalculator', '{ LLM: llm, TOKENIZER: tokenizer }')}
`,
    'b/graph.yaml': `servable: { llm: { kind: text_generation }, encoder: { kind: embeddings } }
side_packet: { LLM: encoder.ENCODER, X: llm.TOKENISER }
endpoint:
  ask: ${graph('AskCalculator', '{ LLM: llm, TOKENIZER: tokenizer }')}
`,
    'c/graph.yaml': `servable: { other: { model: a }, self: { model: c }, none: { model: d } }
endpoint: {}
`,
  })
  assert.equal(faults, [
    'a/graph.yaml:3:8 missing_side_packet',
    'b/graph.yaml:2:41 unknown_name',
    'b/graph.yaml:4:8 type_mismatch',
    'c/graph.yaml:1:49 cycle',
    'c/graph.yaml:1:69 unknown_name',
  ])
  assert.ok(messages.some((message) => message.includes('did you mean TOKENIZER?')))
})

test('an endpoint takes a payload and gives a body', async () => {
  const { faults } = await read({
    'config.yaml': listed('a'),
    'a/graph.yaml': `endpoint:
  bare: ${graph('BareCalculator')}
  other: ${graph('AnswerCalculator').replaceAll('PAYLOAD: in }, output', 'X: in }, output')}
`,
  })
  assert.ok(faults.some((fault) => /^a\/graph.yaml:2:\d+ type_mismatch$/.test(fault)))
  assert.ok(faults.some((fault) => fault.startsWith('a/graph.yaml:3:')))
})

test('faults of graphs are found with those of the configuration', async () => {
  const { faults, messages } = await read({
    'config.yaml': `${listed('a')}default_model: b\n`,
    'a/graph.yaml': `endpoint:
  x: chat/completion
  y: ./none.yaml
  z: ${graph('AnserCalculator')}
`,
  })
  assert.equal(
    faults.map((fault) => fault.replace(/^(a\/graph.yaml:4):\d+/, '$1')),
    [
      'a/graph.yaml:2:6 unknown_name',
      'a/graph.yaml:4 unknown_calculator',
      'a/none.yaml:0:0 unreadable',
      'config.yaml:2:16 unknown_name',
    ],
  )
  assert.ok(messages.some((message) => message.includes('did you mean chat/completions?')))
  assert.ok(messages.some((message) => message.includes('did you mean AnswerCalculator?')))
})

test('without a graph.yaml the kind is found from the files, and has its own endpoints', async () => {
  const { calculators } = await import('../../../calculators/index.ts')
  const { path, remove } = folder({ 'my-llm/config.json': '{}', 'strange/x': '', 'old/graph.pbtxt': '' })
  try {
    const config = await readSelection({ repositoryPath: path }, async () => true)
    const { configuration, faults } = await readConfiguration(config, { kinds, registry: calculators })
    assert.equal(faults, [])
    const [llm, old, strange] = configuration?.models ?? []
    assert.equal([llm?.name, [...(llm?.endpoints.keys() ?? [])]], ['my-llm', ['chat/completions']])
    assert.equal(llm?.servables, {
      text_generation: { kind: 'text_generation', path: join(path, 'my-llm'), options: { max_num_seqs: 16 } },
    })
    assert.match(old?.broken ?? '', 'graph.yaml')
    assert.match(strange?.broken ?? '', 'text_generation, embeddings')
  } finally {
    remove()
  }
})

test('a model whose directory is missing is known to be broken, and no fault', async () => {
  const { configuration, faults } = await read({ 'config.yaml': listed('a') })
  assert.equal(faults, [])
  assert.match(configuration?.models[0]?.broken ?? '', 'there is no directory')
})

test('a repository is every model in it, also of organisations', async () => {
  const { configuration } = await read(
    { 'graph-b/graph.yaml': 'endpoint: {}', 'org/graph-a/graph.yaml': 'endpoint: {}', 'notes/x': '', '.hidden/graph/x': '' },
    (path) => ({ repositoryPath: path }),
  )
  assert.equal(
    configuration?.models.map(({ name }) => name),
    ['graph-b', 'org/graph-a'],
  )
  assert.is(configuration?.defaultModel, undefined)
})

test('flags that select one model make it the default, with their options', async () => {
  const files = { 'org/graph/graph.yaml': 'servable: { llm: { kind: text_generation, options: { name: x } } }\nendpoint: {}\n' }
  const options = { max_num_seqs: 3, unknown: true }
  for (const [selection, name] of [
    [(path: string) => ({ modelPath: join(path, 'org/graph'), options }), 'graph'],
    [(path: string) => ({ modelPath: join(path, 'org/graph'), modelName: 'mine', options }), 'mine'],
    [(path: string) => ({ sourceModel: 'org/graph', repositoryPath: path, options }), 'org/graph'],
  ] as const) {
    const { path, configuration } = await read(files, selection)
    assert.is(configuration?.defaultModel, name)
    assert.equal(configuration?.models[0]?.servables.llm, {
      kind: 'text_generation',
      path: join(path, 'org/graph'),
      options: { max_num_seqs: 3, name: 'x' },
    })
  }
})

test('a model that would have to be downloaded is a fault', async () => {
  const { faults, messages } = await read({}, (path) => ({ sourceModel: 'org/llm', repositoryPath: path }))
  assert.equal(faults, ['org/llm:0:0 unreadable'])
  assert.match(messages[0] ?? '', 'downloads no models')
})

test('a value that a flag gives is checked by the kind', async () => {
  const { faults } = await read({ 'llm/x': '' }, (path) => ({ modelPath: join(path, 'llm'), options: { max_num_seqs: 0 } }))
  assert.equal(faults, ['llm:0:0 invalid_value'])
})

test('the demo models are what is selected when nothing is', async () => {
  const { models, defaultModel, faults } = await readSelection({}, async () => true)
  assert.equal(faults, [])
  assert.is(defaultModel, 'demo-chat')
  assert.equal(
    models.map(({ name, path }) => [name, path]),
    ['demo-chat', 'demo-embed', 'demo-rerank'].map((name) => [name, join(root, 'models', name)]),
  )
})

test('a graph with faults is told of its ports too, and a model with faults of its models', async () => {
  const { faults } = await read({
    'config.yaml': listed('a', 'b'),
    'a/graph.yaml': 'endpoint:\n  x:\n    input_stream: [in]\n    node: { calculator: Nobody, input_stream: in }\n',
    'b/graph.yaml': 'servable: { e: { model: c } }\nendpoint: { models: x, "a b": y }\n',
  })
  assert.equal(faults, [
    'a/graph.yaml:3:5 missing_port',
    'a/graph.yaml:3:5 missing_port',
    'a/graph.yaml:4:25 unknown_calculator',
    'b/graph.yaml:1:25 unknown_name',
    'b/graph.yaml:2:13 invalid_name',
    'b/graph.yaml:2:21 unknown_name',
    'b/graph.yaml:2:24 invalid_name',
  ])
})

test('a payload that reaches the door as if it were a body is a fault', async () => {
  const pass = `{ input_stream: { PAYLOAD: in }, output_stream: { BODY: out }, node: { calculator: PassCalculator, input_stream: in, output_stream: out } }`
  const { faults, messages } = await read({ 'config.yaml': listed('a'), 'a/graph.yaml': `endpoint: { x: ${pass} }` })
  assert.equal(faults, ['a/graph.yaml:1:16 type_mismatch'])
  assert.match(messages[0]!, 'Body')
})

test('a graph without nodes is told so', async () => {
  const { messages } = await read({
    'config.yaml': listed('a'),
    'a/graph.yaml': 'endpoint: { x: { input_stream: { PAYLOAD: in } } }',
  })
  assert.ok(messages.some((message) => message.includes('no `node`')))
})

test.run()
