import type { Graph } from '../graph.ts'
import type { Matrix } from '../matrices.ts'
import type { QuantizedWeights } from '../projections.ts'
import { quantizePerOutput, type WeightType, zeroPoints } from '../quantize.ts'

/** What stands for 0 in bytes of activations. */
const ACTIVATION_ZERO_POINT = 128

/** The constants that 8-bit arithmetic needs, each added to a graph once. */
export class Int8Weights {
  readonly type: WeightType
  /** 1.0. */
  readonly one: string
  /** What stands for 0 in bytes of activations. */
  readonly activationZeroPoint: string
  readonly #graph: Graph
  readonly #known = new Map<string, QuantizedWeights>()

  constructor(graph: Graph, type: WeightType) {
    this.type = type
    this.#graph = graph
    this.one = this.number('int8/one', 1)
    this.activationZeroPoint = graph.addConstant('int8/zero_point', 'uint8', [], Uint8Array.of(ACTIVATION_ZERO_POINT))
  }

  /** A single float. */
  number(name: string, value: number): string {
    return this.#graph.addConstant(name, 'float32', [], new Uint8Array(Float32Array.of(value).buffer))
  }

  /** A matrix as symmetric 8-bit weights [inputs, outputs] with one scale an output. */
  of(matrix: Matrix): QuantizedWeights {
    const { source, rows, inputs, outputs } = matrix
    return this.#once(`${source} by ${rows}`, () => {
      const [data, scale] = [this.#graph.fresh(`${source}/int8`), this.#graph.fresh(`${source}/int8_scale`)]
      const type = this.type
      this.#graph.addComputed({
        tensors: [
          { name: data, type, shape: [inputs, outputs] },
          { name: scale, type: 'float32', shape: [outputs] },
        ],
        async compute() {
          const { weights, scales } = await quantizePerOutput(matrix, type)
          return [weights, new Uint8Array(scales.buffer)]
        },
      })
      const zeroPoint = type === 'int8' ? '' : this.activationZeroPoint
      return { data, scale, scaleType: 'float32', zeroPoint }
    })
  }

  /** Weights that are bytes already, as the same numbers in the form that is wanted. */
  as(weights: QuantizedWeights): QuantizedWeights {
    const graph = this.#graph
    const { data, scale, scaleType, zeroPoint } = weights
    const [constant, zero] = [graph.constant(data), graph.constant(zeroPoint)]
    if (constant === undefined || constant.type === this.type) return weights
    return this.#once(`${data} as ${this.type}`, () => {
      const [shifted, shiftedZero] = [graph.fresh(`${data}/${this.type}`), graph.fresh(`${data}/${this.type}_zero_point`)]
      graph.addComputed({
        tensors: [
          { name: shifted, type: this.type, shape: constant.shape },
          { name: shiftedZero, type: this.type, shape: zero?.shape ?? [] },
        ],
        compute: async () => [shift(await constant.bytes()), shift((await zero?.bytes()) ?? Uint8Array.of(0))],
      })
      return { data: shifted, scale, scaleType, zeroPoint: shiftedZero }
    })
  }

  #once(key: string, make: () => QuantizedWeights): QuantizedWeights {
    const weights = this.#known.get(key) ?? make()
    this.#known.set(key, weights)
    return weights
  }
}

/** Between int8 and uint8 that are 128 higher, either way. */
const shift = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes, (byte) => byte ^ zeroPoints.uint8)
