// Every page in a real browser, as each of the demo's people: with scripts and without, at three widths.
// Run by `./run test`, which sets HAVEN, HAVEN_SITE__FRONTEND and NODE_PATH.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileOf, open, visitor } from './demo.mjs'
import { look as seen } from './look.mjs'

const EXAMPLES = new URL('../../content/datasets/cld-r2/examples/', import.meta.url).pathname
const QUESTION = 'select age_band, gender, count(distinct person_pseudonym) as people\nfrom long_term_support\nwhere period_end = date \'2026-09-30\'\ngroup by age_band, gender'
const EVERYONE = ['/', '/problems/sign-in', '/register', '/register/DSA-0417', '/register?q=nothing-like-this', '/status', '/accessibility', '/cookies', '/privacy', '/help', '/nowhere',
  '/specs', '/specs/cld-r2/2.0', '/specs/cld-r2/2.0/fields/event_outcome', '/specs/cld-r2/2.0/codes/cld-r2-event_outcome', '/specs/cld-r2/2.0/rules', '/specs/cld-r2/2.0/rules?q=postcode&level=row', '/rules/CLD-P003', '/rules/CLD-V019', '/guidance',
  '/changes', '/changes/C-2026-01', '/changes/C-2026-02', '/news/2026-09-postcodes']

let demo

before(async () => { demo = await open() })
after(async () => { await demo?.close() })

/** Looks at the page that is shown. */
const look = (who, what) => seen(who.page, `${who.name} ${what}`, who.scripts)

async function visit(who, paths) {
  for (const path of paths) {
    await who.page.goto(path)
    await look(who, path)
  }
}

async function tour(name, scripts, steps) {
  const who = { ...await visitor(demo, name), scripts, name: `${name ?? 'visitor'}${scripts ? '' : ' without scripts'}` }
  // Switching scripts off in the browser would switch axe off too; so the site's scripts come empty.
  if (!scripts) await who.context.route('**/*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }))
  try {
    await steps(who)
    assert.deepEqual(who.complaints, [])
  } catch (fault) {
    const shown = await who.page.locator('main').innerText().catch(() => 'no page')
    throw new Error(`${fault.message}\nat ${who.page.url()}: ${shown.slice(0, 400)}`, { cause: fault })
  } finally {
    await who.context.close()
  }
}

/** The first link of the page whose address begins so. */
async function linkTo(page, start) {
  const links = await page.locator(`main a[href^="${start}"]`).evaluateAll((all) => all.map((a) => a.getAttribute('href')))
  const found = links.find((href) => !href.endsWith('/new') && !href.includes('.'))
  assert.ok(found, `${page.url()} has no link to ${start}`)
  return found
}

/** Clicks, and waits until what comes of it is there with its styles. */
async function submit(who, button) {
  await Promise.all([who.page.waitForEvent('load'), who.page.click(button)])
}

async function send(who, file, title) {
  const { page } = who
  await page.goto('/submissions/new')
  await page.setInputFiles('#file', file)
  await submit(who, 'main button[type=submit], main form button')
  await look(who, title)
}

/** Another file of the same council: with some rows fewer, and with columns that say nothing where it is to be large. */
function variant(file, name, padding = 0) {
  const other = join(mkdtempSync(join(tmpdir(), 'haven-file-')), `${name.replace(/[^a-z]+/gi, '-')}.csv`)
  // Fewer rows with scripts than without, so that the two tours send different files.
  const fewer = (name.includes('without') ? 1 : 2) + (padding ? 2 : 0)
  const more = (line, at) => (padding ? `${line},${at === 0 ? 'Padding,More padding' : `${'x'.repeat(padding)},${'y'.repeat(padding)}`}` : line)
  const lines = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/).slice(0, -fewer).map(more)
  writeFileSync(other, lines.join('\r\n') + '\r\n')
  return other
}

