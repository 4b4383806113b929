#!/usr/bin/env python3
"""audit.py FOLDER: looks for the secrets of a test run in what it told the world
audit.py --self-test: makes sure that it finds them

FOLDER has "secrets", a JSON text a line, and "texts", one file per kind and process: logs of servers
and commands, bodies of errors, command lines. Fails when a secret is in a text in any form that can
be read back, and when there is nothing to search or to search for.
"""
import base64
import json
import pathlib
import sys
import tempfile
import urllib.parse

# Shorter ones are placeholders such as "-" or "x", and plain words such as "second" stand in any text.
SHORTEST = 6


def forms(secret):
    raw = secret.encode()
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield urllib.parse.quote(urllib.parse.quote(secret, safe=""), safe="")
    # The middle of a base64 text does not depend on what stands before it, but for its phase.
    for shift in range(3):
        text = base64.b64encode(b"x" * shift + raw).decode().rstrip("=")
        yield text[4:-2]
    yield raw.hex()
    if secret.count(".") == 2:
        yield secret.rsplit(".", 1)[1]


def audit(folder):
    secrets = {json.loads(line) for line in (folder / "secrets").read_text().splitlines()}
    secrets = {secret for secret in secrets if len(secret) >= SHORTEST and not secret.isalpha()}
    texts = sorted((folder / "texts").iterdir())
    kinds = {path.name.split("-")[0] for path in texts}
    needles = {form: secret for secret in secrets for form in forms(secret) if len(form) >= SHORTEST}
    n_bytes = 0
    found = 0
    for path in texts:
        text = path.read_text(errors="replace")
        n_bytes += len(text)
        for form in needles:
            at = text.find(form)
            if at >= 0:
                found += 1
                start = max(text.rfind("\n", 0, at), at - 200) + 1
                print(f"{path.name}: …{text[start:at]}<SECRET of {len(form)} characters>")
    print(f"{len(secrets)} secrets, {len(texts)} texts of {n_bytes} bytes, kinds {sorted(kinds)}: {found} found")
    return found == 0 and bool(secrets) and kinds == {"log", "error", "process"}


def self_test():
    secret = "glsa_1234567890"
    leaks = [secret, urllib.parse.quote("a b/" + secret), base64.b64encode(f"user:{secret}".encode()).decode()]
    for leak in [None, *leaks]:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "texts").mkdir()
            (folder / "secrets").write_text(json.dumps(secret) + "\n")
            for kind in ("log", "error", "process"):
                (folder / "texts" / f"{kind}-1").write_text(f"nothing {leak or ''} here\n")
            if audit(folder) != (leak is None):
                print(f"audit.py does not tell a leak of {leak}")
                return False
    return True


def main():
    return self_test() if sys.argv[1] == "--self-test" else audit(pathlib.Path(sys.argv[1]))


sys.exit(0 if main() else 1)
