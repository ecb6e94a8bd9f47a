import { packetType } from '../engine/index.ts'
import type {
  AnswerPart,
  FinishReason,
  AnswerFormat as ModelAnswerFormat,
  AnswerWish as ModelAnswerWish,
  ChatTemplate as ModelChatTemplate,
  Conversation as ModelConversation,
  Encoder as ModelEncoder,
  Llm as ModelLlm,
  SamplingParams as ModelSamplingParams,
  Steps as ModelSteps,
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
  /** Told which of the body's fields nobody knows, for the log. */
  ignored?(fields: readonly string[]): void
}

/** A piece of the HTTP answer. The first one's content type and status become the response's. */
export interface HttpBody {
  readonly contentType: string
  readonly data: string | Uint8Array
  readonly status?: number
  /** What ends the body where the run fails behind the first piece, after the error: a stream's clients wait for it. */
  readonly end?: (failure: StreamFailure) => string
}

/** What a stream tells its client of a failure. */
export interface StreamFailure {
  readonly message: string
  /** Events before this one. */
  readonly sent: number
}

/** An object of the API, before it is written as JSON or as a server-sent event. `event` names the latter. */
export interface ApiObjectValue {
  /** A Float32Array in it is written as a list of numbers. */
  readonly data: unknown
  readonly event?: string
  /** The last event of a stream that begins with this one and fails. */
  readonly failed?: (failure: StreamFailure) => ApiObjectValue
}

/** A token as clients are shown it, and the logarithm of how likely the model held it. */
export interface LikelyTokenValue {
  readonly id: number
  /** Bytes that are no whole characters are U+FFFD. */
  readonly text: string
  readonly bytes: Uint8Array
  readonly logprob: number
}

/** A token of a text, and the likeliest in its place, the likeliest first. */
export interface TokenLogprobsValue extends LikelyTokenValue {
  /** 1: no token was likelier. */
  readonly rank: number
  readonly top: readonly LikelyTokenValue[]
}

/** What every delta of a choice tells, whatever it carries. */
export interface DeltaFacts {
  readonly choice: number
  /** How many tokens it took. */
  readonly tokens: number
  readonly finish: MessageFinish | undefined
  /** What of the request's `stop` or `stop_token_ids` ended it; absent: another end. */
  readonly stop?: string | number | undefined
  /** The sum of those tokens' logprobs, where the best choices are to be found. */
  readonly logprob?: number
  /** Tokens of the choice's prompt that were found in the prefix cache; 0 if absent. */
  readonly cachedTokens?: number
  /** Of those tokens, if the request asked. */
  readonly logprobs?: readonly TokenLogprobsValue[] | undefined
  /** Of the prompt's tokens but the first, on a choice's first delta, if the request asked. */
  readonly promptLogprobs?: readonly TokenLogprobsValue[] | undefined
  /** Those tokens, if the request asked. */
  readonly ids?: readonly number[] | undefined
}

export interface TextPiece {
  readonly text: string
  readonly tokens: number
}

/** New text of one choice. */
export interface TextDeltaValue extends DeltaFacts {
  readonly text: string
  /** Where the tokens of several steps came together: the text as it came with each, those without text with the next. Joined: `text`. */
  readonly pieces?: readonly TextPiece[]
  readonly finish: FinishReason | undefined
}

/** Why an answer ended, once it is read: a model that stops behind calls waits for their results. */
export type MessageFinish = FinishReason | 'tool_calls'

/** New parts of one choice: text, reasoning, calls. */
export interface MessageDeltaValue extends DeltaFacts {
  readonly parts: readonly AnswerPart[]
  /** Those of its tokens that are reasoning; 0 if absent. */
  readonly reasoningTokens?: number
}

/** What of a checked generation request shapes its answer. */
export interface GenerationRequestValue {
  readonly model: string
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly stream: boolean
  readonly includeUsage: boolean
  /** Whether each chunk has the usage so far. */
  readonly continuousUsage?: boolean
  /** The model's: tells that its files or options have changed, and answers may have. */
  readonly fingerprint?: string | undefined
  /** How the request was served, if it asked for a tier. */
  readonly serviceTier?: string
  /** Answers for each prompt. */
  readonly n: number
  /** Choices for each prompt, of which the `n` best are its answers; absent: all of `n`. */
  readonly bestOf?: number
  /** Whether the answer has the ids of its tokens and of the prompt's. */
  readonly returnTokenIds?: boolean
  /** Whether the answer has the logprobs of the prompt's tokens, beside those that `echo` brings. */
  readonly promptLogprobs?: boolean
  /** Whether tokens that have logprobs are shown as `token_id:` and their id. */
  readonly showIds?: boolean
}

