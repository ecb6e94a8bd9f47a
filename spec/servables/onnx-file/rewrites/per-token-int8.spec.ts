import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Tensor } from '../../../../servables/onnx/index.ts'
import { type Graph, node } from '../../../../servables/onnx-file/graph.ts'
import { rewriteModel } from '../../../../servables/onnx-file/index.ts'
import type { NodeProto, TensorProto } from '../../../../servables/onnx-file/model-proto.ts'
import { perTokenInt8 } from '../../../../servables/onnx-file/rewrites/per-token-int8.ts'
import { argmax, Decoder, fixture, promptOf, sameBits, wholeLogits } from '../decoder.ts'
import { inCopyOf } from '../model-copy.ts'
import { constant, floats, noise, relativeError, run, smallGraph } from '../small-models.ts'

const int8 = { precision: 'int8', lastLogits: true } as const
const everyPosition = (length: number) => Array.from({ length }, (_, position) => [0, position] as const)

for (const model of ['tiny-llama', 'tiny-llama-external', 'tiny-qwen2', 'tiny-llama-optimum']) {
  test(`${model}: logits are close to those of float weights`, () =>
    inCopyOf(model, async (file) => {
      const prompt = promptOf(120, 1)
      const exact = await wholeLogits(file, fixture(model), prompt, [])
      const rewritten = await rewriteModel(file, int8)
      assert.equal(rewritten.applied, ['last_logits', 'per_token_int8'])
      assert.equal(rewritten.skipped, [])
      const logits = await wholeLogits(rewritten.file, fixture(model), prompt, everyPosition(120))
      // Weights drawn at random are the hard case: what is rounded is noise to the last bit.
      assert.ok(relativeError(logits, exact) < 0.06, `relative error ${relativeError(logits, exact)}`)
      const best = (values: Float32Array, position: number) => argmax(values.subarray(position * 512, (position + 1) * 512))
      const agreeing = prompt.filter((_, position) => best(logits, position) === best(exact, position)).length
      assert.ok(agreeing >= 0.85 * prompt.length, `${agreeing} of ${prompt.length} positions have the same best token`)
    }))
}

for (const model of ['tiny-llama', 'tiny-qwen2']) {
  test(`${model}: logits are the same bits alone and in a ragged batch`, () =>
    inCopyOf(model, async (file) => {
      const decoder = await Decoder.open((await rewriteModel(file, int8)).file, fixture(model), 6, 128)
      const lengths = [17, 60, 5, 33, 100, 2]
      const alone: Float32Array[][] = []
      for (const [row, length] of lengths.entries()) {
        const steps = [await decoder.prefill(0, promptOf(length, row))]
        for (let step = 1; step < 10; step++) steps.push(await decoder.run(0, [[3 + step * 7 + row]], [length + step], [[0, 0]]))
        alone.push(steps)
      }
      for (const [row, length] of lengths.entries()) {
        assert.ok(sameBits(await decoder.prefill(row, promptOf(length, row)), alone[row]![0]!), `prefill of row ${row}`)
      }
      const rows = [...lengths.keys()]
      for (let step = 1; step < 10; step++) {
        const tokens = rows.map((row) => [3 + step * 7 + row])
        const logits = await decoder.run(
          0,
          tokens,
          lengths.map((length) => length + step),
          rows.map((row) => [row, 0]),
        )
        for (const row of rows)
          assert.ok(sameBits(logits.slice(row * 512, (row + 1) * 512), alone[row]![step]!), `row ${row}, step ${step}`)
      }
      await decoder.dispose()
    }))

  test(`${model}: a prompt's logits are the same bits however it is cut into chunks of two and more`, () =>
    inCopyOf(model, async (file) => {
      const decoder = await Decoder.open((await rewriteModel(file, int8)).file, fixture(model), 1, 64)
      const whole = await decoder.prefill(0, promptOf(50, 1))
      for (const chunks of [[25, 25], [2, 48], [48, 2], [7, 9, 11, 23], new Array<number>(25).fill(2)]) {
        assert.ok(sameBits(await decoder.prefill(0, promptOf(50, 1), chunks), whole), chunks.join('+'))
      }
      await decoder.dispose()
    }))
}

const [features, outputs] = [64, 96]
const weights = noise(features * outputs, 1)
const turned = Float32Array.from(weights, (_, index) => weights[(index % features) * outputs + Math.floor(index / features)]!)
const bias = noise(outputs, 2)
const x = noise(6 * features, 3)

