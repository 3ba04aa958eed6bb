import { createElement, useState } from 'react'
import { createRoot } from 'react-dom/client'

function App() {
  const [first, setFirst] = useState(1)
  return createElement(
    'main',
    null,
    createElement(
      'daily-papers',
      { topics: ['agents', 'retrieval'], orderBy: 'NEWEST', 'has-code': 'false', live: false, colour: 'red', first },
      'Papers',
    ),
    createElement('button', { type: 'button', onClick: () => setFirst(2) }, 'More'),
  )
}

createRoot(document.querySelector('#app')).render(createElement(App))
