import { extentOf, type Matrix } from './matrices.ts'

/** The form that bytes of weights are stored in. Both stand for the same numbers: uint8 has them 128 higher. */
export type WeightType = 'int8' | 'uint8'

/** What stands for 0. */
export const zeroPoints: Readonly<Record<WeightType, number>> = { int8: 0, uint8: 128 }

/** 8-bit weights [inputs, outputs] and the scale of each output: weight = (stored - zero point) × scale. */
export interface Quantized {
  readonly weights: Uint8Array
  readonly scales: Float32Array
}

/** Elements of a matrix that are worked on at once: some 10 ms. */
const ELEMENTS_AT_ONCE = 2 ** 21

/**
 * Symmetric 8-bit weights with one scale an output: its largest weight becomes ±127. Reads the matrix in parts, once or twice,
 * and lets the event loop run in between.
 */
export async function quantizePerOutput(matrix: Matrix, type: WeightType): Promise<Quantized> {
  const weights = new Uint8Array(matrix.inputs * matrix.outputs)
  const scales = new Float32Array(matrix.outputs)
  const quantizeParts = matrix.rows === 'inputs' ? quantizeByInputs : quantizeByOutputs
  await quantizeParts(matrix, weights, scales, zeroPoints[type])
  return { weights, scales }
}

async function quantizeByInputs(matrix: Matrix, weights: Uint8Array, scales: Float32Array, zero: number): Promise<void> {
  const { outputs } = matrix
  for await (const { values } of parts(matrix)) {
    for (let at = 0; at < values.length; at += outputs) {
      for (let output = 0; output < outputs; output++) scales[output] = Math.max(scales[output]!, Math.abs(values[at + output]!))
    }
  }
  for (let output = 0; output < outputs; output++) scales[output] = scaleOf(scales[output]!)
  for await (const { from, values } of parts(matrix)) {
    for (let at = 0; at < values.length; at += outputs) {
      const row = from * outputs + at
      for (let output = 0; output < outputs; output++)
        weights[row + output] = quantize(values[at + output]!, scales[output]!) + zero
    }
  }
}

/** Turns rows into columns on the way, a few at a time, so that writes stay close together. */
async function quantizeByOutputs(matrix: Matrix, weights: Uint8Array, scales: Float32Array, zero: number): Promise<void> {
  const { inputs, outputs } = matrix
  for await (const { from, values } of parts(matrix)) {
    const count = values.length / inputs
    for (let row = 0; row < count; row++) scales[from + row] = scaleOf(largest(values.subarray(row * inputs, (row + 1) * inputs)))
    for (let tile = 0; tile < count; tile += TILE) {
      const end = Math.min(count, tile + TILE)
      for (let input = 0; input < inputs; input++) {
        const column = input * outputs + from
        for (let row = tile; row < end; row++)
          weights[column + row] = quantize(values[row * inputs + input]!, scales[from + row]!) + zero
      }
    }
  }
}

const TILE = 64

/** An output without weights keeps them as zeros, whatever its scale. */
const scaleOf = (size: number): number => Math.fround(size / 127) || 1

/** -127 to 127; a Uint8Array keeps it in two's complement. */
const quantize = (value: number, scale: number): number => Math.round(value / scale)

function largest(values: Float32Array): number {
  let size = 0
  for (let index = 0; index < values.length; index++) size = Math.max(size, Math.abs(values[index]!))
  return size
}

async function* parts(matrix: Matrix): AsyncGenerator<{ readonly from: number; readonly values: Float32Array }> {
  const [count, width] = extentOf(matrix)
  const step = Math.max(1, Math.floor(ELEMENTS_AT_ONCE / width))
  for (let from = 0; from < count; from += step) {
    yield { from, values: await matrix.read(from, Math.min(count, from + step)) }
    await new Promise(setImmediate)
  }
}
