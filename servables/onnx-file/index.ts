export { whyAttentionReadsEarly } from './attention.ts'
export { type RewriteOptions, rewriteModel } from './rewrite-model.ts'
export { LOGITS_MAXIMA, LOGITS_POSITIONS } from './rewrites/index.ts'
