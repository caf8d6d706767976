# execute
require "vacation";
vacation :days 3 :subject "Away" :addresses ["yyyy@spamassassin.taint.org", "zzzz@spamassassin.taint.org",
    "yyyy@example.com", "zzzz@example.com"] "Back soon.
Really.";