/** Something went wrong: it is written down, added to, stopped, reported and closed by somebody else. */
async function wrong(who) {
  const { page } = who
  await visit(who, ['/incidents', '/incidents/new'])
  await submit(who, 'main form button')
  assert.match(await page.title(), /^Error: /)
  await look(who, 'an incident without anything')
  await page.check('input[name=category][value=personal_data_breach]')
  await page.fill('#title', `A laptop was lost, as ${who.name} says`)
  await page.fill('#words', 'It was left on a train')
  await page.selectOption('#owner', 'ada')
  await submit(who, 'main form button')
  const incident = new URL(page.url()).pathname
  await look(who, 'an incident written down')
  await visit(who, ['/incidents', `${incident}/assign`, `${incident}/close`, `${incident}/stop`])
  await submit(who, 'main form button')
  assert.match(await page.title(), /^Error: /)
  await look(who, 'stopping without saying what')
  await page.check('input[name=kind][value=agreement]')
  await page.fill('#subject', 'DSA-0418')
  await page.fill('#words', 'a laptop was lost')
  await submit(who, 'main form button')
  await look(who, 'check before stopping')
  await submit(who, 'main form button')
  await look(who, 'stopped because of an incident')
  await page.goto(await linkTo(page, '/suspensions'))
  await page.goto(await linkTo(page, '/suspensions/'))
  await page.fill('#why', 'it was found')
  await submit(who, 'main form button')
  await page.goto(`${incident}/close`)
  await page.fill('#words', 'It was found')
  await submit(who, 'main form button')
  await look(who, 'check before closing')
  await submit(who, 'main form button')
  assert.match(await page.title(), /^Error: /)
  assert.match(await page.locator('main').innerText(), /has not been told/)
  await look(who, 'closing before everybody was told')
  await page.goto(`${incident}/add`)
  await look(who, 'add to a timeline')
  await page.check('input[name=kind][value=assessed]')
  await page.fill('#words', 'The disk is encrypted')
  await page.check('input[name=must_report][value=no]')
  await submit(who, 'main form button')
  await look(who, 'a line in a timeline')
  await page.goto(`${incident}/close`)
  await page.fill('#words', 'It was found')
  await submit(who, 'main form button')
  await submit(who, 'main form button')
  await look(who, 'an incident closed')
}

/** The newest release is withdrawn from everybody who had it. */
async function recall(who) {
  const { page } = who
  await visit(who, ['/releases'])
  const release = await linkTo(page, '/releases/')
  await visit(who, [release])
  await submit(who, 'main form button')
  assert.match(await page.title(), /^Error: /)
  await look(who, 'a recall without a reason')
  await page.fill('#reason', 'A count was wrong')
  await submit(who, 'main form button')
  await look(who, 'check before withdrawing')
  await submit(who, 'main form button')
  await look(who, 'withdrawn')
  await visit(who, ['/register/DSA-0417'])
}

/** Checks a file that is not kept. */
async function checkOnly(who) {
  const { page } = who
  await visit(who, ['/check'])
  await submit(who, 'main form button')
  assert.match(await page.title(), /^Error: Check a file/)
  await look(who, 'check without a file')
  await page.setInputFiles('#file', join(EXAMPLES, 'example_with_errors.csv'))
  await submit(who, 'main form button')
  assert.match(await page.title(), /^Check: /)
  await look(who, 'check found')
}

/** Checks the answers, is told of the missing declaration, declares, and looks at the receipt and at taking it back. */
async function declare(who, result) {
  const { page } = who
  await page.goto(`${result}/confirm`)
  await look(who, 'confirm')
  await submit(who, 'main form button')
  assert.match(await page.title(), /^Error: Check and send/)
  await look(who, 'confirm without the declaration')
  await page.check('#declared')
  await submit(who, 'main form button')
  await page.waitForURL(/receipt$/)
  assert.match(await page.locator('h1').innerText(), /We have your file/)
  await look(who, 'receipt')
  await visit(who, [`${result}/withdraw`])
}

