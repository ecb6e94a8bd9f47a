import { z } from 'zod'
import { calculator, EngineError, latest, optional } from '../../engine/index.ts'
import type { Encoder as ModelEncoder } from '../../servables/index.ts'
import { checkVocabulary } from '../openai/index.ts'
import { Encoder, Index, Output, TokenizerOptions, Tokens, Vectors } from '../packets.ts'

/** Values of an answer, twice as many where each text has just a vector: 32 MB, and five times as much as JSON. */
const mostValues = 4 * 1024 * 1024

/**
 * Runs an encoder on all texts of a packet: a vector each, or what `output` says, at the packet's time. Texts of requests that come
 * at the same time are computed together. TYPE_IDS, at the same time, tell of pairs which text each token belongs to, TASK which of
 * the model's adapters the texts are for, and OUTPUT what is wanted of them instead of `output`. Of texts that OPTIONS had filled up,
 * the other tokens see what fills them if the model has it so. A text that is longer than the model or, by OPTIONS, the request allows
 * throws `context_length_exceeded`, an id that it does not know `invalid_value`; both name the request's `field`. So does an output
 * that the model does not have, or one that is too large.
 *
 * @example
 * - calculator: EncoderCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { TOKENS: tokens, TASK: task }
 *   output_stream: { VECTORS: vectors }
 */
export const EncoderCalculator = calculator(
  {
    inputs: {
      TOKENS: Tokens,
      TYPE_IDS: optional(Tokens),
      TASK: optional(Index),
      OUTPUT: optional(Output),
      OPTIONS: optional(latest(TokenizerOptions)),
    },
    outputs: { VECTORS: Vectors },
    sides: { ENCODER: Encoder },
    options: z.strictObject({
      field: z.string().default('input').describe('The field of the request that the texts come from: what a refusal names.'),
      output: z
        .enum(['vector', 'tokens', 'sparse'])
        .default('vector')
        .describe(
          "Of each text a vector, its tokens' vectors one behind the other, or index and weight of each element in turn.",
        ),
    }),
  },
  ({ outputs, sides: { ENCODER }, options: { field, output: usual }, signal }) => ({
    async process({ TOKENS, TYPE_IDS, TASK, OUTPUT, OPTIONS }) {
      const typeIds = TYPE_IDS?.isEmpty === false ? TYPE_IDS.value : []
      const task = TASK?.isEmpty === false ? TASK.value : undefined
      const output = OUTPUT?.isEmpty === false ? OUTPUT.value : usual
      const { allowed, filling } = OPTIONS?.isEmpty === false ? OPTIONS.value : {}
      const inputs = TOKENS.value.map((ids, index) => {
        return { ids, attended: attendedOf(ids, filling), typeIds: typeIds[index], task, output }
      })
      checkOutput(TOKENS.value, output, field, ENCODER)
      for (const [index, { ids }] of inputs.entries()) {
        const param = inputs.length > 1 ? `${field}[${index}]` : field
        checkLength(ids.length, param, ENCODER, allowed)
        checkVocabulary(ids, ENCODER.vocabularySize, param)
      }
      outputs.VECTORS.send(await ENCODER.encode(inputs, signal))
    },
  }),
)

/** Tokens before those that fill up, unless these are seen, too. */
const attendedOf = (ids: readonly number[], filling: ModelEncoder['queryFilling']) =>
  !filling || filling.isAttended ? undefined : ids.findLastIndex((id) => id !== filling.token) + 1

const wanted = { vector: 'a vector of a text', tokens: 'a vector of each token', sparse: 'sparse vectors' }
/** Routes that ask for an output, for a refusal of another. */
const routes = { vector: 'embeddings', tokens: 'embed_all', sparse: 'embed_sparse' }

/** Times as many numbers as a vector has, in an answer at most. */
const rowsOf: Readonly<Record<keyof typeof wanted, (texts: readonly (readonly number[])[]) => number>> = {
  vector: ({ length }) => length,
  tokens: (texts) => texts.reduce((sum, { length }) => sum + length, 0),
  sparse: ({ length }) => 2 * length,
}

function checkOutput(
  texts: readonly (readonly number[])[],
  output: keyof typeof wanted,
  field: string,
  { name, outputs, width }: ModelEncoder,
): void {
  if (!outputs.includes(output)) {
    const others = outputs.map((each) => `${wanted[each]} (${routes[each]})`).join(' and ')
    throw new EngineError('invalid_value', `The model ${name} does not make ${wanted[output]}, but ${others}.`, {
      param: 'model',
    })
  }
  const most = output === 'vector' ? 2 * mostValues : mostValues
  const values = width * rowsOf[output](texts)
  if (values <= most) return
  const message = `${field} would be answered with up to ${values} numbers; at most ${most} are. Send less at once.`
  throw new EngineError('invalid_value', message, { param: field })
}

function checkLength(tokens: number, param: string, { maxLength }: ModelEncoder, allowed = maxLength): void {
  if (tokens === 0) throw new EngineError('invalid_value', `${param} has no tokens for this model.`, { param })
  if (tokens <= Math.min(maxLength, allowed)) return
  const most =
    allowed < maxLength ? `The request allows ${allowed} tokens` : `This model's maximum context length is ${maxLength} tokens`
  const message = `${most}; ${param} has ${tokens}. Cut it up, or ask for it to be truncated.`
  throw new EngineError('context_length_exceeded', message, { param })
}
