import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Tensor } from '../../../../servables/onnx/index.ts'
import { node } from '../../../../servables/onnx-file/graph.ts'
import { rewriteModel } from '../../../../servables/onnx-file/index.ts'
import { readModel } from '../../../../servables/onnx-file/model-file.ts'
import { LOGITS_POSITIONS, lastLogits } from '../../../../servables/onnx-file/rewrites/last-logits.ts'
import { Decoder, fixture, promptOf, sameBits, wholeLogits } from '../decoder.ts'
import { inCopyOf } from '../model-copy.ts'
import { constant, floats, noise, run, type SmallModel, smallGraph } from '../small-models.ts'

const models = ['tiny-llama', 'tiny-llama-external', 'tiny-qwen2', 'tiny-llama-optimum']

for (const model of models) {
  test(`${model}: the logits of wanted positions are the bits of all logits at these positions`, () =>
    inCopyOf(model, async (file) => {
      const prompt = promptOf(60, 1)
      const all = await wholeLogits(file, fixture(model), prompt, [])
      const vocabulary = all.length / prompt.length
      const rewritten = await rewriteModel(file, { precision: 'keep', lastLogits: true })
      assert.equal(rewritten.applied, ['last_logits'])
      for (const positions of [[59], [0, 5, 17, 33, 59], [...prompt.keys()]]) {
        const wanted = positions.map((position) => [0, position] as const)
        const logits = await wholeLogits(rewritten.file, fixture(model), prompt, wanted)
        for (const [index, position] of positions.entries()) {
          const [row, full] = [logits.subarray(index * vocabulary), all.subarray(position * vocabulary)]
          assert.ok(sameBits(row.slice(0, vocabulary), full.slice(0, vocabulary)), `position ${position} of ${positions.length}`)
        }
      }
    }))
}

test('positions are of any rows, in any order, and there may be none', () =>
  inCopyOf('tiny-llama', async (file) => {
    const { file: rewritten } = await rewriteModel(file, { precision: 'keep', lastLogits: true })
    const decoder = await Decoder.open(rewritten, fixture('tiny-llama'), 3, 64)
    for (const row of [0, 1, 2]) await decoder.prefill(row, promptOf(9 + row, row))
    const step = (wanted: readonly (readonly [number, number])[]) => decoder.run(0, [[7], [8], [9]], [10, 11, 12], wanted)
    const [inOrder, turned, none] = [
      await step([
        [0, 0],
        [1, 0],
        [2, 0],
      ]),
      await step([
        [2, 0],
        [0, 0],
      ]),
      await step([]),
    ]
    const row = (logits: Float32Array, index: number) => logits.slice(index * 512, (index + 1) * 512)
    assert.ok(sameBits(row(turned, 0), row(inOrder, 2)) && sameBits(row(turned, 1), row(inOrder, 0)))
    assert.is(none.length, 0)
    await decoder.dispose()
  }))

const [features, vocabulary] = [32, 48]
const weights = constant('weights', 'float32', [features, vocabulary], noise(features * vocabulary, 1))
const scalar = (name: string, value: number) => constant(name, 'float32', [], Float32Array.of(value))
const headed = (nodes: SmallModel['nodes'], constants: SmallModel['constants']) =>
  smallGraph({ nodes, constants, x: ['float32', ['b', 's', features]], y: ['float32', ['b', 's', vocabulary]] })

test('soft caps, scales and biases behind the head are passed on the way to it', async () => {
  const build = () =>
    headed(
      [
        node('MatMul', ['x', 'weights'], 'raw'),
        node('Add', ['raw', 'bias'], 'biased'),
        node('Div', ['biased', 'cap'], 'small'),
        node('Tanh', ['small'], 'bent'),
        node('Mul', ['cap', 'bent'], 'y'),
      ],
      [weights, scalar('cap', 3), constant('bias', 'float32', [vocabulary], noise(vocabulary, 2))],
    )
  const x = noise(2 * 5 * features, 3)
  const all = await run(build(), { x: floats([2, 5, features], x) })
  const graph = build()
  assert.equal(lastLogits('y')(graph), { applied: true, skipped: undefined })
  const picked = await run(graph, {
    x: floats([2, 5, features], x),
    [LOGITS_POSITIONS]: Tensor.over('int64', [1, 2], BigInt64Array.of(1n, 3n)),
  })
  assert.equal([...picked], [...all.slice(8 * vocabulary, 9 * vocabulary)])
})

const refusals: Readonly<Record<string, () => ReturnType<typeof headed>>> = {
  'a head of weights that are not constant': () =>
    headed([node('Transpose', ['x'], 'turned', { perm: [0, 2, 1] }), node('MatMul', ['x', 'turned'], 'y')], []),
  'an operation over several positions behind the head': () =>
    headed([node('MatMul', ['x', 'weights'], 'raw'), node('Softmax', ['raw'], 'y', { axis: 1 })], [weights]),
  'logits that are read elsewhere too': () => {
    const graph = headed([node('MatMul', ['x', 'weights'], 'y'), node('Abs', ['y'], 'more')], [weights])
    graph.model.graph.output.push({ ...graph.model.graph.output[0]!, name: 'more' })
    return graph
  },
  'a single position': () =>
    smallGraph({
      nodes: [node('MatMul', ['x', 'weights'], 'y')],
      constants: [weights],
      x: ['float32', ['b', 1, features]],
      y: ['float32', ['b', 1, vocabulary]],
    }),
  'an old operator set': () =>
    smallGraph({
      nodes: [node('MatMul', ['x', 'weights'], 'y')],
      constants: [weights],
      x: ['float32', ['b', 's', features]],
      y: ['float32', ['b', 's', vocabulary]],
      opset: 10,
    }),
}

for (const [what, build] of Object.entries(refusals)) {
  test(`a graph is left as it is for ${what}, with a reason`, () => {
    const graph = build()
    const nodes = structuredClone(graph.nodes)
    const outcome = lastLogits('y')(graph)
    assert.is(outcome.applied, false)
    assert.type(outcome.skipped, 'string')
    assert.equal(graph.nodes, nodes)
    assert.is(graph.model.graph.input.length, 1)
  })
}

test('a model without logits is left as it is', async () => {
  const { graph, files } = await readModel(fixture('ops', 'add.onnx'))
  assert.is(lastLogits('logits')(graph).applied, false)
  await files.close()
})

test.run()
