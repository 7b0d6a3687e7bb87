# SPDX-License-Identifier: GPL-2.0-or-later
"""A throw-away certification authority, used for one run of `make` only."""

import subprocess

DAYS = "30"
SERVER_NAMES = "DNS:localhost,IP:127.0.0.1,IP:::1,IP:10.9.0.2"


def openssl(directory, *arguments):
    """Run one openssl command in the directory."""
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


def make_key(directory, name):
    """An ECDSA key: small, accepted by every stack here, and needed for the CCM_8 suites of TLS 1.2."""
    openssl(directory, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")


def make_authority(directory, name, subject):
    """A self-signed authority."""
    make_key(directory, name)
    openssl(directory, "req", "-x509", "-new", "-key", f"{name}.key", "-subj", subject, "-days", DAYS,
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", f"{name}.pem")


def make_leaf(directory, name, authority, subject, extensions):
    """A certificate signed by the authority, and NAME.both.pem with certificate and key for those who want one file."""
    make_key(directory, name)
    openssl(directory, "req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
    (directory / f"{name}.ext").write_text(extensions)
    openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
            "-CAcreateserial", "-days", DAYS, "-extfile", f"{name}.ext", "-out", f"{name}.pem")
    both = (directory / f"{name}.pem").read_text() + (directory / f"{name}.key").read_text()
    (directory / f"{name}.both.pem").write_text(both)


def make_certificates(directory):
    """Make all: `ca` has signed `server` and `client`; `stranger`, trusted by nobody, has signed `intruder`."""
    directory.mkdir()
    make_authority(directory, "ca", "/CN=Throw-away CA")
    make_authority(directory, "stranger", "/CN=Unknown CA")
    make_leaf(directory, "server", "ca", "/CN=localhost",
              f"subjectAltName={SERVER_NAMES}\nextendedKeyUsage=serverAuth\n")
    make_leaf(directory, "client", "ca", "/CN=client", "extendedKeyUsage=clientAuth\n")
    make_leaf(directory, "intruder", "stranger", "/CN=intruder", "extendedKeyUsage=clientAuth\n")
