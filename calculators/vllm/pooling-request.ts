import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import type { Encoder as ModelEncoder } from '../../servables/index.ts'
import {
  checkDimensions,
  floatsAlone,
  inputs,
  isRaw,
  textFields,
  toTokenizerOptions,
  useOf,
  withPrompt,
} from '../encoder/index.ts'
import { checkRequest, toList, toldRequest } from '../openai/index.ts'
import type { HttpPayload, PoolingTask } from '../packets.ts'
import { Encoder, Index, Output, Payload, PoolingRequest, Prompts, TokenizerOptions } from '../packets.ts'

/**
 * Checks the body of a pooling request, and says which field is wrong and how; then gives its inputs, texts or token ids, what is
 * wanted of them by OUTPUT, and what shapes the answer, all at the payload's time. `task` is one of those that the model is made
 * for: a vector of each token where it makes them and nothing is said. Source: vLLM's `/pooling`; `prompt_name` as in embeddings.
 *
 * @example
 * - calculator: PoolingRequestCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, PROMPTS: inputs, OPTIONS: options, TASK: task, OUTPUT: output }
 */
export const PoolingRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: PoolingRequest, PROMPTS: Prompts, OPTIONS: TokenizerOptions, TASK: Index, OUTPUT: Output },
    sides: { ENCODER: Encoder },
    schemas: () => ({ request: ToldPooling }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ PAYLOAD }) {
      const { json, model, requestId, ignored } = PAYLOAD.value
      const { prompt_name: name, dimensions, encoding_format: encoding = 'float', ...fields } = checkPoolingRequest(json, ignored)
      const task = taskOf(fields.task, ENCODER)
      const raw = isRaw(fields)
      if (task === 'embed' && raw) throw refused('use_activation', "Whether vectors have length 1 is the model's option.")
      if (task === 'classify' && dimensions !== undefined)
        throw refused('dimensions', 'A classifier has a number for each label.')
      checkDimensions(dimensions, ENCODER.width, 'dimensions')
      const { prompt, task: adapter, filling } = useOf({ name }, ENCODER)
      outputs.REQUEST.send({ id: `pool-${requestId}`, model, task, encoding, dimensions, isRaw: raw })
      outputs.OPTIONS.send({ ...toTokenizerOptions(fields, ENCODER), filling })
      if (adapter !== undefined) outputs.TASK.send(adapter)
      outputs.OUTPUT.send(task === 'token_embed' ? 'tokens' : 'vector')
      outputs.PROMPTS.send(withPrompt(toList(fields.input), prompt))
    },
  }),
)

function taskOf(asked: PoolingTask | undefined, { name, labels, outputs }: ModelEncoder): PoolingTask {
  const embeds: readonly PoolingTask[] = [
    ...(outputs.includes('tokens') ? (['token_embed'] as const) : []),
    ...(outputs.includes('vector') ? (['embed'] as const) : []),
  ]
  const tasks = labels.length > 0 ? (['classify'] as const) : embeds
  if (asked === undefined) return tasks[0]!
  if (tasks.includes(asked)) return asked
  const message = `task must be one that the model ${name} is made for: ${tasks.join(', ')}; got ${JSON.stringify(asked)}.`
  throw new EngineError('invalid_value', message, { param: 'task' })
}

const refused = (param: string, why: string) =>
  new EngineError('unsupported_parameter', `${param} is not supported for this task. ${why} Leave it out.`, { param })

const PoolingBody = z.object({
  input: inputs,
  task: z.enum(['embed', 'token_embed', 'classify']).describe('Refused unless the model is made for it.').optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
  dimensions: z.int().min(1).describe("Refused above the model's own, and by classifiers.").optional(),
  use_activation: z.boolean().describe('Refused if false where the task is `embed`.').optional(),
  prompt_name: z.string().describe("Refused unless it is one of the model's.").optional(),
  user: z.string().optional(),
  ...textFields,
})

const ToldPooling = toldRequest(PoolingBody, { input: 'The food was delicious' }, floatsAlone)

/** The checked fields of a pooling request's JSON; what is wrong is thrown, with its `param`. */
export const checkPoolingRequest = (json: unknown, ignored?: HttpPayload['ignored']) =>
  checkRequest(PoolingBody, json, floatsAlone, ignored)
