// One look at the page that is shown: it fits at every width, axe finds nothing, and a picture is kept where PICTURES
// names a folder.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const WIDTHS = [320, 768, 1280]
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What stands out of the page to the right: boxes, and words within boxes. */
const outside = () => {
  const edge = document.documentElement.clientWidth + 1
  const words = document.createRange()
  const right = (e) => {
    words.selectNodeContents(e)
    return Math.max(e.getBoundingClientRect().right, words.getBoundingClientRect().right)
  }
  return [...document.body.querySelectorAll('*')]
    .filter((e) => e.closest('[tabindex="0"], .nhsuk-scroll__content') === null && right(e) > edge)
    .map((e) => `${e.tagName.toLowerCase()}.${e.className.baseVal ?? e.className}`)
    .slice(-4)
}

/** Without scripts a page is the same at every width but for its layout, so axe looks once. */
export async function look(page, name, scripts = true) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 })
    // The header puts what does not fit behind "More" once the window has a new size, so it is given a moment.
    const fits = () => document.documentElement.scrollWidth <= document.documentElement.clientWidth
    const wide = await page.waitForFunction(fits, undefined, { timeout: 2000 }).then(() => null, () => page.evaluate(outside))
    if (process.env.PICTURES) {
      mkdirSync(process.env.PICTURES, { recursive: true })
      const picture = await page.screenshot({ fullPage: true })
      writeFileSync(join(process.env.PICTURES, `${name.replace(/[^a-z0-9]+/gi, '-')}-${width}.png`), picture)
    }
    assert.equal(wide, null, `${name} at ${width} scrolls sideways: ${wide}`)
    if (!scripts && width !== WIDTHS[0]) continue
    // The policy of the pages keeps scripts out that are not the site's own, so axe comes in from outside.
    const found = await page.evaluate(`${axe}; axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`)
    const faults = found.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join('; ')})`)
    assert.deepEqual(faults, [], `${name} at ${width}`)
  }
}
