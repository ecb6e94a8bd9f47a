export { loadTokenizer } from './native.ts'
export { haveSameTokens } from './same-tokens.ts'
export { readTokenBytes } from './token-bytes.ts'
export type { Tokenizer } from './tokenizer.ts'
