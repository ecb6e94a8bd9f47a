import { EngineError } from '../../engine/index.ts'

/**
 * What a model puts before texts for a use, such as `query`.
 *
 * @throws EngineError `invalid_value` that names those it has
 */
export function promptNamed(name: string, prompts: Readonly<Record<string, string>>): string {
  const prompt = Object.hasOwn(prompts, name) ? prompts[name] : undefined
  if (prompt !== undefined) return prompt
  const known = Object.keys(prompts).join(', ') || 'none'
  throw new EngineError(
    'invalid_value',
    `prompt_name must be one of this model's prompts: ${known}; got ${JSON.stringify(name)}.`,
    {
      param: 'prompt_name',
    },
  )
}
