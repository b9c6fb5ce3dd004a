// Signing in through a provider of OpenID Connect: a real one with made-up people like those of CIS2 and of Entra, in a
// browser, and one that lies in every way there is. Run by `./run test`, which sets HAVEN, HAVEN_SITE__FRONTEND, NODE_PATH.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { after, before, test } from 'node:test'

const require = createRequire(import.meta.url)
const { chromium } = require('playwright-core')
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')))
const jose = await import(pathToFileURL(require.resolve('jose')))

const PEOPLE = {
  ana: { oid: 'oid-ana', name: 'Ana Example', preferred_username: 'ana@icb.example', groups: ['aaaaaaaa-0000-0000-0000-000000000001'], acrs: 'c1' },
  nobody: { oid: 'oid-nobody', name: 'Nobody Example', preferred_username: 'nobody@icb.example', groups: ['elsewhere'] },
  555000000001: {
    name: 'EXAMPLE Cleo (Dr)', nhsid_useruid: '555000000001', authentication_assurance_level: '3',
    nhsid_nrbac_roles: [{ person_roleid: '1', role_code: 'S8000:G8000:R8000', org_code: 'EST-ICB' }],
  },
}
const groups = structuredClone(PEOPLE.ana.groups)

let home, haven, site, provider, providerServer, forger, browser
const lie = { how: 'no', nonces: new Map() }

const free = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)) })
})

/** A provider that answers at once, and wrongly as `lie.how` says. */
async function forgery(base) {
  const { publicKey, privateKey } = await jose.generateKeyPair('RS256')
  const strange = (await jose.generateKeyPair('RS256')).privateKey
  const jwk = { ...(await jose.exportJWK(publicKey)), kid: 'known', alg: 'RS256', use: 'sig' }
  const token = (nonce) => {
    const now = Math.floor(Date.now() / 1000)
    const by = { expired: -400, future: 400, skewed: 20 }[lie.how] ?? 0
    const jwt = new jose.SignJWT({ nonce: lie.how === 'nonce' ? 'another' : nonce, ...PEOPLE.ana })
      .setProtectedHeader({ alg: 'RS256', kid: lie.how === 'key' ? 'unknown' : 'known' })
      .setSubject('ana').setIssuedAt(now + by).setExpirationTime(now + by + 300)
      .setIssuer(lie.how === 'issuer' ? 'https://elsewhere.example' : base)
      .setAudience(lie.how === 'audience' ? 'somebody-else' : 'haven')
    return jwt.sign(lie.how === 'signature' || lie.how === 'key' ? strange : privateKey)
  }
  const unsigned = (nonce) => {
    const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url')
    const now = Math.floor(Date.now() / 1000)
    return `${part({ alg: 'none' })}.${part({ iss: base, aud: 'haven', sub: 'ana', nonce, iat: now, exp: now + 300, ...PEOPLE.ana })}.`
  }
  const json = (response, value, status = 200) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  return createServer(async (request, response) => {
    const url = new URL(request.url, base)
    if (url.pathname === '/.well-known/openid-configuration') {
      return json(response, {
        issuer: lie.how === 'discovery' ? 'https://elsewhere.example' : base, authorization_endpoint: `${base}/auth`, token_endpoint: `${base}/token`, jwks_uri: `${base}/keys`,
        response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256', 'none'],
      })
    }
    if (url.pathname === '/keys') return json(response, { keys: [jwk] })
    if (url.pathname === '/auth') {
      lie.nonces.set('the-code', url.searchParams.get('nonce'))
      assert.equal(url.searchParams.get('code_challenge_method'), 'S256')
      const back = new URL(url.searchParams.get('redirect_uri'))
      back.searchParams.set('state', url.searchParams.get('state'))
      if (lie.how === 'refuses') back.searchParams.set('error', 'access_denied')
      else back.searchParams.set('code', 'the-code')
      return response.writeHead(303, { location: String(back) }).end()
    }
    if (url.pathname === '/token') {
      if (lie.how === 'code') return json(response, { error: 'invalid_grant' }, 400)
      if (lie.how === 'nonsense') return response.writeHead(200, { 'content-type': 'application/json' }).end('<html>')
      if (lie.how === 'endless') return response.writeHead(200, { 'content-type': 'application/json' }).end('x'.repeat(6_000_000))
      const nonce = lie.nonces.get('the-code')
      return json(response, { access_token: 'x', token_type: 'Bearer', id_token: lie.how === 'unsigned' ? unsigned(nonce) : await token(nonce) })
    }
    response.writeHead(404).end()
  })
}

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'haven-provider-'))
  const [port, at, forged] = [await free(), await free(), await free()]
  site = `http://127.0.0.1:${port}`
  const issuer = `http://127.0.0.1:${at}`
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(join(home, 'secret.txt'), 'a-secret-of-both\n')
  writeFileSync(join(home, 'key.pem'), pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'haven-1', use: 'sig', alg: 'RS512' }
  const settings = (name, where, client, proof, mapping) => `[accounts.providers.${name}]\nissuer = "${where}"\nclient_id = "${client}"\n${proof}\nmapping = "${mapping}"\n`
  const secret = `client_secret_file = "${home}/secret.txt"`
  writeFileSync(join(home, 'haven.toml'), [
    `[site]\naddress = "127.0.0.1:${port}"\nsign_ins_a_minute = 1000\n[accounts]\naddress = "${site}"\n`,
    settings('entra', issuer, 'haven', secret, 'entra'),
    settings('cis2', issuer, 'haven-key', `client_key_file = "${home}/key.pem"\nclient_key_id = "haven-1"`, 'cis2'),
    settings('forged', `http://127.0.0.1:${forged}`, 'haven', secret, 'entra'),
    settings('misnamed', `http://localhost:${forged}`, 'haven', secret, 'entra'),
    settings('gone', 'http://127.0.0.1:1', 'haven', secret, 'entra'),
  ].join('\n'))
  const client = (id, name, more) => ({ client_id: id, redirect_uris: [`${site}/sign-in/from/${name}`], post_logout_redirect_uris: [`${site}/sign-in?out=1`], grant_types: ['authorization_code'], response_types: ['code'], ...more })
  provider = new Provider(issuer, {
    clients: [
      client('haven', 'entra', { client_secret: 'a-secret-of-both' }),
      client('haven-key', 'cis2', { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'RS512', jwks: { keys: [jwk] } }),
    ],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'oid', 'groups', 'acrs', 'nhsid_useruid', 'authentication_assurance_level'], nationalrbacaccess: ['nhsid_nrbac_roles'], email: ['email'] },
    enabledJWA: { clientAuthSigningAlgValues: ['RS512', 'RS256'] },
    acrValues: ['AAL2_OR_AAL3_ANY'],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
    cookies: { keys: ['made-up'] },
  })
  providerServer = createServer(provider.callback()).listen(at, '127.0.0.1')
  forger = (await forgery(`http://127.0.0.1:${forged}`)).listen(forged, '127.0.0.1')
  haven = spawn(process.env.HAVEN, ['serve'], { cwd: home, env: { ...process.env, HOME: home, HAVEN_HOME: join(home, 'home') }, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  await new Promise((resolve, reject) => {
    haven.stderr.on('data', (piece) => { said += piece; if (said.includes('Serving on')) resolve() })
    haven.on('exit', () => reject(new Error(said)))
  })
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
})