const small = (nodes: readonly NodeProto[], constants: readonly TensorProto[]): Graph =>
  smallGraph({ nodes, constants, x: ['float32', ['n', features]], y: ['float32', ['n', outputs]] })

const matMulNBits = (attributes: Readonly<Record<string, number>>, input: readonly string[]) =>
  node('MatMulNBits', ['x', ...input], 'y', { K: features, N: outputs, ...attributes }, 'com.microsoft')

const packed = Uint8Array.from({ length: (features * outputs) / 2 }, (_, index) => (index * 73 + (index >> 3)) & 255)
const blockScales = noise((features / 16) * outputs, 4).map((value) => 0.01 + 0.01 * Math.abs(value))
const bytes = Uint8Array.from(weights, (value) => Math.round(value * 100) + 120)

const forms: Readonly<Record<string, () => Graph>> = {
  'MatMul by a constant': () =>
    small([node('MatMul', ['x', 'w'], 'y')], [constant('w', 'float32', [features, outputs], weights)]),
  'MatMul by a transposed constant': () =>
    small(
      [node('Transpose', ['w'], 't', { perm: [1, 0] }), node('MatMul', ['x', 't'], 'y')],
      [constant('w', 'float32', [outputs, features], turned)],
    ),
  'Gemm with a bias': () =>
    small(
      [node('Gemm', ['x', 'w', 'b'], 'y', { transB: 1 })],
      [constant('w', 'float32', [outputs, features], turned), constant('b', 'float32', [outputs], bias)],
    ),
  'MatMulNBits of 4 bits': () =>
    small(
      [matMulNBits({ bits: 4, block_size: 16 }, ['q', 's'])],
      [constant('q', 'uint8', [outputs, features / 16, 8], packed), constant('s', 'float32', [blockScales.length], blockScales)],
    ),
  'MatMulNBits of 4 bits with zero points and a bias': () =>
    small(
      [matMulNBits({ bits: 4, block_size: 16 }, ['q', 's', 'z', '', 'b'])],
      [
        constant('q', 'uint8', [outputs, features / 16, 8], packed),
        constant('s', 'float32', [blockScales.length], blockScales),
        constant('z', 'uint8', [blockScales.length / 2], packed.slice(7, 7 + blockScales.length / 2)),
        constant('b', 'float32', [outputs], bias),
      ],
    ),
  'MatMulNBits of 8 bits': () =>
    small(
      [matMulNBits({ bits: 8, block_size: 32 }, ['q', 's'])],
      [
        constant('q', 'uint8', [outputs, features / 32, 32], bytes),
        constant('s', 'float32', [outputs * 2], blockScales.slice(0, outputs * 2)),
      ],
    ),
  'dynamically quantized weights with zero points': () =>
    small(
      [
        node('DynamicQuantizeLinear', ['x'], 'rows'),
        node('Mul', ['scale', 's'], 'scales'),
        node('MatMulInteger', ['rows', 'q', 'zero', 'z'], 'sums'),
        node('Cast', ['sums'], 'floats', { to: 1 }),
        node('Mul', ['floats', 'scales'], 'y'),
      ].map((each) => (each.opType === 'DynamicQuantizeLinear' ? { ...each, output: ['rows', 'scale', 'zero'] } : each)),
      [
        constant('q', 'uint8', [features, outputs], bytes),
        constant('s', 'float32', [outputs], blockScales.slice(0, outputs)),
        constant(
          'z',
          'uint8',
          [outputs],
          Uint8Array.from({ length: outputs }, (_, index) => 100 + index / 3),
        ),
      ],
    ),
}

for (const [form, build] of Object.entries(forms)) {
  test(`${form}: is rewritten, close to what it was, alike with both forms of weights`, async () => {
    const exact = await run(build(), { x: floats([6, features], x) })
    const results = []
    for (const type of ['int8', 'uint8'] as const) {
      const graph = build()
      assert.equal(perTokenInt8(graph, type), { applied: true, skipped: undefined })
      assert.ok(graph.nodes.some(({ opType }) => opType === 'MatMulIntegerToFloat'))
      assert.not.ok(
        graph.nodes.some(({ opType }) => /^(MatMul|Gemm|MatMulNBits|MatMulInteger|DynamicQuantizeLinear)$/.test(opType)),
      )
      results.push((await run(graph, { x: floats([6, features], x) })) as Float32Array)
    }
    const error = relativeError(results[0] as Float32Array, exact as Float32Array)
    assert.ok(error < 0.02, `relative error ${error}`)
    assert.ok(sameBits(results[0]!, results[1]!))
  })
}

