export { loadChatTemplate } from './load.ts'
