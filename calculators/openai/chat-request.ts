import { z } from 'zod'
import { calculator, optional } from '../../engine/index.ts'
import { AnswerWish, ChatRequest, Conversation, Llm, Payload, SamplingParams, TokenizerOptions } from '../packets.ts'
import { longRequestCheck } from './check-long-request.ts'
import type { Unsupported } from './check-request.ts'
import { functionFields, functionsAreTools, toTools } from './function-fields.ts'
import {
  generationFields,
  guessesHaveOneLimit,
  promptLogprobsNeedWhole,
  streamOptionsNeedStream,
  thinkingBudget,
  toGenerationRequest,
  toSamplingParams,
  toTokenizerOptions,
  unsupportedGenerationFields,
} from './generation-fields.ts'
import { begunAnswer, conversationFields, finalMessageEndsPrompt, finalText, ownTemplate, toConversation } from './messages.ts'
import { toldRequest } from './request-schema.ts'
import { toTextForm } from './structured-output.ts'
import { choiceIsOfTools, toolChoiceFields, toWish } from './tool-choice.ts'

/**
 * Checks the body of a chat/completions request, and says which field is wrong and how; then gives what the conversation
 * is, how its prompt is tokenized, how tokens are to be chosen, what the answer is to be, and what shapes its objects, all at the
 * payload's time. Fields that would change the answer and that this server does not obey are refused; fields it does not know are
 * ignored. Source: OpenAI's API reference, with the extensions that vLLM and OVMS share.
 *
 * @example
 * - calculator: ChatRequestCalculator
 *   input_side_packet: { LLM: llm }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, CONVERSATION: conversation, OPTIONS: options, SAMPLING: sampling, WISH: wish }
 */
export const ChatRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: {
      CONVERSATION: Conversation,
      OPTIONS: optional(TokenizerOptions),
      // What only renders or counts the conversation needs none of these.
      REQUEST: optional(ChatRequest),
      SAMPLING: optional(SamplingParams),
      WISH: optional(AnswerWish),
    },
    sides: { LLM: Llm },
    schemas: () => ({ request: ToldChatRequest }),
  },
  ({ outputs, sides }) => ({
    async process({ PAYLOAD }) {
      const checked = await checkChatRequest(PAYLOAD.value.json, PAYLOAD.value.ignored)
      const fields = { ...checked, ...toTools(checked) }
      const { logprobs, top_logprobs, echo } = fields
      const maxTokens = fields.max_completion_tokens ?? fields.max_tokens ?? sides.LLM.defaults.maxTokens
      const params = toSamplingParams(fields, maxTokens, sides.LLM, 'messages')
      const echoed = echo ? finalText(fields) : undefined
      outputs.REQUEST?.send({
        ...toGenerationRequest(fields, params, PAYLOAD.value, 'chatcmpl-', sides.LLM),
        ...(echoed !== undefined && { echoed }),
        ...(fields.include_reasoning === false && { hideReasoning: true }),
        ...(fields.functions && { callsAreFunctions: true }),
      })
      const conversation = toConversation({ ...fields, tools: fields.tool_choice === 'none' ? undefined : fields.tools })
      outputs.CONVERSATION.send(conversation)
      outputs.OPTIONS?.send(toTokenizerOptions(fields))
      outputs.WISH?.send({ ...toWish(fields, toTextForm(fields)), ...begunAnswer(conversation), ...thinkingBudget(fields) })
      outputs.SAMPLING?.send({ ...params, logprobs: logprobs ? (top_logprobs ?? 0) : undefined })
    },
  }),
)

const ChatRequestBody = z
  .object({
    ...generationFields,
    ...conversationFields,
    max_completion_tokens: generationFields.max_tokens,
    echo: z.boolean().optional(),
    include_reasoning: z.boolean().optional(),
    ...functionFields,
    logprobs: z.boolean().optional(),
    top_logprobs: z.int().min(0).max(20).describe('Refused above 0 without `logprobs`.').optional(),
    ...toolChoiceFields,
  })
  .superRefine(streamOptionsNeedStream)
  .superRefine(promptLogprobsNeedWhole)
  .superRefine(guessesHaveOneLimit)
  .superRefine(finalMessageEndsPrompt)
  .superRefine(functionsAreTools)
  .superRefine(({ logprobs, top_logprobs }, context) => {
    if (!top_logprobs || logprobs) return
    const message = 'is only allowed with "logprobs": true'
    context.addIssue({ code: 'custom', path: ['top_logprobs'], message, input: top_logprobs })
  })
  .superRefine(({ logprobs, logprob_token_ids: input }, context) => {
    if (!input?.length || logprobs) return
    context.addIssue({ code: 'custom', path: ['logprob_token_ids'], message: 'is only allowed with "logprobs": true', input })
  })
  .superRefine(choiceIsOfTools)

const onlyText = 'This model writes text.'

const unsupportedChatFields: Unsupported = {
  ...unsupportedGenerationFields,
  modalities: { neutral: [['text']], why: onlyText },
  audio: { why: onlyText },
  web_search_options: { why: 'This server searches nothing; give it "tools".' },
  chat_template: ownTemplate,
}

const ToldChatRequest = toldRequest(
  ChatRequestBody,
  { messages: [{ role: 'user', content: 'Say this is a test' }] },
  unsupportedChatFields,
)

/** The checked fields of a chat request's JSON; what is wrong is thrown, with its `param`. */
export const checkChatRequest = longRequestCheck(ChatRequestBody, 'messages', unsupportedChatFields)
