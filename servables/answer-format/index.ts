export { plainFormat } from './plain.ts'
