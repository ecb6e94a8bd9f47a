import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadGraph, readGraph } from '../../engine/load.ts'
import type { Plan } from '../../engine/plan.ts'
import { around, brief, fixture, load, settings, tokenizer } from '../fixtures/graphs/load.ts'

test('both spellings of ports give the same plan', async () => {
  const bare = (plan: Plan) => ({ ...plan, name: '', file: '', nodes: plan.nodes })
  const [maps, strings] = await Promise.all([
    readGraph(fixture('chat.yaml'), settings),
    readGraph(fixture('chat-strings.yaml'), settings),
  ])
  assert.equal(bare(strings), bare(maps))
})

test('a graph.pbtxt of OVMS can be transcribed line by line, with its loop and its sync set', async () => {
  const { plan, faults, warnings } = await loadGraph(fixture('llm.yaml'), settings)
  assert.equal([faults, warnings], [[], []])
  const [node] = plan!.nodes
  assert.is(node!.name, 'LLMExecutor')
  assert.equal(node!.policy, { kind: 'sync_set', sets: [['LOOPBACK:0']] })
  assert.equal(
    node!.inputs.map(({ tag, backEdge }) => [tag, backEdge]),
    [
      ['LOOPBACK', true],
      ['HTTP_REQUEST_PAYLOAD', false],
    ],
  )
  assert.equal(node!.options, { models_path: './', plugin_config: '{ "KV_CACHE_PRECISION": "u8" }', max_num_seqs: 256 })
})

test('fields of MediaPipe without a meaning here are warnings', async () => {
  const { plan, warnings } = await load(
    `num_threads: 4\nprofiler_config: { trace_enabled: true }\n${around(...tokenizer, '    executor: ""', '    buffer_size_hint: 3')}`,
  )
  assert.ok(plan)
  assert.equal(brief(warnings), ['ignored_key 1:1', 'ignored_key 2:1', 'ignored_key 11:5', 'ignored_key 12:5'])
})

test("the default handler's batches are read, and have no effect", async () => {
  const handler = '    input_stream_handler: { input_stream_handler: DefaultInputStreamHandler, options: { batch_size: 2 } }'
  const { plan, warnings } = await load(around(...tokenizer, handler))
  assert.equal(plan!.nodes[0]!.policy, { kind: 'default' })
  assert.equal(brief(warnings), ['ignored_key 9:89'])
})

test('a misspelled key is one fault, and what it says is read all the same', async () => {
  const text = around(...tokenizer)
  const misspelled = ['input_stream', 'input_side_packet', 'output_stream', 'node', 'calculator']
  for (const key of misspelled) {
    for (const wrong of [`${key}s`, key.slice(0, -1)]) {
      const { faults } = await load(text.replace(new RegExp(`\\b${key}:`), `${wrong}:`))
      assert.equal(
        faults.map(({ code, message }) => [code, message.split('; ')[1]]),
        [['unknown_key', `did you mean ${key}?`]],
        wrong,
      )
    }
  }
})

test("nodes without names take their calculator's, numbered where there are several", async () => {
  const { plan } = await load(
    'input_stream: a\nnode:\n  - { calculator: MergeCalculator, input_stream: a, output_stream: b }\n  - { calculator: MergeCalculator, input_stream: a, output_stream: c }\n  - { calculator: PassThroughCalculator, input_stream: a, output_stream: d }',
  )
  assert.equal(
    plan!.nodes.map(({ name }) => name),
    ['MergeCalculator_1', 'MergeCalculator_2', 'PassThroughCalculator'],
  )
})

test.run()
