import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import { lengthToCut, promptNamed, truncatePromptTokens } from '../encoder/index.ts'
import type { CompletionPrompt } from '../packets.ts'
import { EmbeddingsRequest, Encoder, Payload, Prompts, TokenizerOptions } from '../packets.ts'
import { checkRequest } from './check-request.ts'

/** Inputs of one request; OpenAI's limit. */
const maxInputs = 2048

/**
 * Checks the body of an embeddings request, and says which field is wrong and how; then gives its inputs and what shapes the
 * answer, all at the payload's time. Inputs are texts or token ids, or some of each. Texts get the
 * model's own prompt that `prompt_name` names, and are cut where the model or the request says so. Source: OpenAI's API
 * reference; `truncate_prompt_tokens` as in vLLM, `prompt_name` as in sentence-transformers.
 *
 * @example
 * - calculator: EmbeddingsRequestCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, PROMPTS: inputs, OPTIONS: options }
 */
export const EmbeddingsRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: EmbeddingsRequest, PROMPTS: Prompts, OPTIONS: TokenizerOptions },
    sides: { ENCODER: Encoder },
    schemas: () => ({ request: EmbeddingsBody }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ PAYLOAD }) {
      const { input, dimensions, encoding_format, truncate_prompt_tokens, prompt_name } = checkEmbeddingsRequest(
        PAYLOAD.value.json,
      )
      checkDimensions(dimensions, ENCODER.width)
      const maxLength = lengthToCut(truncate_prompt_tokens, ENCODER)
      const prompt = prompt_name === undefined ? '' : promptNamed(prompt_name, ENCODER.prompts)
      outputs.REQUEST.send({ model: PAYLOAD.value.model, encoding: encoding_format ?? 'float', dimensions })
      outputs.OPTIONS.send({ addSpecialTokens: true, maxLength })
      outputs.PROMPTS.send(toInputs(input).map((each) => (typeof each === 'string' ? prompt + each : each)))
    },
  }),
)

const tokenIds = z.array(z.int().min(0)).min(1)

const EmbeddingsBody = z.object({
  input: z.union(
    [
      z.string().min(1),
      z
        .array(z.union([z.string().min(1), tokenIds]))
        .min(1)
        .max(maxInputs),
      tokenIds,
    ],
    {
      error: 'must be a string, token ids, or a list of strings and of lists of token ids; none of them empty',
    },
  ),
  encoding_format: z.enum(['float', 'base64']).optional(),
  dimensions: z.int().min(1).optional(),
  user: z.string().optional(),
  truncate_prompt_tokens: truncatePromptTokens.optional(),
  prompt_name: z.string().optional(),
})

/** The checked fields of an embeddings request's JSON; what is wrong is thrown, with its `param`. */
export const checkEmbeddingsRequest = (json: unknown) => checkRequest(EmbeddingsBody, json)

function checkDimensions(dimensions: number | undefined, width: number): void {
  if (dimensions === undefined || dimensions <= width) return
  const message = `dimensions must be at most ${width}, which this model's vectors have; got ${dimensions}.`
  throw new EngineError('invalid_value', message, { param: 'dimensions' })
}

type Inputs = z.infer<typeof EmbeddingsBody>['input']

/** The spellings of the input as a list. */
function toInputs(input: Inputs): readonly CompletionPrompt[] {
  if (typeof input === 'string') return [input]
  return isTokens(input) ? [input] : input
}

const isTokens = (input: Exclude<Inputs, string>): input is number[] => typeof input[0] === 'number'
