export { loadTokenizer } from './native.ts'
