import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../engine/errors.ts'
import { loadGraph, readGraph } from '../../engine/load.ts'
import { readYaml } from '../../engine/yaml.ts'
import { around, brief, faultsOf, fixture, load, settings, tokenizer } from '../fixtures/graphs/load.ts'

test('a graph becomes a plan: streams by number, nodes in order, types from contracts', async () => {
  const { plan, faults, warnings } = await load(around(...tokenizer))
  assert.equal([faults, warnings], [[], []])
  assert.equal(
    plan!.streams.map(({ name, type }) => [name, type.name]),
    [
      ['texts', 'Texts'],
      ['tokens', 'Tokens'],
    ],
  )
  assert.equal(plan!.inputs, [{ tag: 'TEXTS', index: 0, stream: 0 }])
  assert.equal(plan!.outputs, [{ tag: 'TOKENS', index: 0, stream: 1 }])
  assert.equal(
    plan!.sideInputs.map(({ name, type, optional }) => [name, type.name, optional]),
    [['tokenizer', 'Tokenizer', false]],
  )
  const [node] = plan!.nodes
  assert.equal(node!.options, { max_length: 512 })
  assert.equal(node!.where, { file: 'test.yaml', line: 5, column: 17 })
  assert.equal([plan!.maxQueueSize, plan!.reportDeadlock, node!.maxInFlight, node!.sourceLayer], [100, false, 1, 0])
})

test("a graph may be a part of another file, and positions are that file's", async () => {
  const { document } = readYaml(`endpoint:\n  chat:\n    node: { calculator: Nobody }\n`, 'models/m/graph.yaml')
  const { faults } = await loadGraph({ document: document!, path: ['endpoint', 'chat'], name: 'chat' }, settings)
  assert.equal(
    faults.map(({ file, line, column }) => [file, line, column]),
    [['models/m/graph.yaml', 3, 25]],
  )
})

test('a file with three faults reports all three, in order', async () => {
  const text = around('  - calculator: TokenizerCalculater', ...tokenizer.slice(1), '    max_in_flight: 0', '    option: {}')
  const { faults } = await load(text)
  assert.equal(brief(faults), ['unknown_calculator 5:17', 'invalid_value 9:20', 'unknown_key 10:5'])
  assert.match(faults[0]!.message, 'unknown calculator TokenizerCalculater; did you mean TokenizerCalculator?')
  assert.match(faults[2]!.message, 'did you mean options?')
  assert.is(faults[0]!.source, '  - calculator: TokenizerCalculater')
})

test('readGraph throws one error that names and carries every fault', async () => {
  const { document } = readYaml('node: [{ calculator: Nobody }, { calculator: Noone }]', 'test.yaml')
  const error = await readGraph({ document: document!, path: [] }, settings).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof EngineError)
  assert.is(error.code, 'bad_graph')
  assert.is(error.where, 'test.yaml:1:22')
  assert.is(error.faults.length, 2)
  assert.match(error.message, 'test.yaml:1:46')
})

test('a file that is not there, or no graph, is a fault', async () => {
  assert.equal(brief((await loadGraph(fixture('nowhere.yaml'), settings)).faults), ['unreadable 0:0'])
  assert.equal(brief((await loadGraph(fixture('.'), settings)).faults), ['unreadable 0:0'])
  assert.equal(await faultsOf(''), ['invalid_type 1:1'])
  assert.equal(await faultsOf('just words'), ['invalid_type 1:1'])
  assert.equal(await faultsOf('- a\n- b'), ['invalid_type 1:1'])
  assert.equal(await faultsOf('type: Empty'), ['missing_key 1:1'])
})