after(async () => {
  await browser?.close()
  haven?.kill()
  providerServer?.close()
  providerServer?.closeAllConnections()
  forger?.close()
  forger?.closeAllConnections()
  rmSync(home, { recursive: true, force: true })
})

const log = () => execFileSync(process.env.HAVEN, ['audit', 'show', '--last', '3', '--json'], { cwd: home, env: { ...process.env, HOME: home, HAVEN_HOME: join(home, 'home') } }).toString()

/** Signs in at the real provider, by its own pages. */
async function enter(name, person) {
  const context = await browser.newContext({ baseURL: site })
  const page = await context.newPage()
  await page.goto('/sign-in?next=/account')
  await page.click(`a[href^="/sign-in/with/${name}"]`)
  await page.fill('input[name=login]', person)
  await page.fill('input[name=password]', 'anything')
  await page.click('button[type=submit]')
  await page.click('button[type=submit]')
  await page.waitForURL((url) => url.origin === site)
  return { context, page }
}

test('somebody of a mapped group gets an account at the first coming, and the same one ever after', async () => {
  const first = await enter('entra', 'ana')
  assert.equal(new URL(first.page.url()).pathname, '/account')
  const words = await first.page.locator('main').innerText()
  assert.match(words, /Ana Example[^]*entra\.ana@icb\.example[^]*Analyst[^]*two factors/)
  assert.match(log(), /as analyst, through entra, aal2/)
  // The answer of the provider counts once.
  const back = first.page
  PEOPLE.ana.name = 'Ana Other-Example'
  const second = await enter('entra', 'ana')
  assert.match(await second.page.locator('main').innerText(), /Ana Other-Example[^]*entra\.ana@icb\.example/)
  // Signing out here leads on to signing out there.
  await back.click('text=Sign out')
  await back.waitForURL(/sign-in\?out=1&from=entra/)
  await back.click('text=Sign out there too')
  await back.waitForURL(/session\/end/)
  await first.context.close()
  await second.context.close()
})

