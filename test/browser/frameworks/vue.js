import { createApp, h, ref } from 'vue'

createApp({
  setup() {
    const first = ref(1)
    return () => [
      h(
        'daily-papers',
        {
          topics: ['agents', 'retrieval'],
          orderBy: 'NEWEST',
          'has-code': 'false',
          live: false,
          colour: 'red',
          first: first.value,
        },
        'Papers',
      ),
      h('button', { onClick: () => (first.value = 2) }, 'More'),
    ]
  },
}).mount('#app')
