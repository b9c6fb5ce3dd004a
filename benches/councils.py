#!/usr/bin/env python3
"""Files of many councils land at once, so many at a time, and the server is killed while they do.

    benches/councils.py --haven target/debug/haven --frontend ~/.cache/haven/frontend/10.6.1 --councils 200

Every council sends its file over the interface for machines (half of them at once, half in parts), confirms it,
and tries again whenever the server is gone. In the middle the server is killed with SIGKILL so many times and
started again. At the end every council has one accepted submission with the digest of its own file and every row
accounted for. Councils, people and files are invented: the example of the dataset, under made-up council codes.
"""
import argparse, csv, hashlib, http.client, io, json, os, pathlib, re, resource, shutil, signal, subprocess, sys
import tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--haven", required=True)
    asked.add_argument("--frontend", required=True)
    asked.add_argument("--councils", type=int, default=200)
    asked.add_argument("--at-a-time", type=int, default=8)
    asked.add_argument("--rows", type=int, default=5000)
    asked.add_argument("--kills", type=int, default=5)
    return asked.parse_args()


def file_of(code, rows):
    """The example again and again, with other people each time, under one council's code."""
    source = (ROOT / "content/datasets/cld-r2/examples/example.csv").read_text(encoding="utf-8-sig")
    lines = list(csv.reader(io.StringIO(source)))
    header, body = lines[0], lines[1:]
    at = {name: position for position, name in enumerate(header)}
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(header)
    for number in range(rows):
        turn, row = number // len(body), list(body[number % len(body)])
        row[at["LA Code"]] = code
        row[at["LA Person Unique Identifier"]] += f"-{turn}"
        if turn:
            row[at["NHS Number"]] = ""
            for name in ("Event Reference",):
                if row[at[name]]:
                    row[at[name]] += f"-{turn}"
        write.writerow(row)
    return out.getvalue().encode()


class Server:
    """A server process that can be killed and started again."""

    def __init__(self, asked, home, content):
        self.asked, self.lock = asked, threading.Lock()
        self.environment = {
            "PATH": "/usr/bin:/bin", "HAVEN_HOME": home, "HAVEN_CONTENT": content,
            "HAVEN_SITE__FRONTEND": asked.frontend, "HAVEN_CLOCK_STARTS_AT": "2026-10-30T09:00:00Z",
        }
        self.process = self.address = None
        self.peak = 0

    def run(self, *words, stdin=None):
        return subprocess.run([self.asked.haven, *words], env=self.environment, check=True, capture_output=True, text=True, input=stdin).stdout

    def start(self):
        self.process = subprocess.Popen([self.asked.haven, "serve", "--address", "127.0.0.1:0"], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(r"http://(\S+)", line)
            if found:
                self.address = found.group(1)
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return
        raise SystemExit("the server has ended")

    def memory(self):
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            self.peak = max(self.peak, int(re.search(r"VmHWM:\s+(\d+)", status).group(1)))
        except (OSError, AttributeError):
            pass

    def kill(self):
        with self.lock:
            self.memory()
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.start()


class Council:
    def __init__(self, server, code, token, rows):
        self.server, self.code, self.token = server, code, token
        self.file = file_of(code, rows)
        self.digest = hashlib.sha256(self.file).hexdigest()
        self.tries = 0
        self.seconds = None

    def call(self, method, path, body=b"", **headers):
        """One call; tried again for as long as the server is gone or busy."""
        given = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        for _ in range(600):
            self.tries += 1
            try:
                connection = http.client.HTTPConnection(self.server.address, timeout=300)
                connection.request(method, path, body=body, headers=given)
                answer = connection.getresponse()
                said = answer.read()
                connection.close()
                if answer.status != 503:
                    return answer.status, answer.headers, said
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.2)
        raise SystemExit(f"{self.code}: no answer")

    def in_parts(self):
        tus = {"Tus_Resumable": "1.0.0"}
        status, headers, said = self.call("POST", "/api/v1/uploads", Upload_Length=str(len(self.file)), **tus)
        assert status == 201, said
        upload = headers["Location"]
        while True:
            status, headers, said = self.call("HEAD", upload, **tus)
            if headers.get("Haven-Submission"):
                return headers["Haven-Submission"]
            offset = int(headers["Upload-Offset"])
            piece = self.file[offset:offset + 500_000]
            self.call("PATCH", upload, piece, Upload_Offset=str(offset), Content_Type="application/offset+octet-stream", **tus)

    def land(self, in_parts):
        began = time.monotonic()
        if in_parts:
            here = self.in_parts()
        else:
            status, headers, said = self.call("POST", "/api/v1/submissions", self.file, Idempotency_Key=f"send-{self.code}")
            assert status in (201, 202), said
            here = headers["Location"]
        while True:
            status, headers, said = self.call("GET", here)
            state = json.loads(said)["state"]
            if state == "checked":
                self.call("POST", f"{here}/confirm", b'{"declared": true}', Idempotency_Key=f"confirm-{self.code}")
            elif state == "accepted":
                break
            elif state != "checking":
                raise SystemExit(f"{self.code}: {state}: {said[:2000]}")
            else:
                time.sleep(0.2)
        self.seconds = time.monotonic() - began


