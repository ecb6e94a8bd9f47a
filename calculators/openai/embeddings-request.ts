import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import { inputTypes, lengthToCut, truncatePromptTokens, useOf } from '../encoder/index.ts'
import type { CompletionPrompt } from '../packets.ts'
import { EmbeddingsRequest, Encoder, Index, Payload, Prompts, TokenizerOptions } from '../packets.ts'
import { checkRequest } from './check-request.ts'

/** Inputs of one request; OpenAI's limit. */
const maxInputs = 2048

/**
 * Checks the body of an embeddings request, and says which field is wrong and how; then gives its inputs and what shapes the
 * answer, all at the payload's time. Inputs are texts or token ids, or some of each. Texts get the
 * model's own prompt that `prompt_name` or `task` names, or that is for the use that `input_type` names, and are cut where the model
 * or the request says so; a model with adapters gets TASK. Source: OpenAI's API reference; `truncate_prompt_tokens` as in vLLM,
 * `prompt_name` as in sentence-transformers, `task` as Jina's, `input_type` as NVIDIA's and Voyage's.
 *
 * @example
 * - calculator: EmbeddingsRequestCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, PROMPTS: inputs, OPTIONS: options, TASK: task }
 */
export const EmbeddingsRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: EmbeddingsRequest, PROMPTS: Prompts, OPTIONS: TokenizerOptions, TASK: Index },
    sides: { ENCODER: Encoder },
    schemas: () => ({ request: EmbeddingsBody }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ PAYLOAD }) {
      const fields = checkEmbeddingsRequest(PAYLOAD.value.json)
      const { input, dimensions, encoding_format, truncate_prompt_tokens } = fields
      checkDimensions(dimensions, ENCODER.width)
      const maxLength = lengthToCut(truncate_prompt_tokens, ENCODER)
      const { prompt, task } = useOf(askedUse(fields), ENCODER)
      outputs.REQUEST.send({ model: PAYLOAD.value.model, encoding: encoding_format ?? 'float', dimensions })
      outputs.OPTIONS.send({ addSpecialTokens: true, maxLength })
      if (task !== undefined) outputs.TASK.send(task)
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
  task: z.string().optional(),
  input_type: z.enum(inputTypes).optional(),
})

/** A name comes before a use, which clients tell every model. */
const askedUse = ({ prompt_name, task, input_type: inputType }: z.infer<typeof EmbeddingsBody>) =>
  prompt_name === undefined && task !== undefined ? { name: task, field: 'task', inputType } : { name: prompt_name, inputType }

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
