/** A process of its own that asks for one thing at a steady rate, and counts the answers: `flooder.ts <port> <path> <address> <per second>`. */

import { Agent, request } from 'node:http'

const [port, path = '/', address = '', rate] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 32 })
const body = JSON.stringify({ account: 'AAAAAAAAAAAAAAAAAAAAAA', device: 1 })
const TICK_MS = 20

const statuses: Record<string, number> = {}
const count = (status: string) => {
  statuses[status] = (statuses[status] ?? 0) + 1
}

function ask(): void {
  const isPost = path !== '/live'
  const headers = { 'cf-connecting-ip': address, ...(isPost && { 'content-type': 'application/json' }) }
  const call = request(
    { host: '127.0.0.1', port: Number(port), path, method: isPost ? 'POST' : 'GET', agent, headers },
    (response) => {
      response.resume()
      response.on('end', () => count(String(response.statusCode)))
    },
  )
  call.on('error', () => count('error'))
  call.end(isPost ? body : undefined)
}

const timer = setInterval(() => {
  for (let at = 0; at < (Number(rate) * TICK_MS) / 1_000; at += 1) ask()
}, TICK_MS)

// Told to end: says what it got.
process.on('message', () => {
  clearInterval(timer)
  process.send?.(statuses, () => process.exit())
})
