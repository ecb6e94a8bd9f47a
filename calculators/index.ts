import type { Registry } from '../engine/index.ts'
import { CountTokensRequestCalculator } from './anthropic/count-tokens-request.ts'
import { MessagesRequestCalculator } from './anthropic/messages-request.ts'
import { MessagesResponseCalculator } from './anthropic/messages-response.ts'
import { EmbedRequestCalculator } from './cohere/embed-request.ts'
import { EmbedResponseCalculator } from './cohere/embed-response.ts'
import { RerankRequestCalculator } from './cohere/rerank-request.ts'
import { RerankResponseCalculator } from './cohere/rerank-response.ts'
import { BeginLoopCalculator } from './core/begin-loop.ts'
import { CollectCalculator } from './core/collect.ts'
import { ConstantSidePacketCalculator } from './core/constant-side-packet.ts'
import { DemuxCalculator } from './core/demux.ts'
import { EndLoopCalculator } from './core/end-loop.ts'
import { FlowLimiterCalculator } from './core/flow-limiter.ts'
import { GateCalculator } from './core/gate.ts'
import { MergeCalculator } from './core/merge.ts'
import { MuxCalculator } from './core/mux.ts'
import { PacketClonerCalculator } from './core/packet-cloner.ts'
import { PassThroughCalculator } from './core/pass-through.ts'
import { PreviousLoopbackCalculator } from './core/previous-loopback.ts'
import { RoundRobinDemuxCalculator } from './core/round-robin-demux.ts'
import { SidePacketToStreamCalculator } from './core/side-packet-to-stream.ts'
import { SpreadCalculator } from './core/spread.ts'
import { EncoderCalculator } from './encoder/encoder.ts'
import { JsonSerializerCalculator } from './http/json-serializer.ts'
import { SseSerializerCalculator } from './http/sse-serializer.ts'
import { AnswerGrammarCalculator } from './llm/answer-grammar.ts'
import { AnswerParserCalculator } from './llm/answer-parser.ts'
import { LlmExecutorCalculator } from './llm/llm-executor.ts'
import { TextCheckCalculator } from './llm/text-check.ts'
import { ChatRequestCalculator } from './openai/chat-request.ts'
import { ChatResponseCalculator } from './openai/chat-response.ts'
import { CompletionRequestCalculator } from './openai/completion-request.ts'
import { CompletionResponseCalculator } from './openai/completion-response.ts'
import { DetokenizeRequestCalculator } from './openai/detokenize-request.ts'
import { DetokenizeResponseCalculator } from './openai/detokenize-response.ts'
import { EmbeddingsRequestCalculator } from './openai/embeddings-request.ts'
import { EmbeddingsResponseCalculator } from './openai/embeddings-response.ts'
import { InputTokensResponseCalculator } from './openai/input-tokens-response.ts'
import { RenderResponseCalculator } from './openai/render-response.ts'
import { ResponsesRequestCalculator } from './openai/responses-request.ts'
import { ResponsesResponseCalculator } from './openai/responses-response.ts'
import { TokenizeRequestCalculator } from './openai/tokenize-request.ts'
import { TokenizeResponseCalculator } from './openai/tokenize-response.ts'
import { TeiEmbedAllResponseCalculator } from './tei/tei-embed-all-response.ts'
import { TeiEmbedRequestCalculator } from './tei/tei-embed-request.ts'
import { TeiEmbedResponseCalculator } from './tei/tei-embed-response.ts'
import { TeiEmbedSparseResponseCalculator } from './tei/tei-embed-sparse-response.ts'
import { ChatTemplateCalculator } from './text/chat-template.ts'
import { DetokenizerCalculator } from './text/detokenizer.ts'
import { PairTokenizerCalculator } from './text/pair-tokenizer.ts'
import { TokenizerCalculator } from './text/tokenizer.ts'
import { ClassifyRequestCalculator } from './vllm/classify-request.ts'
import { ClassifyResponseCalculator } from './vllm/classify-response.ts'
import { PoolingRequestCalculator } from './vllm/pooling-request.ts'
import { PoolingResponseCalculator } from './vllm/pooling-response.ts'
import { ScoreRequestCalculator } from './vllm/score-request.ts'
import { ScoreResponseCalculator } from './vllm/score-response.ts'

export type { ApiSchemas, ToldSchema } from './api-schemas.ts'
export { toldSchemas } from './api-schemas.ts'
export { wantsStream } from './http/sse-serializer.ts'
export { checkRequest } from './openai/index.ts'
export * from './packets.ts'

/** Every calculator, by the name that graph files use. */
export const calculators = {
  AnswerGrammarCalculator,
  AnswerParserCalculator,
  BeginLoopCalculator,
  ChatRequestCalculator,
  ChatResponseCalculator,
  ChatTemplateCalculator,
  ClassifyRequestCalculator,
  ClassifyResponseCalculator,
  CollectCalculator,
  CompletionRequestCalculator,
  CompletionResponseCalculator,
  ConstantSidePacketCalculator,
  CountTokensRequestCalculator,
  DemuxCalculator,
  DetokenizeRequestCalculator,
  DetokenizeResponseCalculator,
  DetokenizerCalculator,
  EmbedRequestCalculator,
  EmbedResponseCalculator,
  EmbeddingsRequestCalculator,
  EmbeddingsResponseCalculator,
  EncoderCalculator,
  EndLoopCalculator,
  FlowLimiterCalculator,
  GateCalculator,
  InputTokensResponseCalculator,
  JsonSerializerCalculator,
  LlmExecutorCalculator,
  MergeCalculator,
  MessagesRequestCalculator,
  MessagesResponseCalculator,
  MuxCalculator,
  PacketClonerCalculator,
  PairTokenizerCalculator,
  PassThroughCalculator,
  PoolingRequestCalculator,
  PoolingResponseCalculator,
  PreviousLoopbackCalculator,
  RenderResponseCalculator,
  ResponsesRequestCalculator,
  ResponsesResponseCalculator,
  RerankRequestCalculator,
  RerankResponseCalculator,
  RoundRobinDemuxCalculator,
  ScoreRequestCalculator,
  ScoreResponseCalculator,
  SidePacketToStreamCalculator,
  SpreadCalculator,
  SseSerializerCalculator,
  TeiEmbedAllResponseCalculator,
  TeiEmbedRequestCalculator,
  TeiEmbedResponseCalculator,
  TeiEmbedSparseResponseCalculator,
  TextCheckCalculator,
  TokenizeRequestCalculator,
  TokenizeResponseCalculator,
  TokenizerCalculator,
} satisfies Registry
