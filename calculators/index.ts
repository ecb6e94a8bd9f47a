import type { Registry } from '../engine/index.ts'
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
import { TokenizeRequestCalculator } from './openai/tokenize-request.ts'
import { TokenizeResponseCalculator } from './openai/tokenize-response.ts'
import { ChatTemplateCalculator } from './text/chat-template.ts'
import { DetokenizerCalculator } from './text/detokenizer.ts'
import { TokenizerCalculator } from './text/tokenizer.ts'

export type { ApiSchemas, ToldSchema } from './api-schemas.ts'
export { toldSchemas } from './api-schemas.ts'
export { checkRequest } from './openai/check-request.ts'
export * from './packets.ts'

/** Every calculator, by the name that graph files use. */
export const calculators = {
  AnswerGrammarCalculator,
  AnswerParserCalculator,
  BeginLoopCalculator,
  ChatRequestCalculator,
  ChatResponseCalculator,
  ChatTemplateCalculator,
  CollectCalculator,
  CompletionRequestCalculator,
  CompletionResponseCalculator,
  ConstantSidePacketCalculator,
  DemuxCalculator,
  DetokenizerCalculator,
  EndLoopCalculator,
  FlowLimiterCalculator,
  GateCalculator,
  JsonSerializerCalculator,
  LlmExecutorCalculator,
  MergeCalculator,
  MuxCalculator,
  PacketClonerCalculator,
  PassThroughCalculator,
  PreviousLoopbackCalculator,
  RoundRobinDemuxCalculator,
  SidePacketToStreamCalculator,
  SpreadCalculator,
  SseSerializerCalculator,
  TextCheckCalculator,
  TokenizeRequestCalculator,
  TokenizeResponseCalculator,
  TokenizerCalculator,
} satisfies Registry