/** A large file goes in parts, says how far it is, and ends on the page of its result. */
async function inParts(who) {
  const { page } = who
  await page.goto('/submissions/new')
  const parts = []
  // The second part is held back until the page was looked at, since it goes on to the result by itself.
  let goOn
  const looked = new Promise((resolve) => { goOn = resolve })
  await page.route('**/*', async (route) => {
    if (route.request().method() === 'PATCH' && parts.push(route.request().url()) > 1) await looked
    await route.continue()
  })
  await page.setInputFiles('#file', variant(fileOf(demo, '621'), who.name, 30_000))
  await page.click('main form button[type=submit]')
  await page.waitForSelector('[data-haven-progress]:not([hidden])')
  await look(who, 'upload under way')
  goOn()
  await page.waitForURL(/submissions\/[0-9a-f]{20}$/, { timeout: 60_000 })
  assert.ok(parts.length >= 2, `${parts.length} parts`)
  assert.match(await page.locator('main').innerText(), /Nothing has been sent yet/)
}

/** The regional team finds a council and puts something on its record. */
async function record(who) {
  const { page } = who
  await visit(who, ['/collection', '/collection?q=nothing-like-this', '/collection?state=submitting&sort=quality', '/collection/E06000063'])
  await page.goto('/collection/E06000063/change/step-first-call')
  await page.fill('#day', '31')
  await page.fill('#month', '2')
  await page.fill('#year', '2026')
  await submit(who, 'main form button')
  assert.match(await page.title(), /^Error: /)
  await look(who, 'a day that is none')
  await page.fill('#day', '28')
  await submit(who, 'main form button')
  await look(who, 'a step on record')
  assert.match(await page.locator('main').innerText(), /First call[^]*Done on 28 February 2026/)
  await page.goto('/collection/E06000063/change/contact')
  await submit(who, 'main form button')
  await look(who, 'a contact without a name')
  await page.fill('#name', 'Ada Thornby')
  await page.fill('#email', 'ada@council.example')
  await submit(who, 'main form button')
  await visit(who, ['/collection/E06000063/change/note', '/collection/E06000063/change/fact-supplier'])
  await page.fill('#entry', 'Brindle Care IT')
  await submit(who, 'main form button')
  await look(who, 'a council with a record')
}

/** A council looks at what tracing found, is told what is missing from a decision, and decides. */
async function returned(who) {
  const { page } = who
  await page.goto('/submissions')
  const files = await page.locator('main a[href^="/submissions/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')).filter((href) => !href.includes('new')))
  let here
  for (const file of files) {
    await page.goto(`${file}/returned`)
    if (await page.locator('.haven-found').count() > 1) { here = `${file}/returned`; break }
  }
  assert.ok(here, 'no file of this council has findings')
  await look(who, 'returned')
  await Promise.all([page.waitForEvent('load'), page.locator('#counts a').first().click()])
  await look(who, 'returned of one kind')
  await submit(who, 'text=/^Accept [0-9,]+ finding/')
  assert.match(await page.title(), /^Error: /)
  await look(who, 'returned all without the tick')
  // What an earlier tour decided has its form folded away.
  const first = page.locator('.haven-found', { hasText: 'Needs you' }).first()
  await first.locator('input[value=reject]').check()
  await Promise.all([page.waitForEvent('load'), first.locator('button').click()])
  assert.match(await page.title(), /^Error: /)
  assert.ok(await first.locator('input[value=reject]').isChecked())
  await look(who, 'returned rejected without a reason')
  await first.locator('input[name=why]').fill(`Somebody else, as ${who.name} says`)
  await Promise.all([page.waitForEvent('load'), first.locator('button').click()])
  assert.match(await page.locator('main').innerText(), /Your decision is kept[^]*Rejected/)
  await look(who, 'returned rejected')
}

/** Somebody who approves looks at the newest version that waits, as everyone else sees it, and approves it. */
async function judge(who) {
  const { page } = who
  await visit(who, ['/', '/agreements', '/agreements/approvals'])
  await page.goto('/agreements/approvals')
  const version = await linkTo(page, '/agreements/approvals/')
  await visit(who, [version, `${version}/return`])
  await submit(who, 'main form button')
  assert.match(await page.title(), /^Error: /)
  await look(who, 'sent back without a reason')
  await page.goto(`${version}/approve`)
  await look(who, 'approve')
  await submit(who, 'main form button')
  await look(who, 'check before approving')
  await submit(who, 'main form button')
  await look(who, 'approved')
}

