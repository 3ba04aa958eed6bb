/** Pseudo-random numbers from 0 to 1, the same for the same seed, so that a failure can be repeated. */
export { numbers as random } from '../../src/generate/numbers.ts'
