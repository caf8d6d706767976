# from: mailer-daemon@sender.example
# execute
require "vacation";
vacation :addresses ["yyyy@spamassassin.taint.org", "zzzz@spamassassin.taint.org"] "Nobody gets this.";
