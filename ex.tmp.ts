import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { startDatabase } from './src/db/start.ts'
import { drizzle } from 'drizzle-orm/postgres-js'
import { searchPapers } from './src/lists/search.ts'
const running = await startDatabase({ databaseUrl: null, dataDir: process.argv[2]! }, ()=>{})
const client=postgres(running.url,{max:1,onnotice:(n)=>console.log(n.message)})
await client.unsafe(`load 'auto_explain'; set auto_explain.log_min_duration=0; set auto_explain.log_analyze=on; set client_min_messages=log; set auto_explain.log_timing=on`)
const db=drizzle(client) as any
for (let i=0;i<+(process.argv[4]??1);i++) { const t=performance.now(); await searchPapers(db,{query:process.argv[3]!,filter:{},scope:{}},{limit:20,after:null,before:null,backwards:false}); console.log('ms',performance.now()-t) }
await client.end(); await running.stop()
