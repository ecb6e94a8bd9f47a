export type {
  AnswerFormat,
  AnswerParser,
  AnswerPart,
  AnswerWish,
} from './answer-format/answer-format.ts'
export type { Distribution } from './distribution.ts'
export type { Encoder } from './encoder/encoder.ts'
export type { GrammarSpec } from './grammar/index.ts'
export { SettledHeap } from './heap.ts'
export { kinds } from './kinds.ts'
export type { FinishReason, Llm, SamplingParams, Step, Steps, TokenLogprobs } from './llm/llm.ts'
export type { Metric } from './metric.ts'
export type { ModelDefinition, ServableSource, SidePick } from './repository.ts'
export { joinSides, Repository } from './repository.ts'
export type { Progress, ServableKind } from './servable.ts'
export type { ChatTemplate, Conversation, TemplateMessage } from './template/chat-template.ts'
export type { TokenDecoder, Tokenizer } from './tokenizer/tokenizer.ts'