def main():
    asked = arguments()
    asked.haven = os.path.abspath(asked.haven)
    asked.frontend = os.path.abspath(os.path.expanduser(asked.frontend))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="haven-councils-"))
    content = folder / "content"
    shutil.copytree(ROOT / "content", content)
    codes = [f"9{n:05}" for n in range(asked.councils)]
    with open(content / "codes/la_codes.csv", "a", encoding="utf-8") as listed:
        for n, code in enumerate(codes):
            listed.write(f"{code},Invented council {n},Nowhere,E99{n:06},current,certain,invented\n")
    server = Server(asked, str(folder / "home"), str(content))
    tokens = [server.run("account", "token", f"machine-{code}", "--organisation", code).strip() for code in codes]
    server.start()
    councils = [Council(server, code, token, asked.rows) for code, token in zip(codes, tokens)]
    size = len(councils[0].file)
    done, kills = 0, 0
    due = [asked.councils * (n + 1) // (asked.kills + 1) for n in range(asked.kills)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    counting = threading.Lock()

    def one(numbered):
        nonlocal done, kills
        number, council = numbered
        council.land(number % 2 == 1)
        with counting:
            done += 1
            kill = done in due
        if kill:
            # The other councils are in the middle of something.
            server.kill()
            with counting:
                kills += 1

    with ThreadPoolExecutor(asked.at_a_time) as pool:
        list(pool.map(one, enumerate(councils)))
    wall = time.monotonic() - began
    server.memory()
    server.process.terminate()
    server.process.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    kept = json.loads(server.run("status", "--json"))["submissions"]
    by = {s["sender"]: s for s in kept}
    assert len(kept) == len(by) == asked.councils, (len(kept), len(by))
    first = by[codes[0]]
    for council in councils:
        s = by[council.code]
        assert s["landed"] and s["sha256"] == council.digest and s["bytes"] == size, s
        assert s["rows_in"] == asked.rows == s["rows_landed"] + s["rows_set_aside"], s
        assert s["rows_landed"] == first["rows_landed"], s
    verified = json.loads(server.run("audit", "verify", "--json"))
    assert verified["whole"]
    seconds = sorted(c.seconds for c in councils)
    print(json.dumps({
        "councils": asked.councils, "at_a_time": asked.at_a_time, "rows_each": asked.rows, "bytes_each": size,
        "kills": kills, "all_whole": True, "rows_landed": sum(s["rows_landed"] for s in kept),
        "wall_seconds": round(wall, 1), "server_cpu_seconds": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_memory_mb": round(server.peak / 1024), "calls": sum(c.tries for c in councils),
        "seconds_each": {"median": round(seconds[len(seconds) // 2], 2), "slowest": round(seconds[-1], 2)},
        "load_average": os.getloadavg(),
    }, indent=1))
    shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
