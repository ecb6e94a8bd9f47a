export type { FinishReason, Llm, SamplingParams, Step } from './llm/llm.ts'
export type { LoadContext, Progress, Servable, ServableKind } from './servable.ts'
export type { ChatTemplate, Conversation, TemplateMessage } from './template/chat-template.ts'
export type { TokenDecoder, Tokenizer } from './tokenizer/tokenizer.ts'
