import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compiled, type LiveServer, root, serving } from '../cli/support.ts'

/** The demo models, as the default configuration has them, and one with several labels, whose weights are random. */
const models = {
  'demo-chat': 'models/demo-chat',
  'demo-embed': 'models/demo-embed',
  'demo-rerank': 'models/demo-rerank',
  classifier: 'spec/fixtures/encoders/roberta-classify',
}

/** Elements of `demo-embed`'s vectors. */
export const width: number = JSON.parse(readFileSync(join(root, 'models/demo-embed/config.json'), 'utf8')).hidden_size

/** A question, and texts of which one answers it. */
export const query = 'What is the capital of France?'
export const documents = ['Berlin is in Germany.', 'Paris is the capital of France.', 'Cats are animals.']
export const answering = 1

/** A text, one that means nearly the same, and one that does not. */
export const texts = ['How do I reset my password?', 'I forgot my login credentials', 'The recipe needs two eggs']

/** How near the second of three vectors of length 1 is to the first, and the third. */
export function nearness([first = [], ...others]: readonly (readonly number[])[]): number[] {
  return others.map((other) => other.reduce((sum, value, at) => sum + value * first[at]!, 0))
}

/** A live server of these models; `stop` ends it, and gives its exit code. */
export async function servingEncoders(
  names: readonly (keyof typeof models)[] = ['demo-embed', 'demo-rerank', 'classifier'],
): Promise<Pick<LiveServer, 'url' | 'stop' | 'stderr'>> {
  const folder = await mkdtemp(join(tmpdir(), 'ovms-ts-encoders-'))
  const list = names.map((name) => ({ config: { name, base_path: join(root, models[name]) } }))
  const config = join(folder, 'config.json')
  writeFileSync(config, JSON.stringify({ model_config_list: list, default_model: names[0] }))
  const server = await serving(['--config', config], { program: compiled })
  rmSync(folder, { recursive: true })
  return server
}