// The second person looks at who is asking, and refuses a destruction that another asked for.
async function rights(who) {
  const { page } = who
  await visit(who, ['/subject-access', '/destruction'])
  await page.goto('/subject-access')
  await visit(who, [await linkTo(page, '/subject-access/')])
  if (await page.locator('#identity').count()) {
    await page.fill('#identity', 'a driving licence')
    await submit(who, 'main form button')
    await look(who, 'two people know who is asking')
  }
  await page.goto('/destruction')
  await visit(who, [await linkTo(page, '/destruction/d-')])
  if (await page.locator('input[name=decision]').count()) {
    await page.check('input[name=decision][value=refuse]')
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'refused without a reason')
    await page.check('input[name=decision][value=refuse]')
    await page.fill('#why', 'still needed for the yearly count')
    await submit(who, 'main form button')
    await look(who, 'a destruction that was refused')
  }
}

const TOURS = {
  visitor: async (who) => {
    await visit(who, [...EVERYONE, '/sign-in'])
    await who.page.fill('#username', 'sue')
    await who.page.fill('#password', 'not-the-password')
    await submit(who, 'main button')
    assert.match(await who.page.title(), /^Error: Sign in/)
    await look(who, 'sign-in refused')
    await checkOnly(who)
    assert.match(await who.page.locator('main').innerText(), /Nothing has been kept or sent on/)
    await who.page.locator('summary', { hasText: 'not checked' }).click()
    await look(who, 'rules not checked')
  },
  sue: async (who) => {
    const { page } = who
    await visit(who, ['/', '/submissions', '/submissions/new'])
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: Send a file/)
    await look(who, 'upload without a file')
    await send(who, join(EXAMPLES, 'example_with_errors.csv'), 'result rejected')
    assert.match(await page.locator('h1').innerText(), /Result/)
    await page.goto(await linkTo(page, page.url().replace(demo.site, '') + '/findings/'))
    await look(who, 'cause of the rejected')
    // A cause in rows, of several rows of one person, with what it holds.
    for (const rule of ['CLD-X008', 'CLD-E018']) {
      await page.goto(`${page.url().replace(/findings.*/, 'findings/')}${rule}`)
      await look(who, `cause ${rule}`)
    }
    assert.match(await page.locator('main').innerText(), /Most common values[^]*use "NFA: Other"/)
    await checkOnly(who)
    await send(who, variant(fileOf(demo, '621'), who.name), 'result not sent')
    assert.match(await page.locator('main').innerText(), /Nothing has been sent yet/)
    const result = new URL(page.url()).pathname
    await declare(who, result)
    await page.goto(result)
    assert.match(await page.locator('main').innerText(), /accepted/)
    await look(who, 'result accepted')
    if (who.scripts) await inParts(who)
    await visit(who, [`${result}/preview`, `${result}/quality`])
    await page.goto(result)
    await page.goto(await linkTo(page, `${result}/findings/`))
    await look(who, 'cause')
    await page.goto('/ask')
    assert.equal(await page.locator('h1').innerText(), 'You cannot see this page')
    await look(who, 'not allowed')
    await submit(who, 'text=Sign out')
    await page.waitForURL(/sign-in/)
    await look(who, 'signed out')
  },
  vic: async (who) => {
    await visit(who, ['/', '/submissions'])
    await returned(who)
  },
  ora: async (who) => {
    const { page } = who
    await visit(who, ['/', '/runs', '/submissions', '/status'])
    await page.goto('/runs')
    await visit(who, [await linkTo(page, '/runs/')])
    await page.goto('/submissions')
    const result = await linkTo(page, '/submissions/')
    await visit(who, [result, `${result}/quality`, `${result}/preview`, '/quality', '/quality?field=ethnicity', '/returned'])
    await record(who)
    await page.goto(result)
    await visit(who, [await linkTo(page, `${result}/findings/`)])
  },
  ana: async (who) => {
    const { page } = who
    await visit(who, ['/', '/ask', '/releases', '/agreements', '/agreements/DSA-0417'])
    const ask = async (use, sql, name) => {
      await page.goto('/ask')
      await page.selectOption('#use', use)
      await page.fill('#sql', sql)
      await submit(who, 'main form button')
      await look(who, name)
    }
    await ask('DSA-0417/commissioning', '', 'ask nothing')
    await ask('DSA-0417/commissioning', 'select nonsense from nowhere', 'ask nonsense')
    await ask('DSA-0417/commissioning', 'select age_in_years from long_term_support', 'ask refused')
    await ask('DSA-0417/commissioning', QUESTION, 'answer')
    await submit(who, 'text=Make a release')
    await look(who, 'new release')
    await submit(who, 'main form button')
    await look(who, 'new release without a title')
    await page.fill('#title', 'People with long-term support by age and sex, tested in a browser')
    await submit(who, 'main form button')
    await page.waitForURL(/\/releases\/[^n]/)
    await look(who, 'released')
    await page.goto('/releases')
    const all = await page.locator('main a[href^="/releases/"]').evaluateAll((links) => links.map((a) => a.getAttribute('href')))
    for (const release of all) {
      await page.goto(release)
      await look(who, `release ${all.indexOf(release)}`)
    }
  },
  cas: async (who) => {
    await visit(who, ['/', '/releases'])
    await visit(who, [await linkTo(who.page, '/releases/')])
  },
  pru: async (who) => {
    const { page } = who
    await visit(who, ['/', '/preferences', '/preferences/new', '/preferences/cases', '/preferences/cases/1', '/opting-out', '/incidents', '/incidents/new', '/releases'])
    await page.goto('/preferences/new')
    await submit(who, 'main form button')
    await look(who, 'what a person said, with mistakes')
    await visit(who, ['/destruction', '/destruction/new', '/subject-access', '/subject-access/new'])
    await page.goto('/destruction/new')
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'nothing named to be destroyed')
    await page.check('input[name=kind][value=old_versions]')
    await page.fill('#reason', 'no longer needed')
    await submit(who, 'main form button')
    await look(who, 'what would go')
    await submit(who, 'main form button')
    await page.waitForURL(/destruction\/d-/)
    await look(who, 'a destruction of one’s own')
    await page.goto('/subject-access/new')
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'what a person asks, with mistakes')
    await page.check('input[name=kind][value=access]')
    await page.fill('#nhs_number', '999 000 0018')
    await page.fill('[name=day]', '28')
    await page.fill('[name=month]', '10')
    await page.fill('[name=year]', '2026')
    await page.fill('#channel', 'by letter')
    await page.fill('#identity', 'a passport, and a letter with the address')
    await submit(who, 'main form button')
    await page.waitForURL(/subject-access\/[0-9]+$/)
    assert.match(await page.locator('main').innerText(), /somebody else has to look at who is asking/)
    await look(who, 'what a person asks')
    await visit(who, ['/subject-access'])
  },
  meg: async (who) => {
    const { page } = who
    await visit(who, ['/', '/agreements', '/agreements?q=nothing-like-this', '/agreements/DSA-0417', '/agreements/new', '/agreements/new?upload=yes'])
    await page.goto('/agreements/new')
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'new agreement without a choice')
    await page.check('input[name=template]')
    await submit(who, 'main form button')
    await look(who, 'a draft from a template')
    await page.goto('/agreements/new')
    await page.selectOption('#changes', 'DSA-0417')
    await submit(who, 'main form button')
    const draft = new URL(page.url()).pathname
    const parts = await page.locator(`main a[href^="${draft}/part/"]`).evaluateAll((all) => all.map((a) => a.getAttribute('href')))
    assert.ok(parts.length > 10, `${parts.length} parts`)
    await visit(who, [...parts, `${draft}/text`, `${draft}/text?upload=yes`])
    await page.goto(`${draft}/part/term`)
    await page.fill('[name="term.end-year"]', '2025')
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'a term that ends before it starts')
    await page.fill('[name="term.end-year"]', '2027')
    await submit(who, 'main form button')
    await page.goto(`${draft}/text`)
    const text = await page.inputValue('#text')
    // Each tour hands in a version of its own, with one more person.
    const [version, more] = who.scripts ? ['1.7', 'ann'] : ['1.8', 'ben']
    await page.fill('#text', text.replace('version = "1.1"', `version = "${version}"`).replace('{ account = "ana", organisation = "EST-ICB" },', `{ account = "ana", organisation = "EST-ICB" },\n    { account = "${more}", organisation = "EST-ICB" },`).replace('[term]', '[trm]'))
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'a text with a mistake')
    await page.fill('#text', (await page.inputValue('#text')).replace('[trm]', '[term]'))
    await submit(who, 'main form button')
    await look(who, 'a draft that can be handed in')
    await submit(who, `main a[href="${draft}/submit"]`)
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'handed in without a reason')
    await page.fill('#why', 'one more analyst')
    await submit(who, 'main form button')
    await look(who, 'check before handing in')
    await submit(who, 'main form button')
    await page.waitForURL(/approvals\/[0-9a-f]{64}$/)
    await look(who, 'handed in')
  },
  cal: async (who) => {
    await visit(who, ['/preferences/cases', '/preferences/cases/1'])
    await judge(who)
    await rights(who)
  },
  // One asks for a change of a key, another decides: no page shows a key.
  kit: async (who) => {
    const { page } = who
    await visit(who, ['/', '/keys', '/keys/change?domain=analysis'])
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'a change without a reason')
    await page.check('#change')
    await page.fill('#why', `A year has passed, as ${who.name} says.`)
    await submit(who, 'main form button')
    await look(who, 'a change that waits')
    await page.goto(await linkTo(page, '/keys/changes/'))
    assert.match(await page.locator('main').innerText(), /somebody else has to decide/)
    await look(who, 'a change of their own')
  },
  ada: async (who) => {
    const { page } = who
    await judge(who)
    await visit(who, ['/', '/keys'])
    await page.goto(await linkTo(page, '/keys/changes/'))
    await look(who, 'a change to decide')
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'a change without a decision')
    await page.check('input[value=refuse]')
    await submit(who, 'main form button')
    await look(who, 'a change decided')
    assert.match(await page.locator('main').innerText(), /Refused/)
  },
  ivy: async (who) => {
    const { page } = who
    await visit(who, ['/', '/preferences', '/agreements', '/agreements/DSA-0417', '/agreements/DSA-0417/compare', '/agreements/what-if?ask=ends&agreement=DSA-0417', '/agreements/what-if?ask=who&table=person_quarter', '/agreements/what-if?ask=why&person=ana&table=person_quarter&column=requests', '/agreements/what-if?ask=why&person=&table=person_quarter', '/agreements/approvals', '/suspensions', '/status'])
    await page.goto('/agreements/approvals')
    const version = await linkTo(page, '/agreements/approvals/')
    await visit(who, [version, `${version}/sign`])
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'a signature without anything')
    for (const party of ['621', '991', '992', 'EST-ICB', 'EST-HAVEN']) {
      await page.goto(`${version}/sign`)
      await page.check(`input[value="${party}"]`)
      await page.fill('#name', 'Amara Invented')
      await page.fill('#role', 'Caldicott Guardian')
      await page.fill('[name=day-day]', '29')
      await page.fill('[name=day-month]', '10')
      await page.fill('[name=day-year]', '2026')
      await page.fill('#evidence', 'letter of 29 October')
      await submit(who, 'main form button')
      if (party === '621') await look(who, 'check a signature')
      await submit(who, 'main form button')
    }
    await look(who, 'signed by all')
    await visit(who, ['/agreements/DSA-0417', '/agreements/DSA-0417/compare'])
    await page.goto('/suspensions/new')
    await submit(who, 'main form button')
    assert.match(await page.title(), /^Error: /)
    await look(who, 'suspend without saying what')
    await page.goto('/suspensions/new?kind=agreement&subject=DSA-0418')
    await page.fill('#reason', 'a laptop was lost')
    await submit(who, 'main form button')
    await look(who, 'check before suspending')
    await submit(who, 'main form button')
    await look(who, 'suspended')
    await visit(who, ['/agreements/DSA-0418', await linkTo(page, '/suspensions/')])
    await page.fill('#why', 'it was found')
    await submit(who, 'main form button')
    await look(who, 'lifted')
    await wrong(who)
    await recall(who)
  },
  odo: async (who) => {
    await visit(who, ['/', '/audit', '/audit?search=1&since=May', '/log'])
    const { page } = who
    await page.goto('/audit')
    await page.fill('#area', 'Westborough')
    await page.fill('#agreement', 'DSA-0417')
    await page.selectOption('#seen', '1')
    await submit(who, 'main form[action="/audit"] button')
    await look(who, 'audit found')
    await page.click('main .haven-found summary')
    await look(who, 'audit found why')
    await page.goto(await linkTo(page, '/audit/'))
    await look(who, 'audit entry')
    await page.goto('/audit')
    await submit(who, 'main form[action="/audit/verify"] button')
    assert.match(await page.textContent('main'), /The log is whole/)
    await look(who, 'audit proven')
  },
}

