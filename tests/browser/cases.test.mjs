// The case finder's journey in a real browser: found, asked for, approved by two, signed for, opened, answered, closed; and
// glass that is broken in an emergency. Run by `./run test`, which sets HAVEN, HAVEN_SITE__FRONTEND and NODE_PATH.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { open, visitor } from './demo.mjs'
import { look } from './look.mjs'

let demo

before(async () => { demo = await open() })
after(async () => { await demo?.close() })

/** Presses a button by its words. */
const press = async (page, words) => {
  await page.getByRole('button', { name: words, exact: true }).first().click()
  await page.waitForLoadState('load')
}

test('a sealed list, found by one, approved by two, signed for by its professional', async () => {
  const { context, page, complaints } = await visitor(demo, 'cleo')
  // Without scripts: switching them off in the browser would switch axe off too, so the site's come empty.
  await context.route('**/*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }))
  await look(page, '01 start of the case finder')
  await page.goto('/cases')
  await look(page, '02 case finding, empty')
  await page.goto('/cases/new')
  await look(page, '03 find people')
  await page.getByLabel('75 to 84').check()
  await page.getByLabel('85 and over').check()
  await page.getByLabel('Stays in hospital, at least').fill('1')
  await press(page, 'Count them')
  assert.match(await page.locator('main').innerText(), /People found: /)
  await look(page, '04 counted')
  await page.getByLabel('What to call this group').fill('Over 85 and in hospital lately')
  await press(page, 'Keep this group, sealed')
  await look(page, '05 a group')
  await page.getByRole('button', { name: 'Ask for a list of these people' }).click()
  await look(page, '06 ask')
  await press(page, 'Continue')
  assert.match(await page.title(), /^Error: /)
  await look(page, '07 ask, with faults')
  await page.locator('input[name=professional]').first().check()
  await page.getByLabel('On the professional').check()
  await page.getByLabel('What shows this?').fill('Caseload of the community matron')
  await page.getByLabel('Why is it needed?').fill('To spare them a winter stay in hospital')
  await page.getByLabel('What is to be done for each person?').fill('Ring and offer a home check')
  await press(page, 'Continue')
  await look(page, '08 check what is asked for')
  await press(page, 'Send for approval')
  await look(page, '09 sent')
  const request = new URL(page.url()).pathname.split('/').pop()

  for (const [n, name] of [['10', 'cal'], ['12', 'ada']]) {
    const other = await visitor(demo, name)
    await other.page.goto('/cases/approvals')
    await look(other.page, `${n} approvals of ${name}`)
    await other.page.goto(`/cases/approvals/${request}`)
    await look(other.page, `${n}a the request, for ${name}`)
    await other.page.getByLabel('Yes, I approve it').check()
    await other.page.getByLabel('Why?').fill('Needed, and no more than needed')
    await press(other.page, 'Continue')
    await look(other.page, `${n}b check the decision, ${name}`)
    await press(other.page, 'Approve')
    assert.match(await other.page.locator('main').innerText(), /Your approval is kept/)
    assert.deepEqual(other.complaints, [])
    await other.context.close()
  }

  await page.goto('/cases')
  await look(page, '13 a list for the case finder')
  await page.goto(`/cases/lists/${request}`)
  await look(page, '14 the sealed list')
  await page.getByRole('checkbox').check()
  await press(page, 'Sign and open')
  await look(page, '15 the open list')
  const people = await page.locator('[id^=line-]').count()
  assert.ok(people > 0, 'nobody is on the list')
  // Two clicks: the line opens, the button keeps.
  await page.locator('#line-1 summary, [id^=line-] summary').first().click()
  await page.locator('[id^=line-] details button').first().click()
  await page.waitForLoadState('load')
  assert.match(await page.locator('main').innerText(), /What came of the contact is kept/)
  await look(page, '16 an outcome')
  await press(page, 'Close this list for good')
  await look(page, '17 closed')
  await page.goto(`/cases/lists/${request}`)
  assert.match(await page.locator('main').innerText(), /key was destroyed/)
  await look(page, '18 the list has ended')
  assert.deepEqual(complaints, [])

  const lead = await visitor(demo, 'ivy')
  await lead.page.goto('/cases')
  await look(lead.page, '19 oversight')
  await lead.page.goto(`/cases/requests/${request}`)
  await look(lead.page, '20 a request, overseen')
  assert.deepEqual(lead.complaints, [])
})

test('one person in an emergency, by two, and looked at afterwards', async () => {
  const [head, ...rows] = readFileSync(join(demo.place, 'demographic-index.csv'), 'utf8').trim().split('\n').map((line) => line.split(','))
  const cell = (row, name) => row[head.indexOf(name)]
  const row = rows.find((r) => !cell(r, 'date_of_death'))
  const { page, complaints } = await visitor(demo, 'cleo')
  await page.goto('/cases/emergencies/new')
  await look(page, '30 ask in an emergency')
  await page.getByLabel('NHS number').fill(cell(row, 'nhs_number'))
  await page.getByLabel('Date of birth').fill(cell(row, 'date_of_birth'))
  await page.getByLabel('What is the emergency?').fill('Found unconscious, medicines not known')
  await press(page, 'Ask a second person')
  await look(page, '31 asked')
  const emergency = new URL(page.url()).pathname
  const cal = await visitor(demo, 'cal')
  await cal.page.goto(emergency)
  await look(cal.page, '32 the second person')
  await cal.page.getByLabel('Yes, I agree').check()
  await cal.page.getByLabel('Why?').fill('Life at risk')
  await press(cal.page, 'Send your decision')
  await page.goto(emergency)
  await look(page, '33 it may be opened')
  await press(page, 'Open the records')
  assert.ok((await page.locator('main').innerText()).includes(cell(row, 'family_name')))
  await look(page, '34 the records')
  await press(page, 'I am done: close them')
  const pru = await visitor(demo, 'pru')
  await pru.page.goto('/cases/emergencies')
  await look(pru.page, '35 emergencies of the privacy officer')
  await pru.page.goto(emergency)
  await pru.page.getByLabel('Yes, the emergency justified it').check()
  await pru.page.getByLabel('Why?').fill('The ambulance record shows it')
  await press(pru.page, 'Keep what you found')
  await look(pru.page, '36 looked at')
  for (const one of [complaints, cal.complaints, pru.complaints]) assert.deepEqual(one, [])
})