/** What of a checked chat request shapes its answer. */
export interface ChatRequestValue extends GenerationRequestValue {
  /** What each answer begins with: the last message, where the request wants it back. */
  readonly echoed?: string
  /** Whether reasoning is left out of the answer. */
  readonly hideReasoning?: boolean
  /** Whether calls are told as OpenAI's older `function_call`: the request had `functions`. */
  readonly callsAreFunctions?: boolean
}

/** What of a checked responses request shapes its answer. */
export interface ResponsesRequestValue extends GenerationRequestValue {
  /** What the answer repeats of the request. */
  readonly echo: Readonly<Record<string, unknown>>
  /** Whether reasoning is told as a summary: the request asked for one, and the model wrote no other. */
  readonly summarizes: boolean
}

/** What of a checked messages request shapes its answer. */
export interface MessagesRequestValue extends GenerationRequestValue {
  /** Whether reasoning is told: the request enabled it. */
  readonly thinking: boolean
}

/** A prompt of the completions route: text, or token ids. */
export type CompletionPrompt = string | readonly number[]

/** What of a checked completions request shapes its answer. */
export interface CompletionRequestValue extends GenerationRequestValue {
  /** Whether each answer begins with its prompt. */
  readonly echo: boolean
  /** Whether tokens have logprobs; with `echo` the prompt's too. */
  readonly logprobs?: boolean
  readonly prompts: readonly CompletionPrompt[]
}

/** What of a checked tokenize request shapes its answer. */
export interface TokenizeRequestValue {
  /** OVMS's answer is `tokens` alone, a list of lists when the text was a list; vLLM's adds the count. */
  readonly shape: 'one' | 'list' | 'counted'
  /** Tokens beyond it are cut off at the end. */
  readonly maxLength: number | undefined
  /** Where shorter texts are filled up to `maxLength`; undefined: nowhere. */
  readonly padding: 'left' | 'right' | undefined
  /** Whether vLLM's answer has the tokens as the vocabulary has them. */
  readonly texts?: boolean
}

/** How one request wants its prompts tokenized. */
export interface TokenizerOptionsValue {
  /** Absent: the graph says. */
  readonly addSpecialTokens?: boolean | undefined
  /** Longer prompts are cut; absent: they are refused, if they are too long for the model. */
  readonly truncation?: Truncation | undefined
  /** Tokens of a text at most, with those around it, which are kept; absent: any number. */
  readonly maxLength?: number | undefined
  /** Where longer texts are cut; absent: at the end. */
  readonly cut?: 'left' | 'right' | undefined
  /** With what shorter texts are filled up; absent: they are not. */
  readonly filling?: ModelEncoder['queryFilling']
  /** Tokens beyond which a text is refused, if fewer than the model allows. */
  readonly allowed?: number | undefined
}

export interface Truncation {
  /** Tokens that are left; undefined: as many as the model can answer. */
  readonly tokens: number | undefined
  /** Where the others are taken away. */
  readonly side: 'left' | 'right'
}

/** What of a checked embeddings request shapes its answer. */
export interface EmbeddingsRequestValue {
  readonly model: string
  /** `base64`: of float32, little-endian. */
  readonly encoding: 'float' | 'base64'
  /** Elements that vectors are cut to, and normalized again; undefined: all. */
  readonly dimensions: number | undefined
}

/** Texts in pairs, as a query and a document that may answer it. */
export interface PairedTextsValue {
  readonly pairs: readonly (readonly [first: string, second: string])[]
  /** The request's fields that they come from, which refusals name. */
  readonly fields: readonly [first: string, second: string]
  /** Tokens of a second text that are read; undefined: all. */
  readonly maxTokens?: number | undefined
  /** Tokens of a first text that are read; undefined: all. */
  readonly maxFirstTokens?: number | undefined
  /** Pieces that a second text may be cut into, the first ones; undefined: any number. */
  readonly maxChunks?: number | undefined
  /** What the model is told to look for; undefined: what it was made for. */
  readonly instruction?: string | undefined
  /** Tokens of a piece at most, if fewer than the model allows. */
  readonly maxLength?: number | undefined
  /** Whether a first text that leaves too little room for others is cut; if not, it is refused. */
  readonly cutsFirst: boolean
}

/** What of a checked rerank request shapes its answer. */
export interface RerankRequestValue {
  readonly id: string
  readonly model: string
  /** The best so many results; undefined: all. */
  readonly top: number | undefined
  /** Documents as results have them; undefined: results have none. */
  readonly documents: readonly Readonly<Record<string, unknown>>[] | undefined
  /** Whose answer it is to look like: Cohere's, by its API's version, or TEI's. */
  readonly shape: 'cohere-1' | 'cohere-2' | 'tei'
  /** Whether scores are as the model gives them, not between 0 and 1. */
  readonly isRaw: boolean
}

