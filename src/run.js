// The door to every program. Plain JavaScript, because it must still run where the programs cannot: on an older Node.
//   node src/run.js serve
import module from 'node:module'

const needed = 24
const [major] = process.versions.node.split('.')
if (Number(major) < needed) {
  console.error(
    `Daily Papers needs Node ${needed} or newer and this is Node ${process.versions.node}: ` +
      'start it by `npm start`, which brings its own Node on Linux and Windows, or install Node from https://nodejs.org.',
  )
  process.exit(1)
}
// What was compiled once is kept where it can be: later starts are faster, and smaller by the compiler of TypeScript.
module.enableCompileCache(`${import.meta.dirname}/../node_modules/.cache/compiled`)
const [program] = process.argv.splice(2, 1)
await import(`./programs/${program}.ts`)
