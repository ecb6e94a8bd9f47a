import { z } from 'zod'
import { calculator, latest } from '../../engine/index.ts'
import { rowsOf } from '../encoder/index.ts'
import { ApiObject, Tokens, Vectors } from '../packets.ts'

/**
 * Makes the answer of Text Embeddings Inference's embed_all, at the vectors' time: for each text a list of its tokens' vectors,
 * which VECTORS has one behind the other. Source: TEI's `/embed_all`.
 *
 * @example
 * - calculator: TeiEmbedAllResponseCalculator
 *   input_stream:  { VECTORS: vectors, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const TeiEmbedAllResponseCalculator = calculator(
  {
    inputs: { VECTORS: Vectors, TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    schemas: () => ({ response: TeiEmbedAllAnswer }),
  },
  ({ outputs }) => ({
    process({ VECTORS, TOKENS }) {
      outputs.OBJECT.send({
        data: VECTORS.value.map((vectors, text) => rowsOf(vectors, TOKENS.value[text]!.length)),
      })
    },
  }),
)

const TeiEmbedAllAnswer = z.array(z.array(z.array(z.number())))
