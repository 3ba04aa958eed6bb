import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { startDatabase } from './src/db/start.ts'
import { openDatabase } from './src/db/client.ts'
import { searchPapers } from './src/lists/search.ts'
const running = await startDatabase({ databaseUrl: null, dataDir: '/tmp/core/scifact' }, ()=>{})
const { db, close } = openDatabase(running.url, { connections: 2, statementTimeout: 0 })
const dir='/work/shared/data/ir/scifact-train/'
const lines=(f:string)=>readFileSync(dir+f,'utf8').trim().split('\n')
const docs=lines('corpus.jsonl').map(l=>JSON.parse(l)), queries=lines('queries.jsonl').map(l=>JSON.parse(l))
const [first]=await db.execute<any>(sql`select min(id)::int m from papers`)
const qrels=new Map<string,Map<string,number>>()
for(const l of lines('qrels.tsv').slice(1)){const [q,d,s]=l.split('\t');(qrels.get(q)??qrels.set(q,new Map()).get(q)!).set(d!,+s!)}
let nd=0,r100=0,n=0,empty=0,mrr=0,corr:string[]=[];const times:number[]=[]
for(const q of queries){const rel=qrels.get(q._id);if(!rel)continue
 const t=performance.now();const r=await searchPapers(db,{query:q.text,filter:{},scope:{}},{limit:100,after:null,before:null,backwards:false});times.push(performance.now()-t)
 const top=r.page.items.map(i=>docs[i.id-first.m]._id)
 if(r.correctedQuery)corr.push(q.text+' => '+r.correctedQuery)
 if(!top.length){empty++;console.log('EMPTY',q.text)}
 let dcg=0,ideal=0;top.slice(0,10).forEach((d,i)=>{const g=rel.get(d)??0;dcg+=g/Math.log2(i+2)});for(let i=0;i<Math.min(10,rel.size);i++)ideal+=1/Math.log2(i+2)
 nd+=dcg/ideal;r100+=top.filter(d=>rel.get(d)).length/rel.size;n++;const k=top.slice(0,10).findIndex(d=>rel.get(d));mrr+=k<0?0:1/(k+1)}
times.sort((a,b)=>a-b)
console.log('ndcg',(nd/n).toFixed(4),'r100',(r100/n).toFixed(4),'mrr',(mrr/n).toFixed(4),'empty',empty,n,'p50',times[n>>1],'p95',times[Math.floor(n*.95)])
console.log(corr.length,corr.slice(0,40).join('\n'))
for (const q of process.argv.slice(2)){const r=await searchPapers(db,{query:q,filter:{},scope:{}},{limit:5,after:null,before:null,backwards:false});console.log(q,'|',r.correctedQuery,r.paperIds.length,r.page.items.map(i=>i.score.toFixed(2)+' '+docs[i.id-first.m].title.slice(0,60)))}
await close(); await running.stop()
