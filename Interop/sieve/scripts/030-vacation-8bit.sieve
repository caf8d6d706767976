# execute
require "vacation";
vacation :subject "Abwesend – bis übermorgen" :from "Jürgen <juergen@martlet.test>"
    :addresses ["yyyy@spamassassin.taint.org", "zzzz@spamassassin.taint.org", "fork@spamassassin.taint.org"]
    "Schöne Grüße";