test('16-bit floats stay 16-bit floats outside of the multiplication', async () => {
  const halves = Uint16Array.from({ length: features * outputs }, (_, index) => 0x3000 + ((index * 37) & 0x83ff))
  const build = () =>
    smallGraph({
      nodes: [node('MatMul', ['x', 'w'], 'y')],
      constants: [constant('w', 'float16', [features, outputs], halves)],
      x: ['float16', ['n', features]],
      y: ['float16', ['n', outputs]],
    })
  const input = () => ({ x: Tensor.over('float16', [2, features], halves.slice(5, 5 + 2 * features)) })
  const value = (bits: number) => (bits & 0x8000 ? -1 : 1) * 2 ** (((bits >> 10) & 31) - 25) * (1024 + (bits & 1023))
  const exact = await run(build(), input())
  const graph = build()
  assert.is(perTokenInt8(graph, 'int8').applied, true)
  const rewritten = await run(graph, input())
  assert.instance(rewritten, Uint16Array)
  assert.ok(relativeError([...(rewritten as Uint16Array)].map(value), [...(exact as Uint16Array)].map(value)) < 0.02)
})

test('a row of zeros gives zeros, and a row with NaN spoils no other row', async () => {
  const graph = forms['MatMul by a constant']!()
  perTokenInt8(graph, 'int8')
  const clean = (await run(graph, { x: floats([6, features], x) })) as Float32Array
  const spoilt = x.slice()
  spoilt.fill(0, features, 2 * features)
  spoilt[3 * features + 5] = Number.NaN
  spoilt[5 * features + 5] = Number.POSITIVE_INFINITY
  const again = (await run(graph, { x: floats([6, features], spoilt) })) as Float32Array
  const row = (values: Float32Array, index: number) => values.slice(index * outputs, (index + 1) * outputs)
  assert.ok(row(again, 1).every((value) => value === 0))
  for (const index of [0, 2, 4]) assert.ok(sameBits(row(again, index), row(clean, index)), `row ${index}`)
})

test('projections of the same rows quantize them once', () => {
  const graph = small(
    [node('MatMul', ['x', 'w'], 'a'), node('MatMul', ['x', 'w'], 'b'), node('Add', ['a', 'b'], 'y')],
    [constant('w', 'float32', [features, outputs], weights)],
  )
  perTokenInt8(graph, 'int8')
  const count = (opType: string) => graph.nodes.filter((each) => each.opType === opType).length
  assert.equal([count('QuantizeLinear'), count('MatMulIntegerToFloat'), graph.computations.length], [1, 2, 1])
})

test('a head that shares its weights with the embedding still does, as bytes', () =>
  inCopyOf('tiny-qwen2', async (file) => {
    const { statSync } = await import('node:fs')
    const { file: rewritten } = await rewriteModel(file, int8)
    const size = statSync(rewritten).size + statSync(rewritten.replace('model.onnx', 'computed.data')).size
    assert.ok(size < statSync(file).size / 2, `${size} bytes of ${statSync(file).size}`)
  }))

test('a graph is left as it is without weights to multiply by, or with an operator set that is too old', () => {
  const nothing = small([node('Abs', ['x'], 'y')], [])
  assert.is(perTokenInt8(nothing, 'int8').applied, false)
  assert.is(nothing.nodes.length, 1)
  const form = { nodes: [node('MatMul', ['x', 'w'], 'y')], constants: [constant('w', 'float32', [features, outputs], weights)] }
  const old = smallGraph({ ...form, x: ['float32', ['n', features]], y: ['float32', ['n', outputs]], opset: 12 })
  assert.is(perTokenInt8(old, 'int8').applied, false)
  assert.is(old.nodes.length, 1)
})

test('what is not understood stays, and is told', () => {
  const odd = matMulNBits({ bits: 4, block_size: 16 }, ['q', 's', '', 'order'])
  odd.output = ['z']
  const graph = small(
    [odd, node('MatMul', ['x', 'w'], 'a'), node('Add', ['a', 'z'], 'y')],
    [
      constant('w', 'float32', [features, outputs], weights),
      constant('q', 'uint8', [outputs, features / 16, 8], packed),
      constant('s', 'float32', [blockScales.length], blockScales),
      constant('order', 'int32', [features], new Int32Array(features)),
    ],
  )
  const { applied, skipped } = perTokenInt8(graph, 'int8')
  assert.is(applied, true)
  assert.match(skipped ?? '', 'MatMulNBits')
  assert.ok(graph.nodes.includes(odd))
})

test.run()