test("nodes are put in topological order, the file's where it is free", async () => {
  const { plan } = await load(
    'input_stream: a\nnode:\n  - { name: last, calculator: MergeCalculator, input_stream: [b, c], output_stream: d }\n  - { name: first, calculator: MergeCalculator, input_stream: a, output_stream: b }\n  - { name: second, calculator: MergeCalculator, input_stream: a, output_stream: c }',
  )
  assert.equal(
    plan!.nodes.map(({ name, id }) => `${name} ${id}`),
    ['first 0', 'second 1', 'last 2'],
  )
})

test("the policy is the node's, else the contract's, else the graph's", async () => {
  const graph = (head: string, handler: string) =>
    `${head}input_stream: [a, b, c]\nnode:\n  - { calculator: SyncedCalculator, input_stream: { A: [a, b], B: c }${handler} }\n  - { calculator: MergeCalculator, input_stream: a, output_stream: d }`
  const policies = async (head: string, handler: string) =>
    (await load(graph(head, handler))).plan!.nodes.map(({ policy }) => policy)
  const own = { kind: 'sync_set', sets: [['A:0', 'A:1'], ['B:0']] }
  assert.equal(await policies('', ''), [own, { kind: 'default' }])
  assert.equal(await policies('input_stream_handler: ImmediateInputStreamHandler\n', ''), [own, { kind: 'immediate' }])
  assert.equal(await policies('', ', input_stream_handler: DefaultInputStreamHandler'), [
    { kind: 'default' },
    { kind: 'default' },
  ])
})

test('whatever is changed in a valid file, loading ends soon, with a plan or with faults', async () => {
  const texts = ['chat.yaml', 'chat-strings.yaml', 'llm.yaml', 'subgraphs/generate-text.yaml'].map((name) =>
    readFileSync(fixture(name), 'utf8'),
  )
  const scalar = fc.constantFrom(
    '',
    '7',
    '-1',
    'null',
    'true',
    '{}',
    '[]',
    '[[]]',
    '"x:y:z:w"',
    '__proto__',
    'constructor',
    '{ a: { b: [c] } }',
    '*x',
    '&x',
    '!t v',
    'GenerateText',
    'texts',
    '"',
    '}',
    '\t',
  )
  const mutation = fc.record({
    line: fc.nat(40),
    word: fc.nat(12),
    kind: fc.constantFrom('delete', 'double', 'rename', 'replace', 'swap', 'indent'),
    scalar,
  })
  const property = fc.asyncProperty(
    fc.constantFrom(...texts),
    fc.array(mutation, { minLength: 1, maxLength: 4 }),
    async (text, mutations) => {
      const lines = text.split('\n')
      for (const { line, word, kind, scalar: value } of mutations) {
        const at = line % lines.length
        const words = lines[at]!.split(/(?<=[\s:,{}[\]"])/)
        const of = word % words.length
        if (kind === 'delete') lines.splice(at, 1)
        if (kind === 'double') lines.splice(at, 0, lines[at]!)
        if (kind === 'rename') words[of] = `x${words[of]}`
        if (kind === 'replace') words[of] = value
        if (kind === 'swap') words.reverse()
        if (kind === 'indent') words.unshift('  ')
        if (['rename', 'replace', 'swap', 'indent'].includes(kind)) lines[at] = words.join('')
        if (lines.length === 0) lines.push('')
      }
      const start = performance.now()
      const { plan, faults } = await load(lines.join('\n'))
      assert.ok((plan === undefined) === faults.length > 0)
      assert.ok(
        faults.every(
          (fault) => fault.message.length > 0 && (fault.line > 0 || fault.code === 'syntax' || fault.code === 'too_large'),
        ),
      )
      assert.ok(performance.now() - start < 5000)
    },
  )
  await fc.assert(property, { numRuns: 300 })
})

test('a plan with faults is never given, and the prototype of objects is never touched', async () => {
  await load(
    'node: { calculator: constructor, options: { __proto__: { polluted: 1 }, constructor: { prototype: { polluted: 1 } } }, option_value: "constructor/prototype/polluted:options/a" }\noptions: { a: 1 }',
  )
  assert.not('polluted' in {})
})

test.run()
