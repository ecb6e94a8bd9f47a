import type { CompiledGrammar, GrammarCompiler, GrammarMatcher } from '@mlc-ai/web-xgrammar'
import { readRules } from './read-ebnf.ts'
import { toSource } from './source.ts'
import type { GrammarSpec } from './spec.ts'
import { piecesOf, type Vocabulary } from './vocabulary.ts'
import { isBreak } from './webassembly.ts'
import { loadXGrammar, type XGrammar } from './xgrammar.ts'

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
   * @returns why it cannot be, if so
   * @throws Error with the library's reason when it has aborted: it is not to be used any more
   */
  async compile(id: number, spec: GrammarSpec): Promise<string | undefined> {
    this.#printed.length = 0
    try {
      this.#compiled.set(id, await this.#compileAs(spec))
      return undefined
    } catch (cause) {
      if (!isBreak(cause)) return cause instanceof Error ? reasonIn(cause.message) : String(cause)
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
    const source = toSource(spec, 'it', undefined, checkRules)
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

/** The compiler takes rules that never end, and then allows no token, or none behind some; and those that it takes minutes over. */
function checkRules(ebnf: string): void {
  const rules = readRules(ebnf)
  if (rules?.excess !== undefined) throw new Error(rules.excess)
  const endless = rules?.endless
  if (endless !== undefined)
    throw new Error(`its rule ${endless.slice(0, 64)} needs itself or \`[]\`, so that no text could be whole`)
}

/** `[FATAL] file.cc:12: Check failed: (condition) is false: Reason` → `Reason`. */
function reasonIn(line: string): string {
  const reason = line.replace(/^\[\w+\] \S+:\d+: /, '').replace(/^Check failed: \(.*?\) is false: /, '')
  return (reason.length > maxReason ? `${reason.slice(0, maxReason)}…` : reason).replace(/\.$/, '')
}
