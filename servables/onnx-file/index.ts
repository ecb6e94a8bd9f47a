export { type RewriteOptions, type RewrittenModel, rewriteModel } from './rewrite-model.ts'
export { LOGITS_POSITIONS } from './rewrites/index.ts'
