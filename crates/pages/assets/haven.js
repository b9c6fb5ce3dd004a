// Switches the frontend's scripts on, and two small comforts of ours. Every page works without it.
import { initAll } from './nhsuk-frontend.min.js'

document.body.classList.add('js-enabled', 'nhsuk-frontend-supported')
initAll()

// "Print this page" is of no use without scripts, so it is hidden until now.
for (const button of document.querySelectorAll('[data-haven-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

// A board keeps itself up to date until somebody stops it.
for (const part of document.querySelectorAll('[data-haven-refresh]')) {
  const button = part.querySelector('button')
  const words = part.querySelector('span')
  const milliseconds = Number(part.dataset.havenRefresh) * 1000
  let timer = window.setTimeout(() => window.location.reload(), milliseconds)
  part.hidden = false
  button.addEventListener('click', () => {
    window.clearTimeout(timer)
    timer = undefined
    words.textContent = 'This page no longer refreshes by itself.'
    button.remove()
  })
}

// A large file goes in parts, so that a broken line costs a part and not the whole. Small ones go with the form.
const ALONE = 256 * 1024
const PART = 4 * 1024 * 1024
const WAITS = [1, 2, 5, 10, 20, 30]
const wait = (seconds) => new Promise((resolve) => window.setTimeout(resolve, seconds * 1000))

for (const form of document.querySelectorAll('form[data-haven-upload]')) {
  form.addEventListener('submit', (event) => {
    const file = form.elements.file.files[0]
    const days = wholeDays(form)
    // What the form cannot say right, the server says beside its fields.
    if (!file || file.size <= ALONE || days === undefined) return
    event.preventDefault()
    sendInParts(form, file, days)
  })
}

// The first and last day as the interface wants them; undefined where they are not days.
function wholeDays(form) {
  const said = {}
  for (const name of ['from', 'to']) {
    const [day, month, year] = ['day', 'month', 'year'].map((part) => form.elements[`${name}-${part}`]?.value.trim() ?? '')
    if (!day && !month && !year) continue
    const text = `${year.padStart(4, '0')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
    if (Number.isNaN(Date.parse(text))) return undefined
    said[name] = text
  }
  return said
}

async function sendInParts(form, file, days) {
  const place = form.querySelector('[data-haven-progress]')
  const [words, bar, pause] = ['[role=status]', 'progress', 'button'].map((part) => place.querySelector(part))
  const send = form.querySelector('button[type=submit]')
  // The form has a field called `dataset`, which hides the property of that name.
  const base = { 'Tus-Resumable': '1.0.0', 'X-Csrf-Token': form.elements.csrf.value }
  // Where this file stopped last time; without its name, which may name somebody.
  const memory = `haven-upload ${file.size} ${file.lastModified}`
  let paused = false
  let told = -1
  let resume = () => {}
  const tell = (text) => { words.textContent = text }
  pause.onclick = () => {
    paused = !paused
    pause.textContent = paused ? 'Go on' : 'Pause'
    if (paused) tell('Paused. What has been uploaded is kept for a day.')
    else resume()
  }
  place.hidden = false
  bar.hidden = false
  pause.hidden = false
  send.disabled = true

  const began = async () => {
    const known = window.localStorage.getItem(memory)
    if (known && (await fetch(known, { method: 'HEAD', headers: base })).ok) return known
    const said = { filename: file.name, dataset: form.elements.dataset.value, window: form.elements.window?.value ?? '', ...days }
    const metadata = Object.entries(said).filter(([, value]) => value)
      .map(([name, value]) => `${name} ${btoa(String.fromCharCode(...new TextEncoder().encode(value)))}`).join(',')
    const answer = await fetch(form.getAttribute('data-haven-upload'), { method: 'POST', headers: { ...base, 'Upload-Length': String(file.size), 'Upload-Metadata': metadata } })
    if (!answer.ok) throw await problem(answer)
    window.localStorage.setItem(memory, answer.headers.get('Location'))
    return answer.headers.get('Location')
  }

  try {
    const upload = await again(began)
    const where = await again(() => fetch(upload, { method: 'HEAD', headers: base }))
    let offset = Number(where.headers.get('Upload-Offset'))
    for (;;) {
      if (paused) await new Promise((resolve) => { resume = resolve })
      const tenth = Math.floor((offset / file.size) * 10)
      bar.value = (offset / file.size) * 100
      if (tenth !== told) tell(offset === file.size ? 'The file is here. It is being checked.' : `${tenth * 10}% uploaded`)
      told = tenth
      const part = await file.slice(offset, offset + PART).arrayBuffer()
      const headers = { ...base, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) }
      if (window.crypto.subtle) {
        const digest = new Uint8Array(await window.crypto.subtle.digest('SHA-256', part))
        headers['Upload-Checksum'] = `sha256 ${btoa(String.fromCharCode(...digest))}`
      }
      if (offset + part.byteLength === file.size) tell('The file is here. It is being checked.')
      const answer = await again(() => fetch(upload, { method: 'PATCH', headers, body: part }))
      const became = answer.headers.get('Haven-Submission')
      if (became) {
        window.localStorage.removeItem(memory)
        window.location.assign(became.replace('/api/v1', ''))
        return
      }
      if (answer.ok) offset = Number(answer.headers.get('Upload-Offset'))
      else if ([409, 423, 460].includes(answer.status)) {
        await wait(1)
        offset = Number((await again(() => fetch(upload, { method: 'HEAD', headers: base }))).headers.get('Upload-Offset'))
      } else throw await problem(answer)
    }
  } catch (fault) {
    window.localStorage.removeItem(memory)
    if (fault.page) window.location.assign(fault.page)
    else tell(`${fault.message} Nothing has been sent.`)
    bar.hidden = true
    pause.hidden = true
    send.disabled = false
  }

  // Tries once more while the line is down or the service is busy.
  async function again(ask) {
    for (let tries = 0; ; tries += 1) {
      try {
        const answer = await ask()
        if (answer.status !== 503) return answer
      } catch (fault) {
        if (!(fault instanceof TypeError)) throw fault
      }
      tell('The service does not answer. We try again, and nothing is lost.')
      told = -1
      await wait(WAITS[Math.min(tries, WAITS.length - 1)])
    }
  }
}

// What the service said, and the page of the attempt where there is one.
async function problem(answer) {
  const said = await answer.json().catch(() => ({}))
  const fault = new Error(`${said.title ?? 'Something went wrong'}. ${said.detail ?? ''}`)
  fault.page = said.instance?.replace('/api/v1', '')
  return fault
}

// A pair is decided by one key. The keys work only while the focus is within the form, so that none is pressed by
// chance or by a voice; in the note they are letters.
for (const form of document.querySelectorAll('form[data-haven-decide]')) {
  const keys = new Map(form.getAttribute('data-haven-decide').split(' ').map((pair) => pair.split(':')))
  const undo = document.querySelector('form[data-haven-undo]')
  let sent = false
  form.querySelector('[data-haven-keys]').hidden = false
  // The question has the focus from the start; on a small screen that must not scroll past the records above it.
  if (form.contains(document.activeElement)) window.scrollTo(0, 0)
  form.addEventListener('keydown', (event) => {
    const typing = event.target.matches('input:not([type=radio]), textarea')
    if (sent || typing || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return
    const key = event.key.toLowerCase()
    const choice = form.querySelector(`input[type=radio][value="${keys.get(key) ?? ''}"]`)
    if (!choice && !(key === 'u' && undo)) return
    event.preventDefault()
    sent = true
    if (choice) choice.checked = true
    const leaving = choice ? form : undo
    leaving.requestSubmit()
  })
  // A page that comes back from the browser's memory can be decided again.
  window.addEventListener('pageshow', () => { sent = false })
}

// Two minutes before a session ends it is said, once and politely. One press keeps it, and the page stays as it is.
for (const part of document.querySelectorAll('[data-haven-expiry]')) {
  const words = part.querySelector('[role=status]')
  const link = part.querySelector('a')
  const last = part.getAttribute('data-haven-last') === 'true'
  let ends = 0
  let said = ''
  let timer
  const say = (text) => { if (text !== said) { words.textContent = text; said = text } }
  const tick = () => {
    const left = Math.ceil((ends - Date.now()) / 1000)
    part.classList.toggle('haven-expiry--now', left <= 120)
    if (left <= 0) say('You have been signed out. What you typed is still on this page: send it, sign in, and it goes on.')
    else if (left <= 60) say(`You will be signed out in less than a minute.${last ? ' Send what you are writing now.' : ''}`)
    else if (left <= 120) say(`You will be signed out in 2 minutes.${last ? ' Send what you are writing now.' : ''}`)
    if (left > 0) timer = window.setTimeout(tick, Math.min(Math.max((left - 120) * 1000, 1000), 60_000))
  }
  const begin = (seconds) => {
    window.clearTimeout(timer)
    ends = Date.now() + seconds * 1000
    tick()
  }
  link?.addEventListener('click', async (event) => {
    event.preventDefault()
    const answer = await fetch('/account/stay', { headers: { Accept: 'application/json' } }).catch(() => undefined)
    if (!answer?.ok) { window.location.assign(link.href); return }
    const { seconds } = await answer.json()
    begin(seconds)
    say('You stay signed in.')
  })
  begin(Number(part.getAttribute('data-haven-expiry')))
}
