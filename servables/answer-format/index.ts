export { answerFormat, reasoningParsers, toolParsers } from './format.ts'
export { plainFormat } from './plain.ts'
export type { ThinkingLimit } from './thinking-limit.ts'
