import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { dequantizeBlocks, type Matrix } from '../../../servables/onnx-file/matrices.ts'
import { quantizePerOutput, zeroPoints } from '../../../servables/onnx-file/quantize.ts'
import { noise } from './small-models.ts'

/** A matrix over an array; its reads are checked to stay within it. */
const matrix = (values: Float32Array, inputs: number, outputs: number, rows: Matrix['rows']): Matrix => ({
  source: 'values',
  type: 'float32',
  inputs,
  outputs,
  rows,
  async read(from, to) {
    const [count, width] = rows === 'inputs' ? [inputs, outputs] : [outputs, inputs]
    assert.ok(0 <= from && from < to && to <= count)
    return values.slice(from * width, to * width)
  },
})

const transpose = (values: Float32Array, rows: number, columns: number): Float32Array =>
  Float32Array.from(values, (_, index) => values[(index % rows) * columns + Math.floor(index / rows)]!)

test('a weight is off by half a step at most, and the largest of an output is ±127', async () => {
  const [inputs, outputs] = [33, 70]
  const values = noise(inputs * outputs, 1).map((value, index) => value * (1 + (index % outputs)))
  const { weights, scales } = await quantizePerOutput(matrix(values, inputs, outputs, 'inputs'), 'uint8')
  for (let output = 0; output < outputs; output++) {
    const numbers = Array.from({ length: inputs }, (_, input) => weights[input * outputs + output]! - zeroPoints.uint8)
    assert.is(Math.max(...numbers.map(Math.abs)), 127)
    for (const [input, number] of numbers.entries()) {
      assert.ok(Math.abs(number * scales[output]! - values[input * outputs + output]!) <= scales[output]! * 0.5001)
    }
  }
})

test('it does not matter in which order the matrix is stored', async () => {
  const values = noise(129 * 67, 2)
  const byInputs = await quantizePerOutput(matrix(values, 129, 67, 'inputs'), 'int8')
  const byOutputs = await quantizePerOutput(matrix(transpose(values, 129, 67), 129, 67, 'outputs'), 'int8')
  assert.equal(byOutputs, byInputs)
})

test('a matrix larger than a part is read in parts, with the same result', async () => {
  const [inputs, outputs] = [5000, 1000]
  const values = noise(inputs * outputs, 3)
  const byInputs = await quantizePerOutput(matrix(values, inputs, outputs, 'inputs'), 'int8')
  const byOutputs = await quantizePerOutput(matrix(transpose(values, inputs, outputs), inputs, outputs, 'outputs'), 'int8')
  assert.ok(Buffer.from(byOutputs.weights).equals(Buffer.from(byInputs.weights)))
})

test('int8 and uint8 are the same numbers, 128 apart', async () => {
  const values = noise(40 * 20, 4)
  const [signed, unsigned] = await Promise.all(
    (['int8', 'uint8'] as const).map((type) => quantizePerOutput(matrix(values, 40, 20, 'inputs'), type)),
  )
  assert.equal(
    [...new Int8Array(signed!.weights.buffer)],
    [...unsigned!.weights].map((byte) => byte - 128),
  )
  assert.equal(signed!.scales, unsigned!.scales)
})

test('outputs without weights, or with tiny ones, stay zeros with a finite scale', async () => {
  const values = Float32Array.of(0, 1, 1e-45, 0, -2, -1e-45)
  const { weights, scales } = await quantizePerOutput(matrix(values, 2, 3, 'inputs'), 'int8')
  assert.equal([weights[0], weights[3], scales[0]], [0, 0, 1])
  assert.ok(scales.every((scale) => Number.isFinite(scale) && scale > 0))
})

for (const bits of [2, 4, 8]) {
  test(`blocks of ${bits} bits are unpacked lowest bits first, each block with its scale and zero point`, () => {
    const [rows, inputs, block] = [3, 40, 16]
    const [blocks, perByte] = [Math.ceil(inputs / block), 8 / bits]
    const numbers = Array.from({ length: rows * blocks * block }, (_, index) => (index * 7) % 2 ** bits)
    const data = Uint8Array.from({ length: numbers.length / perByte }, (_, byte) =>
      Array.from({ length: perByte }, (_, part) => numbers[byte * perByte + part]! << (part * bits)).reduce(
        (all, part) => all | part,
      ),
    )
    const scales = Float32Array.from({ length: rows * blocks }, (_, index) => 2 ** (index % 5))
    const zeros = Float32Array.from({ length: rows * blocks }, (_, index) => index % 3)
    const weights = dequantizeBlocks(data, scales, zeros, rows, { inputs, bits, block, blocks })
    for (let row = 0; row < rows; row++) {
      for (let input = 0; input < inputs; input++) {
        const at = row * blocks + Math.floor(input / block)
        assert.is(weights[row * inputs + input], (numbers[row * blocks * block + input]! - zeros[at]!) * scales[at]!)
      }
    }
  })
}

test.run()
