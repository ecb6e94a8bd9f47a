import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

export type XGrammar = Pick<
  typeof import('@mlc-ai/web-xgrammar'),
  'Grammar' | 'GrammarCompiler' | 'GrammarMatcher' | 'TokenizerInfo'
>

/**
 * Loads xgrammar's WebAssembly build. Its file is a UMD module in a package that calls itself an ES module, so neither `import`
 * nor `require` reads it; it is run as a function with the variables that CommonJS would give it.
 *
 * @param print receives each line that the library prints: `[FATAL] file:line: reason` before it aborts, `[WARNING] …`
 */
export function loadXGrammar(print: (line: string) => void): XGrammar {
  const file = fileURLToPath(import.meta.resolve('@mlc-ai/web-xgrammar'))
  const module = { exports: {} as XGrammar }
  const console = { log: print, warn: print, error: print }
  const parameters = ['exports', 'module', 'require', '__filename', '__dirname', 'console']
  const run = new Function(...parameters, readFileSync(file, 'utf8'))
  run(module.exports, module, createRequire(file), file, dirname(file), console)
  return module.exports
}
