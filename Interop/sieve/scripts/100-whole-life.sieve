# What one user keeps for years: spam, lists, people, dates, flags, a copy to the phone.
require ["fileinto", "mailbox", "imap4flags", "variables", "regex", "copy", "date", "relational", "body", "envelope",
    "subaddress"];
if header :contains "Subject" ["viagra", "mortgage"] { discard; stop; }
if header :regex "List-Id" "<([^.>]+)" { addflag "\\Seen"; fileinto :create "Lists/${1}"; stop; }
if address :is ["From", "Sender"] "yyyy@spamassassin.taint.org" { addflag "\\Flagged"; }
if allof (not header :contains "Precedence" ["bulk", "list"], body :text :contains "urgent") {
    redirect :copy "phone@sms.example";
}
if date :matches :zone "+0000" "Date" "year" "*" { fileinto :create "Mail/${1}"; }
