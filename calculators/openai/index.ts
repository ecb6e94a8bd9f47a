// What other APIs have in common with OpenAI's: they are asked and answered by way of chat.
export { type Answer, sendAnswer } from './answer.ts'
export { type AnswerBlock, answerBlocks, type BlockEvent } from './answer-blocks.ts'
export { type ChatTools, toWish } from './chat-request.ts'
export { checkRequest, type Unsupported } from './check-request.ts'
export { generationFields, toGenerationRequest, toSamplingParams } from './generation-fields.ts'
export { conversationFields, limits, toConversation } from './messages.ts'
export { joinTurns, type Turn } from './turns.ts'
export { countCached, countTokens } from './usage.ts'
