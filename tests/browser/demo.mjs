// The demo as a place to test on: a home of its own, the site on a free port, and people who sign in.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// The libraries lie outside the checkout, where only `require` looks for NODE_PATH.
const require = createRequire(import.meta.url)
const { chromium } = require('playwright-core')

const PEOPLE = 1500

/** Makes the place, serves it, and starts a browser. */
export async function open(settings = {}) {
  const home = mkdtempSync(join(tmpdir(), 'haven-browser-'))
  const environment = { ...process.env, HAVEN_HOME: home, HAVEN_SITE__SIGN_INS_A_MINUTE: '1000', HAVEN_CLOCK_STARTS_AT: '2026-10-30T09:00:00Z', ...settings }
  execFileSync(process.env.HAVEN, ['demo', '--no-serve', '--people', String(PEOPLE), '--quiet'], { env: environment, stdio: 'pipe' })
  const server = spawn(process.env.HAVEN, ['serve', '--address', '127.0.0.1:0'], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
  const site = await addressOf(server)
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
  return {
    site,
    browser,
    place: join(home, 'place'),
    async close() {
      await browser.close()
      server.kill()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function addressOf(server) {
  return new Promise((resolve, reject) => {
    let said = ''
    server.stderr.on('data', (piece) => {
      said += piece
      const found = /http:\/\/[^\s]+/.exec(said)
      if (found) resolve(found[0])
    })
    server.on('exit', () => reject(new Error(`the server has ended: ${said}`)))
  })
}

/** A visitor, or one of the demo's people, with what their pages complain of. */
export async function visitor(demo, name, options = {}) {
  const context = await demo.browser.newContext({ baseURL: demo.site, ...options })
  const page = await context.newPage()
  const complaints = []
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    // The browser itself notes every answer that is not a page in order; those are looked at as pages.
    if (message.text().startsWith('Failed to load resource: the server responded with a status of 4') && message.location().url === page.url()) return
    complaints.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(demo.site) && !request.url().startsWith('data:')) complaints.push(`asks elsewhere: ${request.url()}`)
  })
  if (name) {
    await page.goto('/sign-in')
    await page.fill('#username', name)
    await page.fill('#password', `invented-place-${name}`)
    await page.click('main button')
    await page.waitForURL(`${demo.site}/`)
  }
  return { context, page, complaints }
}

/** The newest file of a council's in the place. */
export function fileOf(demo, council) {
  const folder = join(demo.place, 'cld')
  const files = readdirSync(folder, { recursive: true }).filter((f) => f.includes(council) && f.endsWith('.csv')).sort()
  return join(folder, files.at(-1))
}
