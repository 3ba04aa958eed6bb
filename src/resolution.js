// A start of the server imports two thousand modules by five thousand names. Node finds each of them anew: it looks for files,
// follows links, and parses the package.json around them, which is more than half of the processor time of a start. What a name
// means depends only on the directory of the module that uses it, and on whether it is imported or required; so this hook asks
// Node once for each directory. It resolves relative imports of TypeScript and inside of Drizzle itself: Drizzle's package.json is
// 178 kB long. Without this hook everything works the same, only slower.
import { registerHooks } from 'node:module'

/** Results by the way, the directory and the name. */
const known = new Map()

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL } = context
    if (parentURL === undefined || specifier.startsWith('node:')) return nextResolve(specifier, context)
    const isRelative = specifier.startsWith('.')
    if (isRelative && specifier.endsWith('.ts') && !parentURL.includes('/node_modules/'))
      return { url: new URL(specifier, parentURL).href, format: 'module-typescript', shortCircuit: true }
    if (isRelative && parentURL.includes('/node_modules/drizzle-orm/'))
      return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true }

    const directory = parentURL.slice(0, parentURL.lastIndexOf('/'))
    const key = `${context.conditions.includes('require')} ${directory} ${specifier}`
    const found = known.get(key)
    if (found) return found
    const resolved = nextResolve(specifier, context)
    known.set(key, { ...resolved, shortCircuit: true })
    return resolved
  },
})
