import type { CompiledGrammar, GrammarCompiler, GrammarMatcher } from '@mlc-ai/web-xgrammar'
import { toSource } from './source.ts'
import type { GrammarSpec } from './spec.ts'
import { piecesOf, type Vocabulary } from './vocabulary.ts'
import { isBreak } from './webassembly.ts'
import { loadXGrammar, type XGrammar } from './xgrammar.ts'

/** Either of a grammar that is ready, with what of it is not enforced, or of why it cannot be. */
export interface Compilation {
  readonly reason?: string
  readonly warnings: readonly string[]
}

/** Characters of a reason, which may hold the whole grammar. */
const maxReason = 400

/** xgrammar's compiler for one vocabulary, and what it has compiled. For a thread of its own: it blocks. */
export class Compiler {
  readonly #library: XGrammar
  readonly #compiler: GrammarCompiler
  readonly #printed: string[]
  readonly #compiled = new Map<number, CompiledGrammar>()

  static async open(vocabulary: Vocabulary): Promise<Compiler> {
    const printed: string[] = []
    const library = loadXGrammar((line) => printed.push(line))
    const { size, stopTokens } = vocabulary
    // Bytes as they are; the library's own decodings of vocabularies know nothing of added tokens.
    const pieces = piecesOf(vocabulary) as unknown as string[]
    const info = await library.TokenizerInfo.createTokenizerInfo(pieces, 'raw', false, size, [...stopTokens])
    return new Compiler(library, await library.GrammarCompiler.createGrammarCompiler(info, false), printed)
  }

  private constructor(library: XGrammar, compiler: GrammarCompiler, printed: string[]) {
    this.#library = library
    this.#compiler = compiler
    this.#printed = printed
  }

  /**
   * @throws Error with the library's reason when it has aborted: it is not to be used any more
   */
  async compile(id: number, spec: GrammarSpec): Promise<Compilation> {
    this.#printed.length = 0
    try {
      this.#compiled.set(id, await this.#compileAs(spec))
      return { warnings: this.#printed.map(reasonIn) }
    } catch (cause) {
      if (!isBreak(cause)) return { reason: cause instanceof Error ? reasonIn(cause.message) : String(cause), warnings: [] }
      throw new Error(this.#abortReason(cause), { cause })
    }
  }

  forget(id: number): void {
    this.#compiled.get(id)?.dispose()
    this.#compiled.delete(id)
  }

  async matcher(id: number): Promise<GrammarMatcher> {
    const compiled = this.#compiled.get(id)
    if (compiled === undefined) throw new Error(`Grammar ${id} is not compiled here.`)
    return this.#library.GrammarMatcher.createGrammarMatcher(compiled)
  }

  #compileAs(spec: GrammarSpec): Promise<CompiledGrammar> {
    const source = toSource(spec, 'it')
    return typeof source === 'string' ? this.#compileText(source) : this.#compiler.compileStructuralTag(source)
  }

  async #compileText(text: string): Promise<CompiledGrammar> {
    const grammar = await this.#library.Grammar.fromEBNF(text)
    try {
      return await this.#compiler.compileGrammar(grammar)
    } finally {
      grammar.dispose()
    }
  }

  #abortReason(cause: unknown): string {
    const fatal = this.#printed.find((line) => line.startsWith('[FATAL]'))
    if (fatal !== undefined) return reasonIn(fatal)
    if (cause instanceof RangeError) return 'it is nested too deeply'
    return cause instanceof Error ? 'it needs too much memory' : 'it is not well formed'
  }
}

/** `[FATAL] file.cc:12: Check failed: (condition) is false: Reason` → `Reason`. */
function reasonIn(line: string): string {
  const reason = line.replace(/^\[\w+\] \S+:\d+: /, '').replace(/^Check failed: \(.*?\) is false: /, '')
  return (reason.length > maxReason ? `${reason.slice(0, maxReason)}…` : reason).replace(/\.$/, '')
}
