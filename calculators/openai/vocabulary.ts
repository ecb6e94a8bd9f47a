import { EngineError } from '../../engine/index.ts'

/** Throws `invalid_value` when one of the token ids in the request's field `param` is not the model's. */
export function checkVocabulary(tokens: readonly number[], vocabularySize: number, param: string): void {
  const at = tokens.findIndex((token) => token >= vocabularySize)
  if (at < 0) return
  const message = `Token id ${tokens[at]} is out of vocabulary; this model's ids go from 0 to ${vocabularySize - 1}.`
  throw new EngineError('invalid_value', message, { param: `${param}[${at}]` })
}
