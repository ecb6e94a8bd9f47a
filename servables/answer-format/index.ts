export { answerFormat, reasoningParsers, toolParsers } from './format.ts'
export { plainFormat } from './plain.ts'
