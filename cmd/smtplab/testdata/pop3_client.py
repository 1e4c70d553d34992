"""Reads the mailbox of pc2 with poplib. It holds the two messages whose files are the last arguments.

The ones before are the ports of POP3 and POP3S, and the file with the authority's certificate.
"""

import poplib
import ssl
import sys

PORT, TLS_PORT, CA, *FILES = sys.argv[1:]
TRUST = ssl.create_default_context(cafile=CA)
FIRST, SECOND = (open(file, "rb").read().split(b"\r\n")[:-1] for file in FILES)


def connect():
    return poplib.POP3("localhost", int(PORT), timeout=30)


def login(server):
    server.user("pc2")
    server.pass_("pc2")
    return server


def refused(call, *args):
    try:
        call(*args)
    except poplib.error_proto as refusal:
        return str(refusal)
    raise AssertionError("not refused")


def below_trace(lines):
    """What was sent, without Return-Path and Received on top of it."""
    assert lines[0].startswith(b"Return-Path: <"), lines[0]
    assert lines[1].startswith(b"Received: "), lines[1]
    at = 2
    while lines[at][:1] in (b" ", b"\t"):
        at += 1
    return lines[at:]


def plain():
    server = connect()
    assert {"STLS", "UTF8", "USER", "TOP", "UIDL", "SASL"} <= set(server.capa())
    server.user("pc2")
    assert "[AUTH]" in refused(server.pass_, "no")
    login(server)
    assert server.stat()[0] == 2
    _, listing, _ = server.list()
    assert [line.split()[0] for line in listing] == [b"1", b"2"]
    _, lines, octets = server.retr(1)
    assert below_trace(lines) == FIRST, lines
    assert b"1 %d" % octets == listing[0], (octets, listing)
    assert "UTF8" in refused(server.retr, 2)  # RFC 6856 §2: who said no UTF8 gets no UTF-8 in a header
    _, top, _ = server.top(1, 2)
    head = lines.index(b"")
    assert top == lines[: head + 3], top
    assert len({line.split()[1] for line in server.uidl()[1]}) == 2
    assert server.noop().startswith(b"+OK")
    assert "-ERR" in refused(server.retr, 3)
    server.dele(1)
    assert server.stat()[0] == 1
    server.rset()
    assert server.stat()[0] == 2
    server.dele(1)
    server.close()  # without QUIT, so nothing is removed: RFC 1939 §6


def stls():
    server = connect()
    server.stls(TRUST)
    assert "STLS" not in server.capa()
    server.utf8()
    login(server)
    assert server.stat()[0] == 2
    assert below_trace(server.retr(2)[1]) == SECOND
    server.quit()


def untrusting():
    server = connect()
    try:
        server.stls(ssl.create_default_context())
    except ssl.SSLCertVerificationError:
        return
    raise AssertionError("it trusts everybody, so this shows nothing")


def tls_first():
    server = poplib.POP3_SSL("localhost", int(TLS_PORT), context=TRUST, timeout=30)
    server.utf8()
    login(server)
    before = server.uidl()[1]
    server.dele(1)
    server.quit()
    server = poplib.POP3_SSL("localhost", int(TLS_PORT), context=TRUST, timeout=30)
    server.utf8()
    login(server)
    after = server.uidl()[1]
    assert [line.split()[1] for line in before[1:]] == [line.split()[1] for line in after], (before, after)
    assert below_trace(server.retr(1)[1]) == SECOND
    server.quit()


plain()
untrusting()
stls()
tls_first()
print("ok")
