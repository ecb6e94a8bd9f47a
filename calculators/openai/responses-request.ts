import { z } from 'zod'
import { calculator, optional } from '../../engine/index.ts'
import { AnswerWish, Conversation, Llm, Payload, ResponsesRequest, SamplingParams, TokenizerOptions } from '../packets.ts'
import { longRequestCheck } from './check-long-request.ts'
import type { Unsupported } from './check-request.ts'
import {
  generationFields,
  guessesHaveOneLimit,
  thinkingBudget,
  toGenerationRequest,
  toSamplingParams,
  toTokenizerOptions,
  unsupportedGenerationFields,
} from './generation-fields.ts'
import { conversationFields, reasoningEffort, toConversation } from './messages.ts'
import { toldRequest } from './request-schema.ts'
import { echoOf } from './responses-echo.ts'
import { responsesInput, toTurns } from './responses-input.ts'
import { choiceIsOfTools, responsesToolFields, toChatTools } from './responses-tools.ts'
import { textFormat, toFormatForm, toTextForm } from './structured-output.ts'
import { toWish } from './tool-choice.ts'
import { joinTurns } from './turns.ts'

/**
 * Checks the body of a responses request, and says which field is wrong and how; then gives what the conversation is, how its
 * prompt is tokenized, how tokens are to be chosen, what the answer is to be, and what shapes its objects, all at the payload's
 * time. Nothing is kept between requests, so what refers to an earlier one is refused. Source: OpenAI's API reference, with the
 * sampling fields that vLLM and OVMS add.
 *
 * @example
 * - calculator: ResponsesRequestCalculator
 *   input_side_packet: { LLM: llm }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, CONVERSATION: conversation, OPTIONS: options, SAMPLING: sampling, WISH: wish }
 */
export const ResponsesRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: {
      CONVERSATION: Conversation,
      // What only counts the conversation needs none of these.
      REQUEST: optional(ResponsesRequest),
      OPTIONS: optional(TokenizerOptions),
      SAMPLING: optional(SamplingParams),
      WISH: optional(AnswerWish),
    },
    sides: { LLM: Llm },
    schemas: () => ({ request: ToldResponses }),
  },
  ({ outputs, sides }) => ({
    async process({ PAYLOAD }) {
      const fields = await checkResponsesRequest(PAYLOAD.value.json, PAYLOAD.value.ignored)
      const params = toSamplingParams(fields, fields.max_output_tokens ?? sides.LLM.defaults.maxTokens, sides.LLM, 'input')
      const chosen = toChatTools(fields)
      const shown = chosen.tool_choice === 'none' ? undefined : chosen.tools
      const messages = joinTurns(toTurns(fields.input, fields.instructions))
      outputs.REQUEST?.send({
        ...toGenerationRequest(fields, params, PAYLOAD.value, 'resp_'),
        echo: echoOf(fields, params),
        summarizes: fields.reasoning?.summary != null,
      })
      outputs.CONVERSATION.send(
        toConversation({ ...fields, messages, tools: shown, reasoning_effort: fields.reasoning?.effort ?? undefined }),
      )
      outputs.OPTIONS?.send(toTokenizerOptions(fields.truncation === 'auto' ? { ...fields, truncate_prompt_tokens: -1 } : fields))
      outputs.WISH?.send({ ...toWish(chosen, formOf(fields), 'parameters'), ...thinkingBudget(fields) })
      const wantsLogprobs = fields.include?.includes('message.output_text.logprobs') ?? false
      outputs.SAMPLING?.send({ ...params, logprobs: wantsLogprobs ? (fields.top_logprobs ?? 0) : undefined })
    },
  }),
)

/** What the text has to look like, as this API says it or as others do. */
const formOf = (fields: ResponsesFields) =>
  (fields.text?.format ? toFormatForm(fields.text.format) : undefined) ?? toTextForm(fields)

/** What an answer may be asked to have beside; all but the first come from tools that this server has not. */
const included = [
  'message.output_text.logprobs',
  'reasoning.encrypted_content',
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
] as const

/** Those of chat's fields that a response has too: it is one answer, and has its own name for its length. */
const { shape: sharedFields } = z.object(generationFields).omit({
  max_tokens: true,
  response_format: true,
  stream_options: true,
  n: true,
  best_of: true,
  use_beam_search: true,
  length_penalty: true,
  early_stopping: true,
  prompt_logprobs: true,
  return_token_ids: true,
  return_tokens_as_token_ids: true,
  logprob_token_ids: true,
})

const ResponsesBody = z
  .object({
    ...sharedFields,
    ...responsesToolFields,
    input: responsesInput.describe("Refused beyond the model's length, and where its template refuses the conversation."),
    instructions: z.string().optional(),
    max_output_tokens: z.int().min(1).max(4_294_967_295).optional(),
    top_logprobs: z.int().min(0).max(20).optional(),
    include: z.array(z.enum(included)).optional(),
    text: z
      .looseObject({
        format: textFormat.nullish(),
        verbosity: z.enum(['low', 'medium', 'high']).nullish(),
      })
      .describe('Refused with what a schema can not enforce.')
      .optional(),
    reasoning: z
      .looseObject({
        effort: reasoningEffort.nullish(),
        summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
      })
      .optional(),
    chat_template_kwargs: conversationFields.chat_template_kwargs,
    truncation: z.enum(['auto', 'disabled']).optional(),
    metadata: z.record(z.string(), z.string()).optional(),
    max_tool_calls: z.int().min(1).optional(),
  })
  .superRefine(guessesHaveOneLimit)
  .superRefine(choiceIsOfTools)
export type ResponsesFields = z.infer<typeof ResponsesBody>

const oneAnswer = 'A response has one answer; use chat/completions.'
const noPlace = 'A response has no place for it; use chat/completions.'
const noMemory = 'Nothing is kept between requests; send what was said and done before as items of "input".'

const unsupportedResponsesFields: Unsupported = {
  ...unsupportedGenerationFields,
  n: { neutral: [1], why: oneAnswer },
  best_of: { neutral: [1], why: oneAnswer },
  use_beam_search: { neutral: [false], why: oneAnswer },
  response_format: { neutral: [{ type: 'text' }], why: 'Here it is "text": {"format": …}.' },
  prompt_logprobs: { why: noPlace },
  return_token_ids: { neutral: [false], why: noPlace },
  return_tokens_as_token_ids: { neutral: [false], why: noPlace },
  logprob_token_ids: { neutral: [[]], why: noPlace },
  previous_response_id: { why: noMemory },
  conversation: { why: noMemory },
  background: { neutral: [false], why: 'Nothing is kept between requests, so nobody could ask for the answer later.' },
  prompt: { why: 'This server keeps no prompts; send "instructions" and "input".' },
}

const ToldResponses = toldRequest(ResponsesBody, { input: 'Say this is a test' }, unsupportedResponsesFields)

/** The checked fields of a responses request's JSON; what is wrong is thrown, with its `param`. */
export const checkResponsesRequest = longRequestCheck(ResponsesBody, 'input', unsupportedResponsesFields)
