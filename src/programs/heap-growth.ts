import { setFlagsFromString } from 'node:v8'

/**
 * Lets the heap grow by 40 % beyond what is in use before V8 collects garbage. By itself, V8 lets it become four times as
 * large, and programs that process millions of records use little at a time.
 */
export const limitHeapGrowth = (): void => setFlagsFromString('--heap-growing-percent=40')
