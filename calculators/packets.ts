import { packetType } from '../engine/index.ts'
import type {
  FinishReason,
  ChatTemplate as ModelChatTemplate,
  Conversation as ModelConversation,
  Llm as ModelLlm,
  SamplingParams as ModelSamplingParams,
  Step as ModelStep,
  Tokenizer as ModelTokenizer,
} from '../servables/index.ts'

/** An HTTP request, its body read and parsed once. */
export interface HttpPayload {
  readonly method: string
  /** Without prefix: `chat/completions`. */
  readonly route: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed JSON body; undefined when the body was none. */
  readonly json: unknown
  readonly form: FormData | undefined
  /** The `model` that the request named, or the configuration's default. */
  readonly model: string
  readonly requestId: string
}

/** A piece of the HTTP answer. The first one's content type and status become the response's. */
export interface HttpBody {
  readonly contentType: string
  readonly data: string | Uint8Array
  readonly status?: number
}

/** An object of the API, before it is written as JSON or as a server-sent event. `event` names the latter. */
export interface ApiObjectValue {
  readonly data: unknown
  readonly event?: string
}

/** New text of one choice, and how many tokens it took. */
export interface TextDeltaValue {
  readonly choice: number
  readonly text: string
  readonly tokens: number
  readonly finish: FinishReason | undefined
}

/** What of a checked generation request shapes its answer. */
export interface GenerationRequestValue {
  readonly model: string
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly n: number
}

export const Payload = packetType<HttpPayload>('Payload')
export const Body = packetType<HttpBody>('Body')
export const ApiObject = packetType<ApiObjectValue>('ApiObject')
export const GenerationRequest = packetType<GenerationRequestValue>('GenerationRequest')
export const Conversation = packetType<ModelConversation>('Conversation')
export const Texts = packetType<readonly string[]>('Texts')
/** Token ids of each text. */
export const Tokens = packetType<readonly (readonly number[])[]>('Tokens')
export const SamplingParams = packetType<ModelSamplingParams>('SamplingParams')
export const Step = packetType<ModelStep>('Step')
export const TextDelta = packetType<TextDeltaValue>('TextDelta')

export const Llm = packetType<ModelLlm>('Llm')
export const Tokenizer = packetType<ModelTokenizer>('Tokenizer')
export const ChatTemplate = packetType<ModelChatTemplate>('ChatTemplate')