TOURS.max = async (who) => {
  const { page } = who
  await visit(who, ['/', '/people', '/people?q=nothing-like-this', '/people/new', '/people/requests', '/account'])
  await page.goto('/people/new')
  await submit(who, 'main form button')
  assert.match(await page.title(), /^Error: Add somebody/)
  await look(who, 'somebody without a name')
  await page.goto('/people?q=ana')
  await Promise.all([page.waitForEvent('load'), page.locator('main table a').first().click()])
  await look(who, 'person')
  await submit(who, 'text=Give this role')
  assert.match(await page.title(), /^Error: Person/)
  await look(who, 'a role without a reason')
  await page.selectOption('#role', 'checker')
  await page.fill('#organisation', 'EST-HAVEN')
  await page.fill('#reason', 'Helps out over Christmas')
  await submit(who, 'text=Give this role')
  // The second tour finds the request of the first.
  assert.match(await page.locator('main').innerText(), /The role is asked for|waiting already/)
  await look(who, 'a role asked for')
  await visit(who, ['/people/requests'])
  await page.goto('/account/second-factor')
  if (await page.locator('text=Begin').count()) await submit(who, 'main form button')
  await look(who, 'second factor')
  await page.fill('#code', '000000')
  await submit(who, 'text=Use this authenticator')
  assert.match(await page.title(), /^Error: Set up a second factor/)
  await look(who, 'second factor with a wrong code')
}

test('two minutes before a session ends it is said, and one press keeps it without losing what was typed', async () => {
  const { context, page } = await visitor(demo, 'ana')
  await page.clock.install()
  await page.goto('/ask')
  await page.fill('#sql', 'select what I have written so far')
  const words = page.locator('[data-haven-expiry] [role=status]')
  assert.match(await words.innerText(), /You are signed in until .*, or longer/)
  await page.clock.runFor(28 * 60 * 1000 + 5000)
  assert.match(await words.innerText(), /You will be signed out in 2 minutes/)
  assert.ok(await page.locator('.haven-expiry--now').isVisible())
  await page.click('text=Stay signed in')
  await page.waitForFunction(() => document.querySelector('[data-haven-expiry] [role=status]').textContent === 'You stay signed in.')
  assert.equal(await page.inputValue('#sql'), 'select what I have written so far')
  await context.close()
})

for (const scripts of [true, false]) {
  for (const [name, steps] of Object.entries(TOURS)) {
    test(`pages of ${name} ${scripts ? 'with' : 'without'} scripts`, () => tour(name === 'visitor' ? undefined : name, scripts, steps))
  }
}
