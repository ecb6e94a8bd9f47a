export { loadTokenizer } from './native.ts'
export type { TokenDecoder, Tokenizer } from './tokenizer.ts'
