import { z } from 'zod'
import { calculator, latest } from '../../engine/index.ts'
import { atUnitLength, shorten } from '../encoder/index.ts'
import { ApiObject, EmbeddingsRequest, Vectors } from '../packets.ts'

/**
 * Makes the answer of Text Embeddings Inference's embed, at the vectors' time: a list of lists of numbers, each of length
 * 1. Source: TEI's `/embed`.
 *
 * @example
 * - calculator: TeiEmbedResponseCalculator
 *   input_stream:  { VECTORS: vectors, REQUEST: request }
 *   output_stream: { OBJECT: object }
 */
export const TeiEmbedResponseCalculator = calculator(
  {
    inputs: { VECTORS: Vectors, REQUEST: latest(EmbeddingsRequest) },
    outputs: { OBJECT: ApiObject },
    schemas: () => ({ response: TeiEmbedAnswer }),
  },
  ({ outputs }) => ({
    process({ VECTORS, REQUEST }) {
      const { dimensions } = REQUEST.value
      const shown = (vector: Float32Array) => (dimensions === undefined ? atUnitLength(vector) : shorten(vector, dimensions))
      outputs.OBJECT.send({ data: VECTORS.value.map(shown) })
    },
  }),
)

const TeiEmbedAnswer = z.array(z.array(z.number()))
