import { z } from 'zod'
import { calculator, latest } from '../../engine/index.ts'
import { activate, listHeading } from '../encoder/index.ts'
import { countTokens } from '../openai/index.ts'
import { ApiObject, ClassifyRequest, Encoder, Tokens, Vectors } from '../packets.ts'

/**
 * Makes the answer of classify, at the vectors' time: for each text how likely every label is, and the likeliest. Source: vLLM's
 * `/classify`.
 *
 * @example
 * - calculator: ClassifyResponseCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { VECTORS: vectors, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const ClassifyResponseCalculator = calculator(
  {
    inputs: { VECTORS: Vectors, REQUEST: latest(ClassifyRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    schemas: () => ({ response: ClassifyAnswer }),
    sides: { ENCODER: Encoder },
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ VECTORS, REQUEST, TOKENS }) {
      const { isRaw, ...heading } = REQUEST.value
      const data = VECTORS.value.map((logits, index) => {
        const probs = activate(logits, isRaw ? 'identity' : ENCODER.activation)
        const likeliest = probs.indexOf(Math.max(...probs))
        return { index, label: ENCODER.labels[likeliest] ?? null, probs, num_classes: probs.length }
      })
      const tokens = countTokens(TOKENS.value)
      const usage = { prompt_tokens: tokens, total_tokens: tokens }
      outputs.OBJECT.send({ data: { ...heading, object: 'list', created: Math.floor(Date.now() / 1000), data, usage } })
    },
  }),
)

const ClassifyAnswer = z.strictObject({
  ...listHeading,
  data: z.array(
    z.strictObject({
      index: z.int().min(0),
      label: z.string().nullable(),
      probs: z.array(z.number()),
      num_classes: z.int().min(1),
    }),
  ),
})
