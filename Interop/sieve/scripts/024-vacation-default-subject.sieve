# execute
require "vacation";
vacation :addresses ["yyyy@spamassassin.taint.org", "zzzz@spamassassin.taint.org", "fork@spamassassin.taint.org",
    "ilug@linux.ie", "rpm-zzzlist@freshrpms.net", "yyyy@netnoteinc.com", "zzzz@netnoteinc.com"] "Away";
