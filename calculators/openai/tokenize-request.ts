import { z } from 'zod'
import { calculator, EngineError, optional } from '../../engine/index.ts'
import { Conversation, Payload, Texts, TokenizeRequest, TokenizerOptions } from '../packets.ts'
import { longRequestCheck } from './check-long-request.ts'
import { conversationFields, finalMessageEndsPrompt, ownTemplate, toConversation } from './messages.ts'
import { toldRequest } from './request-schema.ts'

const maxTexts = 2048
/** Tokens of one answer, where texts are filled up: a small request could ask for any number of them. */
const maxFilled = 1_048_576

/**
 * Checks the body of a tokenize request, and gives what is to be tokenized, at the payload's time: texts by TEXTS, or a
 * conversation by CONVERSATION. Three spellings are read: OVMS's `text`, vLLM's `prompt`, and vLLM's `messages`. Special
 * tokens are added to texts unless `add_special_tokens` is false, and to conversations only when it is true. A graph without
 * CONVERSATION is of a model that reads none: `messages` throw `unsupported_parameter`.
 *
 * @example
 * - calculator: TokenizeRequestCalculator
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, TEXTS: texts, CONVERSATION: conversation, OPTIONS: options }
 */
export const TokenizeRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: TokenizeRequest, TEXTS: Texts, CONVERSATION: optional(Conversation), OPTIONS: TokenizerOptions },
    schemas: () => ({ request: ToldTokenize }),
  },
  ({ outputs }) => ({
    async process({ PAYLOAD }) {
      const fields = await checkTokenizeRequest(PAYLOAD.value.json, PAYLOAD.value.ignored)
      if (fields.messages && !outputs.CONVERSATION) throw noConversations()
      outputs.REQUEST.send({
        shape: fields.text === undefined ? 'counted' : typeof fields.text === 'string' ? 'one' : 'list',
        maxLength: fields.max_length,
        padding: fields.pad_to_max_length ? (fields.padding_side ?? 'right') : undefined,
        ...(fields.return_token_strs && { texts: true }),
      })
      outputs.OPTIONS.send({ addSpecialTokens: fields.add_special_tokens ?? fields.messages === undefined })
      if (fields.messages) outputs.CONVERSATION?.send(toConversation({ ...fields, messages: fields.messages }))
      else outputs.TEXTS.send([fields.text ?? fields.prompt ?? []].flat())
    },
  }),
)

const noConversations = () =>
  new EngineError('unsupported_parameter', 'This model reads texts, not messages; set text or prompt.', { param: 'messages' })

const TokenizeBody = z
  .object({
    text: z
      .union([z.string(), z.array(z.string()).min(1).max(maxTexts)], { error: 'must be a string or a list of strings' })
      .describe('Refused if missing, unless `prompt` or `messages` stands for it.')
      .optional(),
    prompt: z.string().describe('Refused beside `text`.').optional(),
    ...conversationFields,
    messages: conversationFields.messages.describe('Refused beside `text` or `prompt`, and where the template does.').optional(),
    add_special_tokens: z.boolean().optional(),
    max_length: z
      .int()
      .min(1)
      .max(maxFilled)
      .describe('Refused if missing where `pad_to_max_length` is true, or if so many texts were filled up to it.')
      .optional(),
    pad_to_max_length: z.boolean().describe('Refused by models without a padding token.').optional(),
    padding_side: z.enum(['left', 'right']).optional(),
    return_token_strs: z.boolean().optional(),
  })
  .superRefine(finalMessageEndsPrompt)
  .superRefine((fields, context) => {
    const given = (['text', 'prompt', 'messages'] as const).filter((field) => fields[field] !== undefined)
    const fault = (field: string, message: string, input: unknown) =>
      context.addIssue({ code: 'custom', path: [field], message, input })
    if (given.length === 0)
      fault('text', 'must be a string or a list of strings; "prompt" or "messages" may stand for it', undefined)
    if (given.length > 1) fault(given[1]!, `must not come with "${given[0]}"`, fields[given[1]!])
    if (fields.pad_to_max_length && fields.max_length === undefined) {
      fault('max_length', 'must be a number of tokens when "pad_to_max_length" is true', undefined)
    }
    const longest = Math.floor(maxFilled / (Array.isArray(fields.text) ? fields.text.length : 1))
    if (fields.pad_to_max_length && fields.max_length !== undefined && fields.max_length > longest) {
      fault('max_length', `must be at most ${longest} when so many texts are filled up to it`, fields.max_length)
    }
  })

const ToldTokenize = toldRequest(TokenizeBody, { text: 'Say this is a test' }, { chat_template: ownTemplate })

/** The checked fields of a tokenize request's JSON; what is wrong is thrown, with its `param`. */
export const checkTokenizeRequest = longRequestCheck(TokenizeBody, 'messages', { chat_template: ownTemplate })
