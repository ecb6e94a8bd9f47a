export { loadTokenizer } from './native.ts'
export type { Tokenizer } from './tokenizer.ts'
