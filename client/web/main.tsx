import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { connect } from './app/connect.ts'
import { followAppearance } from './state/appearance.ts'
import { startEngine } from './state/index.ts'

followAppearance()
const connection = await connect()
startEngine(connection)

const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