test('somebody of no mapped group gets nothing, and loses what they had', async () => {
  const nobody = await enter('entra', 'nobody')
  assert.match(await nobody.page.locator('main').innerText(), /nothing that it says of you gives you a role here/)
  assert.match(log(), /nothing that the provider says amounts to a role here/)
  await nobody.context.close()
  PEOPLE.ana.groups = []
  const ana = await enter('entra', 'ana')
  assert.match(await ana.page.locator('h1').innerText(), /You are not signed in/)
  await ana.context.close()
  PEOPLE.ana.groups = structuredClone(groups)
  const again = await enter('entra', 'ana')
  assert.equal(new URL(again.page.url()).pathname, '/account')
  await again.context.close()
})

test('a clinician comes with a care identity: our key signs, and the roles come from what is said beside the token', async () => {
  const cleo = await enter('cis2', '555000000001')
  assert.match(await cleo.page.locator('main').innerText(), /EXAMPLE Cleo \(Dr\)[^]*cis2\.555000000001[^]*Clinician/)
  assert.match(log(), /through cis2, aal3/)
  await cleo.context.close()
})

/** Through the provider that lies, without a browser: the last answer of ours. */
async function forged(how, twice = false) {
  lie.how = how
  const away = await fetch(`${site}/sign-in/with/forged?next=/account`, { redirect: 'manual' })
  if (away.status !== 303) return { status: away.status, text: await away.text() }
  const cookie = away.headers.get('set-cookie').split(';')[0]
  const answer = await fetch(away.headers.get('location'), { redirect: 'manual' })
  const back = answer.headers.get('location')
  const got = await fetch(back, { redirect: 'manual', headers: { cookie } })
  const again = twice ? await fetch(back, { redirect: 'manual', headers: { cookie } }) : got
  return { status: again.status, text: await again.text(), in: /haven=/.test(again.headers.get('set-cookie') ?? '') }
}

const LIES = [
  ['expired', /not of this moment/, /has expired/],
  ['future', /not of this moment/, /not of this moment/],
  ['issuer', /cannot be trusted/, /another issuer/],
  ['audience', /cannot be trusted/, /meant for another service/],
  ['nonce', /does not stand by this sign-in/, /answers another question/],
  ['key', /cannot be trusted/, /key that is not known/],
  ['signature', /cannot be trusted/, /signature/],
  ['unsigned', /cannot be trusted/, /signature/],
  ['code', /does not stand by this sign-in/, /invalid_grant/],
  ['nonsense', /cannot be trusted/, /cannot be used/],
  ['endless', /does not answer/, /longer than 4 MiB/],
  ['refuses', /did not sign you in/, /refused by the provider: access_denied/],
]

test('an honest word is taken, also from a clock that is 20 seconds ahead', async () => {
  assert.deepEqual([(await forged('no')).in, (await forged('skewed')).in], [true, true])
})

for (const [how, page, entry] of LIES) {
  test(`a word that is not as it should be lets nobody in: ${how}`, async () => {
    const got = await forged(how)
    assert.equal(got.status, 403, got.text)
    assert.ok(!got.in)
    assert.match(got.text, page)
    assert.match(log(), entry)
  })
}

test('an answer counts once, and in the browser alone in which it was asked for', async () => {
  const twice = await forged('no', true)
  assert.match(twice.text, /used before/)
  assert.ok(!twice.in)
  const nowhere = await fetch(`${site}/sign-in/from/forged?state=made-up&code=the-code`, { redirect: 'manual' })
  assert.match(await nowhere.text(), /used before, was begun in another browser/)
})

test('a provider that is down, and one that calls itself by another name, are told plainly', async () => {
  const gone = await fetch(`${site}/sign-in/with/gone`, { redirect: 'manual' })
  assert.equal(gone.status, 403)
  assert.match(await gone.text(), /does not answer. Nothing is wrong with your account/)
  assert.match(log(), /cannot reach/)
  const misnamed = await fetch(`${site}/sign-in/with/misnamed`, { redirect: 'manual' })
  assert.match(await misnamed.text(), /cannot be trusted/)
  assert.match(log(), /another issuer/)
  assert.equal((await fetch(`${site}/sign-in/with/nowhere`, { redirect: 'manual' })).status, 404)
})
