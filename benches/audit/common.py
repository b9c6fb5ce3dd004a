"""What the measurements of the audit log share: a server, people who are signed in, and the entries."""
import http.client
import json
import os
import re
import subprocess
import threading
import time
import urllib.parse

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Server:
    def __init__(self, haven, home, frontend):
        environment = {
            "PATH": "/usr/bin:/bin",
            "HAVEN_HOME": home,
            # The demo's agreements and lists are in force a month after its last files.
            "HAVEN_CLOCK_STARTS_AT": "2026-10-30T09:00:00Z",
            "HAVEN_SITE__FRONTEND": frontend,
            "HAVEN_SITE__SIGN_INS_A_MINUTE": "100000",
        }
        self.process = subprocess.Popen(
            [haven, "serve", "--address", "127.0.0.1:0"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "http://" in line:
                self.address = line.split("http://")[1].strip()
                return
        raise SystemExit("the server has ended")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


# The server lets go of connections that were idle for long.
IDLE_SECONDS = 5

# Many tries of one name at once look like guessing, and lock it.
ONE_AT_A_TIME = threading.Lock()


class Person:
    """One person with a connection that stays open; signed in anew, or with the cookies of an earlier sign-in."""

    def __init__(self, address, name, cookies=None):
        self.address, self.name, self.cookies = address, name, dict(cookies or {})
        self.used = time.monotonic()
        self.connection = http.client.HTTPConnection(address, timeout=120)
        if cookies is None:
            with ONE_AT_A_TIME:
                self.sign_in(name)

    def sign_in(self, name):
        page = self.ask("GET", "/sign-in")[2].decode()
        fields = {"csrf": token(page), "username": name, "password": f"invented-place-{name}"}
        status = self.ask("POST", "/sign-in", fields)[0]
        if status != 303:
            raise RuntimeError(f"{name} cannot sign in: {status}")

    def headers(self):
        return {"Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())}

    def ask(self, method, path, fields=None):
        """Status, id of the request, body."""
        body = urllib.parse.urlencode(fields) if fields is not None else None
        headers = self.headers() | (FORM if fields is not None else {})
        if time.monotonic() - self.used > IDLE_SECONDS:
            self.connection.close()
        try:
            self.connection.request(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            # The line was gone before the request was: nobody has it.
            self.connection.close()
            self.connection.request(method, path, body, headers)
        try:
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:
            # What changes something is not sent twice.
            if method != "GET":
                raise
            self.connection.close()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        self.used = time.monotonic()
        for cookie in answer.headers.get_all("set-cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer.status, answer.headers.get("haven-request-id", ""), answer.read()


def token(page):
    return re.search(r'name="csrf" value="([^"]*)"', page).group(1)


def entries(haven, home, scratch):
    path = os.path.join(scratch, "audit.jsonl")
    environment = {"PATH": "/usr/bin:/bin", "HAVEN_HOME": home}
    subprocess.run([haven, "audit", "export", path], env=environment, check=True, stderr=subprocess.DEVNULL)
    with open(path) as lines:
        return [json.loads(line) for line in lines]


def verified(haven, home):
    environment = {"PATH": "/usr/bin:/bin", "HAVEN_HOME": home}
    ended = subprocess.run([haven, "audit", "verify", "--json"], env=environment, capture_output=True, text=True)
    return json.loads(ended.stdout)
