"""mutt in a terminal: reads a message and answers it."""

from site_under_test import PORTS, run, wait_for

SESSION = "martlet-interop-mutt"


def screen():
    return run(["tmux", "capture-pane", "-p", "-t", SESSION])


def keys(*names):
    run(["tmux", "send-keys", "-t", SESSION, *names])


def is_answered(site):
    connection = site.imap()
    connection.select("INBOX", readonly=True)
    found = connection.search(None, "ANSWERED", "SUBJECT", '"a question"')[1][0]
    connection.logout()
    return found


def test_read_and_answer(site):
    """mutt opens the inbox, shows a message and sends an answer through submission"""
    with site.smtp() as smtp:
        smtp.sendmail("bob@martlet.test", ["alice@martlet.test"],
                      b"From: Bob <bob@martlet.test>\r\nTo: alice@martlet.test\r\nSubject: a question\r\n"
                      b"Message-ID: <question@martlet.test>\r\n\r\nWhat do you think?\r\n")
    site.wait_for_subject("a question")
    settings = site.folder / "muttrc"
    settings.write_text(f"""
set folder = "imap://alice@127.0.0.1:{PORTS['imap']}/"
set spoolfile = "+INBOX"
set imap_pass = "demo"
set smtp_url = "smtp://alice@127.0.0.1:{PORTS['submission']}/"
set smtp_pass = "demo"
set smtp_authenticators = "plain"
set ssl_starttls = no
set ssl_force_tls = no
set from = "alice@martlet.test"
set realname = "Alice"
set record = "+Sent"
set editor = "sh -c 'echo I think so. >> $0'"
set fast_reply = yes
set include = yes
set quit = yes
set confirmappend = no
set mail_check = 1
""")
    run(["tmux", "kill-session", "-t", SESSION], check=False)
    run(["tmux", "new-session", "-d", "-s", SESSION, "-x", "120", "-y", "40", f"mutt -n -F {settings}"])
    try:
        wait_for(lambda: "a question" in screen(), "mutt's index")
        keys("Enter")
        wait_for(lambda: "What do you think?" in screen(), "the message in the pager")
        keys("r")
        wait_for(lambda: "y:Send" in screen(), "mutt's compose menu")
        keys("y")
        answer = site.wait_for_subject("Re: a question", user="bob")
        assert b"I think so." in answer
        assert b"In-Reply-To: <question@martlet.test>" in answer
        site.wait_for_subject("Re: a question", mailbox="Sent")
        # Only a mailbox that mutt has written back shows what was answered.
        keys("$")
        wait_for(lambda: is_answered(site), "the mark of the answered message")
    finally:
        run(["tmux", "kill-session", "-t", SESSION], check=False)
