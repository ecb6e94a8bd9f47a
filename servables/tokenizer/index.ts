export { loadTokenizer } from './native.ts'
export { readTokenBytes } from './token-bytes.ts'
export type { Tokenizer } from './tokenizer.ts'
