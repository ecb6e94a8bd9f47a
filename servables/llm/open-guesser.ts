import { EngineError } from '../../engine/index.ts'
import type { LoadContext } from '../servable.ts'
import type { ModelInit } from './architecture.ts'
import { DraftModel } from './draft-model.ts'
import { Guesser } from './guesser.ts'
import { openRewritten, openRunner } from './open-runner.ts'
import { PromptLookup } from './prompt-lookup.ts'
import type { Runner } from './runner.ts'
import { Sequence } from './sequence.ts'

/**
 * What guesses ahead for a model, if it is to be guessed for and its runner can compute guesses.
 *
 * @throws EngineError `bad_model` when a draft model cannot be loaded
 */
export async function openGuesser(
  runner: Runner,
  { guessing }: ModelInit,
  context: Pick<LoadContext, 'log' | 'progress'>,
): Promise<Guesser | undefined> {
  if (guessing === undefined || runner.lanes === 0) return undefined
  const source = guessing === 'prompt_lookup' ? new PromptLookup() : await openDraft(runner, guessing, context)
  return new Guesser(source, runner.lanes)
}

async function openDraft(guessed: Runner, asked: ModelInit, context: Pick<LoadContext, 'log' | 'progress'>): Promise<DraftModel> {
  const { session, init } = await openRewritten(asked, context)
  try {
    const runner = await openRunner(session, init, context.log)
    const close = async (): Promise<void> => {
      await session.dispose()
      runner.dispose()
    }
    if (!runner.rewinds) throw cannotRewind(init.file)
    const cost = (await durationOf(runner)) / (await durationOf(guessed))
    return new DraftModel(runner, cost, init, close)
  } catch (error) {
    await session.dispose()
    throw error
  }
}

/** What a run of one token takes: the least of some, as whatever comes between makes it more. */
async function durationOf(runner: Runner): Promise<number> {
  const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0, choice: 0 }
  const sequence = new Sequence(0, { prompt: [0], emitted: [], sampling, maxLength: 1, endTokens: [] })
  sequence.row = 0
  let least = Number.POSITIVE_INFINITY
  for (let time = 0; time < 5; time++) {
    const began = performance.now()
    await runner.run({ kind: 'prefill', sequence, from: 0, to: 1, wanting: [] })
    least = Math.min(least, performance.now() - began)
  }
  runner.memory.release(0)
  return least
}

function cannotRewind(file: string): EngineError {
  const remedy = "Export it with 'python -m onnxruntime_genai.models.builder -e cpu'"
  return new EngineError('bad_model', `${file} cannot guess: its cache cannot be written over. ${remedy}.`)
}
