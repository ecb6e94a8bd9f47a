import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import {
  checkDimensions,
  floatsAlone,
  inputs,
  inputTypes,
  textFields,
  toTokenizerOptions,
  useOf,
  withPrompt,
} from '../encoder/index.ts'
import type { HttpPayload } from '../packets.ts'
import { EmbeddingsRequest, Encoder, Index, Payload, Prompts, TokenizerOptions } from '../packets.ts'
import { checkRequest, type Unsupported } from './check-request.ts'
import { toldRequest } from './request-schema.ts'
import { toList } from './texts-or-tokens.ts'

/**
 * Checks the body of an embeddings request, and says which field is wrong and how; then gives its inputs and what shapes the
 * answer, all at the payload's time. Inputs are texts or token ids, or some of each. Texts get the
 * model's own prompt that `prompt_name` or `task` names, or that is for the use that `input_type` names, and are cut where the model
 * or the request says so; a model with adapters gets TASK. Source: OpenAI's API reference; `truncate_prompt_tokens`,
 * `truncation_side` and `add_special_tokens` as in vLLM, `truncate` as in Jina and NVIDIA, `truncation` as Voyage's, `prompt_name` as in sentence-transformers, `task` as Jina's, `input_type` as
 * NVIDIA's and Voyage's.
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
    schemas: () => ({ request: ToldEmbeddings }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ PAYLOAD }) {
      const { json, model, ignored } = PAYLOAD.value
      const fields = checkEmbeddingsRequest(json, ignored)
      const { dimensions, encoding_format: encoding = 'float' } = fields
      checkDimensions(dimensions, ENCODER.width, 'dimensions')
      const { prompt, task } = useOf(askedUse(fields), ENCODER)
      outputs.REQUEST.send({ model, encoding, dimensions })
      outputs.OPTIONS.send(toTokenizerOptions(fields, ENCODER))
      if (task !== undefined) outputs.TASK.send(task)
      outputs.PROMPTS.send(withPrompt(toList(fields.input), prompt))
    },
  }),
)

const EmbeddingsBody = z.object({
  input: inputs,
  encoding_format: z.enum(['float', 'base64']).optional(),
  dimensions: z.int().min(1).describe("Refused above the model's own.").optional(),
  user: z.string().optional(),
  prompt_name: z.string().describe("Refused unless it is one of the model's.").optional(),
  task: z.string().describe("Refused unless it is one of the model's.").optional(),
  input_type: z.enum(inputTypes).optional(),
  ...textFields,
})

/** A name comes before a use, which clients tell every model. */
const askedUse = ({ prompt_name, task, input_type: inputType }: z.infer<typeof EmbeddingsBody>) =>
  prompt_name === undefined && task !== undefined ? { name: task, field: 'task', inputType } : { name: prompt_name, inputType }

const whoNormalizes = "Whether vectors have length 1 is the model's option normalize_embeddings."

/** Fields of vLLM, Jina and Voyage for vectors of other kinds, and other names for fields that there are. */
const unsupported: Unsupported = {
  ...floatsAlone,
  use_activation: { why: whoNormalizes, neutral: [true] },
  activation: { why: whoNormalizes, neutral: [true] },
  normalize: { why: whoNormalizes, neutral: [true] },
  normalized: { why: whoNormalizes, neutral: [true] },
  embedding_type: { why: 'The field is encoding_format.', neutral: ['float'] },
  output_dtype: { why: 'Elements are float32; v2/embed makes int8 and bits, too.', neutral: ['float'] },
  output_dimension: { why: 'The field is dimensions.' },
  truncation_direction: { why: 'The field is truncation_side.', neutral: ['right', 'Right'] },
  instruction: { why: 'A model has its own, by the names that prompt_name takes; others stand before the text.' },
  modality: { why: 'Models here read text.', neutral: ['text'] },
  late_chunking: { why: 'Each text is read by itself.', neutral: [false] },
  return_multivector: { why: 'Vectors of tokens are for the route embed_all.', neutral: [false] },
}

const ToldEmbeddings = toldRequest(EmbeddingsBody, { input: 'The food was delicious' }, unsupported)

/** The checked fields of an embeddings request's JSON; what is wrong is thrown, with its `param`. */
export const checkEmbeddingsRequest = (json: unknown, ignored?: HttpPayload['ignored']) =>
  checkRequest(EmbeddingsBody, json, unsupported, ignored)
