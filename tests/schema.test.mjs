// What `haven check` writes for programs keeps to its published schemas, and says nothing that they do not name.
// Run by `./run test`, which sets HAVEN and NODE_PATH.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const require = createRequire(join(process.env.NODE_PATH, 'here.js'))
const { default: Ajv } = require('ajv/dist/2020')
const root = new URL('../', import.meta.url).pathname
const examples = join(root, 'content/datasets/cld-r2/examples')
const files = ['example_with_errors.csv', 'example.csv'].map((name) => join(examples, name))
const folder = mkdtempSync(join(tmpdir(), 'haven-schema-'))
after(() => rmSync(folder, { recursive: true }))

/** A schema that also refuses what it does not name, wherever it names anything. */
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed)
  if (schema === null || typeof schema !== 'object') return schema
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  const names = inside.properties && inside.type === 'object' && !['quality', 'profile'].some((part) => schema === open[part])
  return names ? { ...inside, additionalProperties: false } : inside
}

const report = JSON.parse(readFileSync(join(root, 'docs/schema/report.schema.json')))
const finding = JSON.parse(readFileSync(join(root, 'docs/schema/finding.schema.json')))
// These two are described by what must be in them.
const open = report.$defs.report.properties
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true })
const isReport = ajv.compile(closed(report))
const isFinding = ajv.compile(closed(finding))

function check(...args) {
  try {
    return execFileSync(process.env.HAVEN, ['check', '--today', '2026-01-15', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 })
  } catch (error) {
    return error.stdout
  }
}

const holds = (validate, value) => assert.ok(validate(value), JSON.stringify(validate.errors?.slice(0, 5), null, 2))

test('a document keeps to the schema', () => {
  const value = JSON.parse(check('--json', files[0]))
  holds(isReport, value)
  assert.ok(value.findings.length > 50)
})

test('a document of several files, of which one cannot be read, keeps to the schema', () => {
  const value = JSON.parse(check('--json', ...files, folder))
  holds(isReport, value)
  assert.equal(value.files.length, 3)
  assert.match(value.files[2].error, /folder/)
})

test('every line keeps to the schema, on standard output and in a report', () => {
  const path = join(folder, 'report.jsonl')
  const shown = check('--jsonl', files[0], '--report', path)
  assert.equal(shown, readFileSync(path, 'utf8'))
  const lines = shown.trim().split('\n').map((line) => JSON.parse(line))
  assert.ok(lines.length > 50)
  for (const line of lines) holds(isFinding, line)
})

test('a schema that lacks a field is noticed', () => {
  const [line] = check('--jsonl', files[0]).split('\n')
  assert.ok(!isFinding({ ...JSON.parse(line), colour: 'red' }))
  assert.ok(!isFinding({ ...JSON.parse(line), row: 'two' }))
})
