"""Sends the message on standard input with smtplib, in the way that the first argument names.

The others are the port, the file with the authority's certificate, and those to whom it goes.
"""

import email
import email.policy
import smtplib
import ssl
import sys

WAY, PORT, CA, *TO = sys.argv[1:]
MESSAGE = sys.stdin.buffer.read()
FROM = "a@example.org"
TRUST = ssl.create_default_context(cafile=CA)


def connect():
    return smtplib.SMTP("localhost", int(PORT), local_hostname="client.example", timeout=30)


def secured():
    server = connect()
    server.starttls(context=TRUST)
    return server


def first():
    server = smtplib.SMTP_SSL("localhost", int(PORT), local_hostname="client.example", context=TRUST, timeout=30)
    server.login("pc1", "pc1")
    return server


def send(server, **options):
    """Quits even when the message is refused, as `with` does."""
    with server:
        refused = server.sendmail(FROM, TO, MESSAGE, **options)
        for to, (code, text) in refused.items():
            print("refused", to, code, text.decode())


def plain():
    send(connect())


def helo():
    server = connect()
    server.helo()
    send(server)


def starttls():
    send(secured())


def untrusting():
    with connect() as server:
        server.starttls(context=ssl.create_default_context())


def tls_first():
    send(first())


def login(mechanism, server, password="pc1"):
    """One mechanism, where smtplib's login would take the first that works."""
    server.ehlo()
    server.user, server.password = "pc1", password
    server.auth(mechanism, getattr(server, "auth_" + mechanism.lower().replace("-", "_")))
    send(server)


def login_plain():
    login("PLAIN", secured())


def login_login():
    login("LOGIN", secured())


def login_cram_md5():
    login("CRAM-MD5", secured())


def login_in_clear():
    server = connect()
    server.login("pc1", "pc1")  # it takes CRAM-MD5: nothing else that it knows is offered
    send(server)


def wrong_password():
    server = secured()
    try:
        server.login("pc1", "no")
    except smtplib.SMTPAuthenticationError as refusal:
        assert refusal.smtp_code == 535, refusal
    server.login("pc1", "pc1")
    send(server)


def options():
    send(connect(), mail_options=["SMTPUTF8", "BODY=8BITMIME"])


def reports():
    send(connect(), mail_options=["RET=HDRS", "ENVID=1"], rcpt_options=["NOTIFY=FAILURE,DELAY"])


def composed():
    """smtplib takes the addresses from the header and asks for SMTPUTF8 because of them."""
    message = email.message_from_bytes(MESSAGE, policy=email.policy.SMTPUTF8)
    message.replace_header("From", "grüße@example.org")
    with first() as server:
        server.send_message(message)


def several():
    """Several messages in one conversation."""
    with connect() as server:
        for to in TO:
            server.sendmail(FROM, [to], MESSAGE)


def commands():
    with connect() as server:
        server.ehlo()
        assert server.esmtp_features["size"] == "10485760", server.esmtp_features
        assert server.has_extn("starttls") and server.has_extn("chunking") and not server.has_extn("etrn")
        assert server.verify("pc1") == (250, b"2.1.5 <pc1@email.com>"), server.verify("pc1")
        assert server.verify("nobody")[0] == 550
        assert server.expn("nobody")[0] == 550
        assert b"EHLO" in server.help(), server.help()
        assert b"MAIL" in server.help("mail"), server.help("mail")
        assert server.noop()[0] == 250
        assert server.mail(FROM)[0] == 250
        assert server.mail(FROM)[0] == 503
        assert server.rset()[0] == 250
        assert server.rcpt("pc2@email.com")[0] == 503
        assert server.docmd("wibble")[0] == 500
        assert server.docmd("mail", "from: wibble")[0] == 501
        assert server.quit()[0] == 221


def interrupted(server):
    """Says a part of the message, tells that it has, and waits for its end."""
    server.ehlo()
    assert server.mail(FROM)[0] == 250
    assert all(server.rcpt(to)[0] == 250 for to in TO)
    assert server.docmd("data")[0] == 354
    server.send(MESSAGE)
    print("sent", flush=True)
    server.getreply()


def interrupted_plain():
    interrupted(connect())


def interrupted_tls():
    interrupted(secured())


def told():
    """Waits for what the server says when nothing was asked."""
    with connect() as server:
        server.ehlo()
        print("connected", flush=True)
        code, text = server.getreply()
        print(code, text.decode(), flush=True)
        assert code == 421


globals()[WAY]()
