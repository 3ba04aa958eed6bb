import { defineConfig } from 'drizzle-kit'

/** Read by drizzle-kit only, when `npm run migration` compares the tables with the migrations. */
export default defineConfig({ dialect: 'postgresql', schema: './drizzle/tables/*.ts', out: './drizzle/migrations' })
