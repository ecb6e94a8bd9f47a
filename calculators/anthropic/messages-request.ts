import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import {
  begunAnswer,
  generationFields,
  longRequestCheck,
  toGenerationRequest,
  toldRequest,
  toSamplingParams,
  toWish,
  type Unsupported,
} from '../openai/index.ts'
import { AnswerWish, Conversation, Llm, MessagesRequest, Payload, SamplingParams, TokenizerOptions } from '../packets.ts'
import { thinkingBudget, thinks, toChatTools, toTemplateConversation, toTextForm } from './conversation.ts'
import { budgetLeavesRoom, choiceIsOfTools, promptFields } from './messages-fields.ts'

/**
 * Checks the body of a messages request, and says which field is wrong and how; then gives what the conversation is, how tokens
 * are to be chosen, what the answer is to be, and what shapes its objects, all at the payload's time. A model thinks only when
 * the request enables it, as far as its template can tell it. Source: Anthropic's API reference.
 *
 * @example
 * - calculator: MessagesRequestCalculator
 *   input_side_packet: { LLM: llm }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, CONVERSATION: conversation, OPTIONS: options, SAMPLING: sampling, WISH: wish }
 */
export const MessagesRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: {
      REQUEST: MessagesRequest,
      CONVERSATION: Conversation,
      OPTIONS: TokenizerOptions,
      SAMPLING: SamplingParams,
      WISH: AnswerWish,
    },
    sides: { LLM: Llm },
    schemas: () => ({ request: ToldMessages }),
  },
  ({ outputs, sides }) => ({
    async process({ PAYLOAD }) {
      const { stop_sequences: stop, ...fields } = await checkMessagesRequest(PAYLOAD.value.json, PAYLOAD.value.ignored)
      const params = toSamplingParams({ ...fields, stop }, fields.max_tokens, sides.LLM, 'messages')
      outputs.REQUEST.send({
        ...toGenerationRequest({ stream: fields.stream }, params, PAYLOAD.value, 'msg_'),
        thinking: thinks(fields) && fields.thinking?.display !== 'omitted',
      })
      const conversation = toTemplateConversation(fields)
      outputs.CONVERSATION.send(conversation)
      // The API has none: a prompt that is too long is refused.
      outputs.OPTIONS.send({})
      outputs.WISH.send({
        ...toWish(toChatTools(fields), toTextForm(fields), 'input_schema'),
        ...begunAnswer(conversation),
        ...thinkingBudget(fields),
      })
      outputs.SAMPLING.send(params)
    },
  }),
)

const maxStops = 64

const MessagesBody = z
  .object({
    ...promptFields,
    max_tokens: z.int().min(1).max(4_294_967_295),
    stop_sequences: z.array(z.string().min(1)).max(maxStops).optional(),
    stream: z.boolean().optional(),
    temperature: z.number().min(0).max(1).optional(),
    top_p: generationFields.top_p,
    top_k: z.int().min(0).max(4_294_967_295).optional(),
    metadata: z.looseObject({ user_id: z.string().nullish() }).optional(),
    service_tier: z.enum(['auto', 'standard_only']).optional(),
  })
  .superRefine(choiceIsOfTools)
  .superRefine(budgetLeavesRoom)

const unsupportedMessagesFields: Unsupported = {
  container: { why: 'This server runs no code.' },
  mcp_servers: { neutral: [[]], why: 'This server calls no others; give it "tools".' },
}

const ToldMessages = toldRequest(
  MessagesBody,
  { max_tokens: 16, messages: [{ role: 'user', content: 'Say this is a test' }] },
  unsupportedMessagesFields,
)

/** The checked fields of a messages request's JSON; what is wrong is thrown, with its `param`. */
const checkMessagesRequest = longRequestCheck(MessagesBody, 'messages', unsupportedMessagesFields)
