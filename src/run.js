// Starts every program. Plain JavaScript, because it must also run on a Node too old for the programs.
//   node src/run.js serve
import module from 'node:module'

const PROGRAMS = [
  'serve',
  'import',
  'sync',
  'export',
  'dump',
  'restore',
  'backup',
  'generate',
  'token',
  'user',
  'check-counts',
  'index-search',
  'digest',
  'print-schema',
  'embed-script',
]
const USAGE = `Usage: node src/run.js PROGRAM   starts one of ${PROGRAMS.join(', ')}; PROGRAM --help explains it`

const needed = 24
const [major] = process.versions.node.split('.')
if (Number(major) < needed) {
  console.error(
    `Daily Papers needs Node ${needed} or newer, and this is Node ${process.versions.node}. ` +
      'Start it with `npm start`, which brings its own Node on Linux and Windows, or install Node from https://nodejs.org.',
  )
  process.exit(1)
}
const [program] = process.argv.splice(2, 1)
if (program === '--help' || program === '-h') {
  console.log(USAGE)
} else if (!PROGRAMS.includes(program)) {
  console.error(USAGE)
  process.exitCode = 2
} else {
  // Caches compiled code: later starts are faster and need no memory for the TypeScript compiler.
  module.enableCompileCache(`${import.meta.dirname}/../node_modules/.cache/compiled`)
  await import('./resolution.js')
  await import(`./programs/${program}.ts`)
}
