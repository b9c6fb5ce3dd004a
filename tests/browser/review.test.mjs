// Clerical review in a real browser: fifty pairs by keyboard alone, without scripts, at 320 pixels, and the reports of
// linkage. Run by `./run test`, which sets HAVEN, HAVEN_SITE__FRONTEND and NODE_PATH.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { open, visitor } from './demo.mjs'
import { look } from './look.mjs'

const PAIRS = 50

let demo

// Many pairs of each band, so that there are fifty in a small place.
before(async () => { demo = await open({ HAVEN_REVIEW__SAMPLE_PER_BAND: '60' }) })
after(async () => { await demo?.close() })

/** How many pairs are left, as the title says. */
async function left(page) {
  const found = /, ([\d,]+) left/.exec(await page.title())
  assert.ok(found, await page.title())
  return Number(found[1].replace(',', ''))
}

/** One key, once the focus is where keys work, which it is from the start. */
async function press(page, key, there) {
  await page.waitForFunction(() => document.activeElement?.closest('form[data-haven-decide]'))
  await Promise.all([page.waitForURL(there), page.keyboard.press(key)])
  await page.waitForLoadState('load')
}

test('fifty pairs by keyboard, one key each', async (t) => {
  const { page, context, complaints } = await visitor(demo, 'ora')
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.goto('/review?mode=sample')
  await look(page, 'sample')
  await page.click('main a.nhsuk-button')
  const begun = await left(page)
  assert.ok(begun >= PAIRS, `${begun} pairs wait`)
  await look(page, 'pair of the sample')
  assert.equal(await page.locator('svg.haven-picture').count(), 0)
  const keys = ['s', 'd', 'n']
  const started = Date.now()
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const before = page.url()
    assert.equal(await left(page), begun - pair)
    await press(page, keys[pair % keys.length], (url) => url.href !== before)
  }
  t.diagnostic(`${((Date.now() - started) / 1000 / PAIRS).toFixed(2)} s for a pair`)
  // One key takes the last one back, and it is asked again.
  const next = page.url()
  await press(page, 'u', (url) => url.href !== next)
  assert.equal(await left(page), begun - PAIRS + 1)
  await press(page, 'd', (url) => url.href === next)
  await page.goto('/review/decisions')
  await look(page, 'decisions')
  assert.match(await page.locator('main').innerText(), /Taken back/)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a pair without scripts, by keyboard', async () => {
  const { page, context } = await visitor(demo, 'ora', { javaScriptEnabled: true })
  await context.route('**/*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }))
  await page.goto('/review?mode=sample')
  await page.click('main a.nhsuk-button')
  const before = await left(page)
  // A pair that is not decided says what is missing.
  await Promise.all([page.waitForEvent('load'), page.locator('form[data-haven-decide] button').press('Enter')])
  assert.match(await page.title(), /^Error: Review pair/)
  await look(page, 'pair without a choice')
  await page.locator('input[type=radio]').first().focus()
  await page.keyboard.press('ArrowDown')
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
  assert.equal(await left(page), before - 1)
  await context.close()
})

test('the queue, its pairs with their bars, and the reports', async () => {
  const { page, context, complaints } = await visitor(demo, 'ora')
  await page.goto('/review')
  await look(page, 'queue')
  const start = page.locator('main a.nhsuk-button')
  assert.equal(await start.count(), 1, 'the place has no pair that waits')
  await start.click()
  await look(page, 'pair')
  assert.ok(await page.locator('svg').count() > 0)
  await page.goto('/linkage')
  await look(page, 'linkage')
  const report = await page.locator('main a[href^="/linkage/"]').first().getAttribute('href')
  await page.goto(report)
  await look(page, 'linkage report')
  assert.deepEqual(complaints, [])
  await context.close()
})
