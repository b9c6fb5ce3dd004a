"""A MESH service on this machine, its certificates, the sender's own client, and homes for Haven."""

import datetime as dt
import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from mesh_client import MeshClient

# What a machine trusts besides would otherwise take the place of our own authority.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "content/datasets/cld-r2/examples/example.csv"
SPOILT = ROOT / "content/datasets/cld-r2/examples/example_with_errors.csv"
HAVEN = os.environ["HAVEN"]

# The mailboxes that the service comes with. Ours, a council's, and one that nobody has told us of.
OURS, COUNCILS, STRANGERS = "X26ABC1", "X26ABC2", "X26ABC3"
COUNCIL = "503"
SHARED_KEY, PASSWORD = "a key that they share", "password"
BRINGS, ANSWERS = "CLD_R2", "CLD_R2_ANSWER"
# Within the window of the third quarter, so that the tests say the same on any day.
MOMENT = "2026-10-30T09:00:00Z"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Certificates:
    """An authority, the service's certificate and ours, in PEM."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.authority, self._key = self._make("authority", None)
        self._make("service", ExtendedKeyUsageOID.SERVER_AUTH)
        self._make("haven", ExtendedKeyUsageOID.CLIENT_AUTH)

    def path(self, name):
        return str(self.folder / name)

    def _make(self, name, use):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.timezone.utc)
        issuer, signer = (subject, key) if use is None else (self.authority.subject, self._key)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=use is None, path_length=None), critical=True)
        )
        if use is not None:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
            builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        certificate = builder.sign(signer, hashes.SHA256())
        pem = serialization.Encoding.PEM
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
        (self.folder / f"{name}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return certificate, key


class Service:
    """The service: it wants a certificate of whoever calls, and the token in full."""

    def __init__(self, folder):
        self.certificates = Certificates(folder)
        self.address = f"https://127.0.0.1:{free_port()}"
        path = self.certificates.path
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "uvicorn", "mesh_sandbox.api:app", "--log-level", "error",
                "--host", "127.0.0.1", "--port", self.address.rsplit(":", 1)[1],
                "--ssl-certfile", path("service.pem"), "--ssl-keyfile", path("service.key"),
                "--ssl-ca-certs", path("authority.pem"), "--ssl-cert-reqs", "2",
            ],
            env={**os.environ, "AUTH_MODE": "full", "STORE_MODE": "memory", "SHARED_KEY": SHARED_KEY},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.session = requests.Session()
        self.session.cert = (path("haven.pem"), path("haven.key"))
        self.session.verify = path("authority.pem")
        until = time.monotonic() + 60
        while True:
            try:
                self.session.get(f"{self.address}/health", timeout=5)
                return
            except requests.ConnectionError:
                if time.monotonic() > until or self.process.poll() is not None:
                    self.close()
                    raise
                time.sleep(0.1)

    def empty(self):
        self.session.delete(f"{self.address}/admin/reset").raise_for_status()

    def report(self, to):
        """A report of the service's own, as when an answer was not fetched."""
        body = {"mailbox_id": to, "status": "undeliverable", "code": "14", "description": "Message not collected",
                "workflow_id": ANSWERS, "subject": "s", "local_id": "l", "file_name": "f", "linked_message_id": "m"}
        self.session.post(f"{self.address}/messageexchange/admin/report", json=body).raise_for_status()

    def client(self, mailbox, **settings):
        path = self.certificates.path
        return MeshClient(
            self.address, mailbox, PASSWORD, SHARED_KEY.encode(),
            cert=(path("haven.pem"), path("haven.key")), verify=path("authority.pem"), max_retries=0, **settings,
        )

    def close(self):
        self.session.close()
        self.process.terminate()
        self.process.wait()


class Home:
    """A workspace of Haven with its settings, in a folder of its own."""

    def __init__(self, service, declared=True, **settings):
        self.folder = Path(tempfile.mkdtemp(prefix="haven-mesh-"))
        self.environment = {
            "HOME": str(self.folder), "PATH": os.environ["PATH"], "HAVEN_CLOCK_STARTS_AT": MOMENT,
            "HAVEN_SITE__FRONTEND": os.environ["HAVEN_SITE__FRONTEND"],
        }
        (self.folder / "password").write_text(settings.pop("password", PASSWORD) + "\n")
        (self.folder / "key").write_text(SHARED_KEY + "\n")
        path = service.certificates.path
        mesh = {
            "address": service.address, "mailbox": OURS, "chunk_kb": 2,
            "password_file": str(self.folder / "password"), "shared_key_file": str(self.folder / "key"),
            "certificate_file": path("haven.pem"), "key_file": path("haven.key"),
            "authorities_file": path("authority.pem"), **settings,
        }
        lines = ["[mesh]"] + [f"{name} = {json.dumps(value)}" for name, value in mesh.items() if value is not None]
        lines += [f"[mesh.workflows.{BRINGS}]", 'dataset = "cld"', f'answer = "{ANSWERS}"']
        lines += [f"[mesh.senders.{COUNCILS}]", f'organisation = "{COUNCIL}"', f"declared = {str(declared).lower()}"]
        (self.folder / "haven.toml").write_text("\n".join(lines) + "\n")

    def haven(self, *arguments, **environment):
        return subprocess.run(
            [HAVEN, *map(str, arguments)], cwd=self.folder, env={**self.environment, **environment},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
        )

    def json(self, *arguments, **environment):
        ended = self.haven(*arguments, "--json", **environment)
        assert ended.returncode == 0, (arguments, ended.returncode, ended.stdout, ended.stderr)
        return json.loads(ended.stdout)

    def poll(self, **environment):
        return self.json("mesh", "poll", "--once", **environment)["messages"]

    def serve(self, **environment):
        """The site as a process, and its address."""
        served = subprocess.Popen(
            [HAVEN, "serve", "--address", "127.0.0.1:0"], cwd=self.folder, env={**self.environment, **environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        for line in served.stderr:
            found = re.search(r"http://\S+", line)
            if found:
                return served, found[0]
        raise AssertionError("the server has ended")

    def close(self):
        shutil.rmtree(self.folder)
