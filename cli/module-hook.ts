import type { InitializeHook, ResolveHook } from 'node:module'

/** What calculators of an author's own import by name → the modules that this very server runs on. */
let own: Readonly<Record<string, string>> = {}

export const initialize: InitializeHook<Readonly<Record<string, string>>> = (modules) => {
  own = modules
}

/**
 * Runs in Node's thread for module hooks. An author's file may lie anywhere, so `ovms-ts/engine` means the running server's
 * instance: a second one would have another EngineError. TypeScript files are ES modules, whatever a package.json near them
 * says, or leaves out.
 */
export const resolve: ResolveHook = (specifier, context, next) => {
  const url = own[specifier]
  if (url !== undefined) return { url, format: 'module', shortCircuit: true }
  if (!/^(file:|\.\.?\/).*\.ts$/.test(specifier)) return next(specifier, context)
  return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
}
