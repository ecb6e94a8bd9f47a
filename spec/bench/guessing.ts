import { openBareLoop } from '../../servables/llm/bare-loop.ts'

const promptTokens = 80
const answerTokens = 96
/** Of so few tokens greedy answers soon repeat what stands before: copied text, whatever the weights. */
const allowedTokens = [11, 12, 13, 14, 15, 16, 17, 18]

/** Prompt lookup on copied text at batch 1: to be at least 1.6 times as fast as without it. */
export async function guessing(model: string): Promise<void> {
  for (const precision of ['int8', 'keep'] as const) {
    const options = { precision, max_num_seqs: 1, enable_prefix_caching: false }
    const plain = await openBareLoop(model, options)
    const ahead = await openBareLoop(model, { ...options, prompt_lookup: true })
    const prompt = Array.from({ length: promptTokens }, (_, index) => 20 + ((index * 37) % 400))
    const seconds = async (loop: typeof plain): Promise<number> => {
      const began = performance.now()
      await loop.answer(prompt, answerTokens, () => {}, { allowedTokens })
      return (performance.now() - began) / 1000
    }
    const ratios: number[] = []
    for (let round = 0; round < 9; round++) ratios.push((await seconds(plain)) / (await seconds(ahead)))
    const [least, median, most] = [0, 4, 8].map((at) => ratios.toSorted((a, b) => a - b)[at]!.toFixed(2))
    console.log(`${precision}: prompt lookup ${median} times as fast (${least} to ${most}; at least 1.6)`)
    await ahead.dispose()
    await plain.dispose()
  }
}
