import type { Graph } from '../graph.ts'
import type { Matrix } from '../matrices.ts'
import type { QuantizedWeights } from '../projections.ts'
import { quantizePerOutput, ZERO_POINT } from '../quantize.ts'

/** The constants that 8-bit arithmetic needs, each added to a graph once. */
export class Int8Weights {
  /** 1.0. */
  readonly one: string
  /** What stands for 0 in weights and activations, as a byte and as a float. */
  readonly zeroPoint: string
  readonly zeroPointAsFloat: string
  readonly #graph: Graph
  readonly #known = new Map<string, QuantizedWeights>()

  constructor(graph: Graph) {
    this.#graph = graph
    this.one = this.number('int8/one', 1)
    this.zeroPoint = graph.addConstant('int8/zero_point', 'uint8', [], Uint8Array.of(ZERO_POINT))
    this.zeroPointAsFloat = this.number('int8/zero_point_as_float', ZERO_POINT)
  }

  /** A single float. */
  number(name: string, value: number): string {
    return this.#graph.addConstant(name, 'float32', [], new Uint8Array(Float32Array.of(value).buffer))
  }

  /** A matrix as symmetric 8-bit weights [inputs, outputs] with one scale an output. */
  of(matrix: Matrix): QuantizedWeights {
    const key = `${matrix.source} by ${matrix.rows}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const data = this.#graph.fresh(`${matrix.source}/int8`)
    const scale = this.#graph.fresh(`${matrix.source}/int8_scale`)
    const weights: QuantizedWeights = { data, scale, scaleType: 'float32', zeroPoint: this.zeroPoint }
    this.#known.set(key, weights)
    this.#graph.addComputed({
      tensors: [
        { name: data, type: 'uint8', shape: [matrix.inputs, matrix.outputs] },
        { name: scale, type: 'float32', shape: [matrix.outputs] },
      ],
      async compute() {
        const { weights: bytes, scales } = await quantizePerOutput(matrix)
        return [bytes, new Uint8Array(scales.buffer)]
      },
    })
    return weights
  }
}
