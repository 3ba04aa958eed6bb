/** Pseudo-random numbers from 0 to 1, the same for the same seed, so that a failing case comes again. */
export { numbers as random } from '../../src/generate/numbers.ts'
