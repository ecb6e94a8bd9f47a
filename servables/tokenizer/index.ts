export { loadTokenizer } from './native.ts'
export { readTokenBytes } from './token-bytes.ts'
