import type { GrammarMatcher } from '@mlc-ai/web-xgrammar'
import type { Compiler } from './compiler.ts'
import type { Mask } from './mask.ts'
import type { Move, Position } from './protocol.ts'

/** One answer's way through its grammar, inside the thread. Asks the library nothing that it would abort on. */
export class Follower {
  readonly #matcher: GrammarMatcher
  readonly #size: number

  static async open(compiler: Compiler, grammar: number, size: number): Promise<Follower> {
    return new Follower(await compiler.matcher(grammar), size)
  }

  private constructor(matcher: GrammarMatcher, size: number) {
    this.#matcher = matcher
    this.#size = size
  }

  async move({ matcher, tokens, guesses, turn }: Move): Promise<Position> {
    const refused = tokens.find((token) => !this.#accept(token)) ?? -1
    const ended = this.#matcher.isTerminated()
    const masks = refused >= 0 || ended ? [] : await this.#lookAhead(guesses)
    return { matcher, turn, refused, ended, masks }
  }

  dispose(): void {
    this.#matcher.dispose()
  }

  async #lookAhead(guesses: readonly number[]): Promise<readonly Mask[]> {
    const masks = [await this.#matcher.getNextTokenBitmask()]
    let taken = 0
    for (const guess of guesses) {
      if (!this.#accept(guess)) break
      taken++
      if (this.#matcher.isTerminated()) break
      masks.push(await this.#matcher.getNextTokenBitmask())
    }
    if (taken > 0) this.#matcher.rollBack(taken)
    return masks
  }

  #accept(token: number): boolean {
    return token >= 0 && token < this.#size && !this.#matcher.isTerminated() && this.#matcher.acceptToken(token)
  }
}
