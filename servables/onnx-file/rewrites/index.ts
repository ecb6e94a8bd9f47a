export { LOGITS_POSITIONS, lastLogits } from './last-logits.ts'
export { perTokenInt8 } from './per-token-int8.ts'
export type { Rewrite } from './rewrite.ts'