/** What of a checked classify or score request shapes its answer. */
export interface ClassifyRequestValue {
  readonly id: string
  readonly model: string
  /** Whether scores are as the model gives them, not between 0 and 1. */
  readonly isRaw: boolean
}

/** What a model does with texts, in vLLM's words. */
export type PoolingTask = 'embed' | 'token_embed' | 'classify'

/** What of a checked pooling request shapes its answer. */
export interface PoolingRequestValue {
  readonly id: string
  readonly model: string
  readonly task: PoolingTask
  /** `base64`: of float32, little-endian. */
  readonly encoding: 'float' | 'base64'
  /** Elements that vectors are cut to; undefined: all. */
  readonly dimensions: number | undefined
  /** Whether numbers are as the model gives them. */
  readonly isRaw: boolean
}

/** Of Cohere's API. */
export type CohereVersion = '1' | '2'

/** The ways in which Cohere writes vectors down. */
export type EmbeddingType = 'float' | 'int8' | 'uint8' | 'binary' | 'ubinary' | 'base64'

/** What of a checked embed request of Cohere's shapes its answer. */
export interface EmbedRequestValue {
  readonly id: string
  readonly texts: readonly string[]
  /** Undefined: one list of numbers for each text, as v1 has it by itself. */
  readonly types: readonly EmbeddingType[] | undefined
  readonly dimensions: number | undefined
  readonly version: CohereVersion
}

export const Payload = packetType<HttpPayload>('Payload')
export const Body = packetType<HttpBody>('Body')
export const ApiObject = packetType<ApiObjectValue>('ApiObject')
export const GenerationRequest = packetType<GenerationRequestValue>('GenerationRequest')
export const ChatRequest = packetType<ChatRequestValue>('ChatRequest')
export const CompletionRequest = packetType<CompletionRequestValue>('CompletionRequest')
export const ResponsesRequest = packetType<ResponsesRequestValue>('ResponsesRequest')
export const MessagesRequest = packetType<MessagesRequestValue>('MessagesRequest')
export const TokenizeRequest = packetType<TokenizeRequestValue>('TokenizeRequest')
export const TokenizerOptions = packetType<TokenizerOptionsValue>('TokenizerOptions')
export const EmbeddingsRequest = packetType<EmbeddingsRequestValue>('EmbeddingsRequest')
export const RerankRequest = packetType<RerankRequestValue>('RerankRequest')
export const ClassifyRequest = packetType<ClassifyRequestValue>('ClassifyRequest')
export const PoolingRequest = packetType<PoolingRequestValue>('PoolingRequest')
export const EmbedRequest = packetType<EmbedRequestValue>('EmbedRequest')
export const PairedTexts = packetType<PairedTextsValue>('PairedTexts')
/** For each of several inputs, the text that it is a piece of. */
export const Owners = packetType<readonly number[]>('Owners')
/** A vector of float32 for each text. */
export const Vectors = packetType<readonly Float32Array[]>('Vectors')
export const Conversation = packetType<ModelConversation>('Conversation')
export const Texts = packetType<readonly string[]>('Texts')
export const Prompts = packetType<readonly CompletionPrompt[]>('Prompts')
/** What is wanted of an encoder. */
export const Output = packetType<ModelEncoder['outputs'][number]>('Output')
/** Token ids of each text. */
export const Tokens = packetType<readonly (readonly number[])[]>('Tokens')
export const SamplingParams = packetType<ModelSamplingParams>('SamplingParams')
export const Steps = packetType<ModelSteps>('Steps')
export const TextDelta = packetType<TextDeltaValue>('TextDelta')
export const MessageDelta = packetType<MessageDeltaValue>('MessageDelta')
export const AnswerWish = packetType<ModelAnswerWish>('AnswerWish')
/** The time of a packet elsewhere, as a signal: `BeginLoopCalculator`'s BATCH_END. */
export const Time = packetType<number>('Time')
/** A yes or no that steers a node: `GateCalculator`'s ALLOW. */
export const Flag = packetType<boolean>('Flag')
/** An index that steers a node: `MuxCalculator`'s SELECT. */
export const Index = packetType<number>('Index')

export const Encoder = packetType<ModelEncoder>('Encoder')
export const Llm = packetType<ModelLlm>('Llm')
export const Tokenizer = packetType<ModelTokenizer>('Tokenizer')
export const ChatTemplate = packetType<ModelChatTemplate>('ChatTemplate')
export const AnswerFormat = packetType<ModelAnswerFormat>('AnswerFormat')
