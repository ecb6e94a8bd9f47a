export type { ChatTemplate, Conversation, TemplateMessage } from './chat-template.ts'
export { loadChatTemplate } from './load.ts'
