// Every dependency carries a licence that deny.toml allows, and comes from the one registry.
// It reads what cargo knows and needs no network; `cargo deny check` says more where it is installed.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const metadata = JSON.parse(
  execFileSync('cargo', ['metadata', '--format-version', '1', '--offline', '--locked'], {
    cwd: root,
    maxBuffer: 1 << 28,
  }),
)
const deny = readFileSync(join(root, 'deny.toml'), 'utf8')
const allowed = new Set([...deny.match(/^allow = \[([^\]]*)\]/m)[1].matchAll(/"([^"]+)"/g)].map((m) => m[1]))

const excepted = new Map(
  [...deny.matchAll(/\{ crate = "([^"]+)", allow = \["([^"]+)"\] \}/g)].map(([, name, licence]) => [name, licence]),
)

// A licence expression: `or` needs one side, `and` both; brackets are read inside out.
function holds(expression) {
  let text = expression.replaceAll('/', ' OR ').replaceAll('(', ' ( ').replaceAll(')', ' ) ').trim()
  const words = text.split(/\s+/)
  let at = 0
  const either = () => {
    let value = both()
    while (words[at] === 'OR') {
      at += 1
      value = both() || value
    }
    return value
  }
  const both = () => {
    let value = one()
    while (words[at] === 'AND') {
      at += 1
      value = one() && value
    }
    return value
  }
  const one = () => {
    if (words[at] === '(') {
      at += 1
      const value = either()
      at += 1
      return value
    }
    let name = words[at]
    at += 1
    if (words[at] === 'WITH') {
      name = `${name} WITH ${words[at + 1]}`
      at += 2
    }
    return allowed.has(name) || allowed.has(name.split(' WITH ')[0])
  }
  return either()
}

test('licence expressions are read', () => {
  assert.ok(allowed.has('MIT') && allowed.has('Apache-2.0'))
  assert.equal(holds('MIT OR GPL-3.0'), true)
  assert.equal(holds('MIT AND GPL-3.0'), false)
  assert.equal(holds('(GPL-2.0 OR Apache-2.0) AND MIT'), true)
})

test('every dependency carries an allowed licence', () => {
  const wrong = metadata.packages
    .filter((p) => p.source !== null)
    .filter((p) => !(p.license && (holds(p.license) || excepted.get(p.name) === p.license)))
    .map((p) => `${p.name} ${p.version}: ${p.license ?? p.license_file}`)
  assert.deepEqual(wrong, [])
})

test('every dependency comes from the registry', () => {
  const elsewhere = metadata.packages.filter((p) => p.source !== null && !p.source.startsWith('registry+'))
  assert.deepEqual(elsewhere.map((p) => p.name), [])
})
